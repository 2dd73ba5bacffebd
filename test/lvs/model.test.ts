import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InputError } from '../../src/core/errors.js'
import { virtualService, type ServiceInput } from '../../src/lvs/model.js'
import { parseTable } from '../../src/lvs/parse-table.js'
import { formatRestorable, formatTable } from '../../src/lvs/table.js'

const vip = '192.168.139.6'
const rs1 = { name: 'rs1', address: '192.168.139.2' }
const rs2 = { name: 'rs2', address: '192.168.139.4', weight: 2 }
const service = (more: Partial<ServiceInput> = {}) =>
  virtualService({ address: vip, realServers: [rs1, rs2], ...more })

it('the reference cluster needs nothing but its addresses and a weight', () => {
  expect(service()).toEqual({
    protocol: 'tcp',
    address: vip,
    port: 80,
    scheduler: 'wlc',
    realServers: [
      { name: 'rs1', address: '192.168.139.2', port: 80, forwarding: 'dr', weight: 1 },
      { name: 'rs2', address: '192.168.139.4', port: 80, forwarding: 'dr', weight: 2 },
    ],
  })
})

it('takes numbers as text, as the command line gives them', () => {
  const numbers = { weight: '5', upper_threshold: '100', lower_threshold: '0' }
  expect(service({ port: '8080', realServers: [{ ...rs1, ...numbers }] })).toMatchObject({
    port: 8080,
    realServers: [{ port: 8080, weight: 5, upper_threshold: 100 }],
  })
})

it.each<[string, Partial<ServiceInput>, string]>([
  [
    'udp',
    { protocol: 'udp', port: 53, ops: true, realServers: [] },
    '-A -u 192.168.139.6:53 -s wlc -o\n',
  ],
  [
    'persistence',
    { persistence: 300, netmask: '255.255.255.0', realServers: [] },
    '-A -t 192.168.139.6:80 -s wlc -p 300 -M 255.255.255.0\n',
  ],
  [
    'the default netmask',
    { persistence: 300, netmask: '255.255.255.255', realServers: [] },
    '-A -t 192.168.139.6:80 -s wlc -p 300\n',
  ],
  [
    'every port',
    { persistence: 300, port: 0, realServers: [] },
    '-A -t 192.168.139.6:0 -s wlc -p 300\n',
  ],
  [
    'flags by any name',
    { scheduler: 'sh', flags: 'flag-2,sh-fallback', realServers: [] },
    '-A -t 192.168.139.6:80 -s sh -b sh-fallback,sh-port\n',
  ],
  [
    'nat to another port',
    { realServers: [{ ...rs1, forwarding: 'nat', port: 8080 }] },
    '-A -t 192.168.139.6:80 -s wlc\n-a -t 192.168.139.6:80 -r 192.168.139.2:8080 -m -w 1\n',
  ],
  [
    'a firewall mark',
    { protocol: 'fwmark', address: '7', realServers: [rs1] },
    '-A -f 7 -s wlc\n-a -f 7 -r 192.168.139.2:0 -g -w 1\n',
  ],
  [
    'IPv6',
    { address: 'FD00::6', realServers: [{ ...rs1, address: 'fd00:0::2' }] },
    '-A -t [fd00::6]:80 -s wlc\n-a -t [fd00::6]:80 -r [fd00::2]:80 -g -w 1\n',
  ],
])('%s', (_, more, text) => {
  expect(formatTable([service(more)])).toBe(text)
  expect(formatTable(parseTable(text))).toBe(text)
})

it('thresholds are options of each call, and in a file only when it is asked for', () => {
  const full = { ...rs1, upper_threshold: 100, lower_threshold: 80 }
  const table = [service({ realServers: [full, { ...rs2, upper_threshold: 9 }] })]
  const text = formatRestorable(table)
  expect(text.match(/-w.*/g)).toEqual(['-w 1 -x 100 -y 80', '-w 2 -x 9'])
  expect(formatTable(table)).not.toContain('-x')
  expect(formatRestorable(parseTable(text))).toBe(text)
})

describe('refuses what cannot work', () => {
  it.each<[Partial<ServiceInput>, string, string?]>([
    [{ scheduler: 'wcl' }, 'scheduler: unknown "wcl"', 'did you mean "wlc"?'],
    [{ scheduler: 'least' }, 'scheduler: unknown "least"', 'one of rr, wrr'],
    [{ protocol: 'tpc' }, 'protocol: unknown "tpc"', 'did you mean "tcp"?'],
    [{ forwarding: 'direct' }, 'forwarding: unknown "direct"', 'one of dr, nat, tun'],
    [{ address: '192.168.139.06' }, 'VIP: "192.168.139.06" is no IP address'],
    [{ port: 0 }, 'port: 0 is no whole number from 1'],
    [{ port: 65536 }, 'port: 65536'],
    [{ protocol: 'fwmark', address: 'web' }, 'firewall mark: web is no whole number'],
    [{ netmask: '255.255.255.0' }, 'netmask says', 'set persistence'],
    [{ persistence: 300, netmask: '255.25.255.0' }, 'has gaps'],
    [{ persistence: 300, netmask: '0.0.0.0' }, 'has gaps'],
    [{ ops: true }, 'is for udp, not tcp', 'take it out'],
    [{ flags: 'sh-port' }, '"sh-port" are no flags of the scheduler wlc'],
    [{ realServers: [{ ...rs1, weight: -1 }] }, 'rs1: weight: -1', 'no new connections'],
    [
      { realServers: [{ ...rs1, upper_threshold: 5, lower_threshold: 6 }] },
      'rs1: lower_threshold 6 is above upper_threshold 5',
    ],
    [{ realServers: [{ ...rs1, lower_threshold: 6 }] }, 'above upper_threshold 0'],
    [{ realServers: [{ ...rs1, upper_threshold: 2 ** 31 }] }, 'rs1: upper_threshold: 2147483648'],
    [{ realServers: [{ ...rs1, weight: 1.5 }] }, 'rs1: weight: 1.5'],
    [{ realServers: [{ ...rs1, weight: 65536 }] }, 'rs1: weight: 65536'],
    [{ realServers: [{ ...rs1, weight: 'two' }] }, 'rs1: weight: two'],
    [
      { realServers: [{ ...rs1, port: 8080 }] },
      'rs1: port 8080 under dr, but tcp 192.168.139.6:80 stays 80',
      'only nat',
    ],
    [{ realServers: [rs1, { ...rs2, address: rs1.address }] }, 'rs1 and rs2 have the same address'],
    [
      { realServers: [{ ...rs1, address: vip }] },
      'rs1 has the VIP 192.168.139.6 as its own address',
    ],
    [{ realServers: [{ ...rs1, address: 'fd00::2' }] }, 'are of two families', 'forwarding: tun'],
    [{ realServers: [{ ...rs1, forwarding: 'masq' }] }, 'rs1: forwarding: unknown "masq"'],
  ])('%j', (more, message, hint = '') => {
    const refused = refusal(() => service(more))
    expect(refused.message).toContain(message)
    expect(refused.hint ?? '').toContain(hint)
  })
})

function refusal(act: () => unknown): InputError {
  try {
    act()
  } catch (error) {
    if (error instanceof InputError) return error
  }
  return expect.fail('an InputError')
}

it('law: what it takes, a save file can hold', () => {
  const input = fc.record({
    address: fc.constant(vip),
    port: fc.integer({ min: 1, max: 65535 }),
    forwarding: fc.constantFrom('dr', 'nat', 'tun'),
    realServers: fc.uniqueArray(
      fc.record({
        address: fc.integer({ min: 1, max: 5 }).map((n) => `192.168.139.${n}`),
        weight: fc.integer({ min: 0, max: 65535 }),
      }),
      { selector: ({ address }) => address },
    ),
  })
  fc.assert(
    fc.property(input, (one) => {
      const service = virtualService(one)
      const read = parseTable(formatTable([service]))
      expect(formatTable(read)).toBe(formatTable([service]))
      expect(read[0]?.realServers).toHaveLength(one.realServers.length)
    }),
  )
})
