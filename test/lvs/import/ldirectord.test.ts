import { describe, expect, it } from 'vitest'
import { readLdirectord } from '../../../src/lvs/import/ldirectord.js'
import { clusterOf, notesOf, tableOf } from './support.js'

const names = new Map([['web1', '10.0.0.2']])
const read = (text: string) => readLdirectord(text, 'ld.cf', (name) => names.get(name))
/** A virtual on 10.0.0.6:80 with these lines. */
const service = (...lines: string[]) =>
  ['virtual=10.0.0.6:80', ...lines].join('\n        ').concat('\n')

const whole = `# What keeps the table.
checktimeout=3
autoreload=yes
quiescent=yes
callback="/usr/local/bin/sync"

virtual=192.168.139.6:80
\treal=192.168.139.2:80 gate 1
\treal=192.168.139.4:80 gate 2 ".health", "ok" l:80 u:100
# between two lines
\tfallback=127.0.0.1:80 gate    # a page that says sorry
\tservice=http
\tscheduler=wlc
\tpersistent=300
\tnetmask=255.255.255.0
\tprotocol=tcp
\tchecktype=negotiate
\tcheckport=80
\trequest="index.html"

virtual=7
    real=192.168.139.2 gate
    scheduler=rr
    checktype=on
`

describe('a whole ldirectord.cf', () => {
  const told = read(whole)
  it('gives the table', () => {
    expect(tableOf(told)).toBe(`-A -t 192.168.139.6:80 -s wlc -p 300 -M 255.255.255.0
-a -t 192.168.139.6:80 -r 192.168.139.2:80 -g -w 1
-a -t 192.168.139.6:80 -r 192.168.139.4:80 -g -w 2
-A -f 7 -s rr
-a -f 7 -r 192.168.139.2:0 -g -w 1
`)
    expect(told.services[0]!.realServers[1]).toMatchObject({
      upper_threshold: 100,
      lower_threshold: 80,
    })
  })

  it('knows the line of every value', () => {
    const { at, places, realServers } = told.services[0]!
    expect(at).toEqual({ file: 'ld.cf', line: 7, col: 1 })
    const line = (name: string) => places![name]!.line
    expect(['scheduler', 'persistence', 'netmask', 'protocol'].map(line)).toEqual([13, 14, 15, 16])
    expect(realServers.map(({ at }) => at)).toMatchObject([
      { line: 8, col: 2 },
      { line: 9, col: 2 },
    ])
  })

  it('names what is not carried over, once', () => {
    expect(notesOf(clusterOf([told]))).toEqual([
      '4: quiescent is not carried over',
      '5: the command of callback is not carried over',
      '7: ldirectord and dr-play would both write the table',
      "7: no file tells the director's own address",
      '7: no file tells how the director has the VIP: eth0 and /32 are taken',
      '11: the fallback is not carried over',
      '12: the health checks are not carried over',
      '21: which VIPs get the mark 7 is not told: none is known',
    ])
  })
})

describe('what ldirectord takes', () => {
  it.each([
    ['no scheduler: wrr', service(), '-s wrr'],
    ['no weight: 1', service('real=10.0.0.2:80 gate'), '-r 10.0.0.2:80 -g -w 1'],
    ['a weight as some write it', service('real=10.0.0.2:80 gate -w 3'), '-g -w 3'],
    ['masq', service('real=10.0.0.2:8080 masq 2'), '-r 10.0.0.2:8080 -m -w 2'],
    ['ipip', service('real=10.0.0.2:80 ipip'), '-i -w 1'],
    ['no port: that of the service', service('real=10.0.0.2 gate'), '-r 10.0.0.2:80'],
    [
      'another port under gate: that of the service',
      service('real=10.0.0.2:81 gate'),
      '-r 10.0.0.2:80',
    ],
    ['port 53: udp', 'virtual=10.0.0.6:53\n', '-A -u 10.0.0.6:53'],
    ['port 53, but tcp', 'virtual=10.0.0.6:domain\n    protocol=tcp\n', '-A -t 10.0.0.6:53'],
    ['a port by name', 'virtual = 10.0.0.6:http\n', '-A -t 10.0.0.6:80'],
    ['flags', service('scheduler=sh', 'schedflags=sh-port'), '-s sh -b sh-port'],
    ['one-packet scheduling', 'virtual=10.0.0.6:53\n    ops=yes\n', '-s wrr -o'],
    [
      'a netmask of one host is the default',
      service('persistent=9', 'netmask=255.255.255.255'),
      '-p 9\n',
    ],
    [
      'IPv6',
      'virtual6=[fd00::6]:80\n    real6=[fd00::2]:80 gate\n',
      '-a -t [fd00::6]:80 -r [fd00::2]:80',
    ],
    ['a mark of IPv6', 'virtual6=7\n', '-A -f 7 -6'],
    ['a name that is told', service('real=web1:80 gate'), '-r 10.0.0.2:80'],
  ])('%s', (_, text, part) => expect(tableOf(read(text))).toContain(part))

  it('a range of addresses', () => {
    const table = tableOf(read(service('real=10.0.0.254->10.0.1.0:80 gate 2')))
    expect(table.match(/-r \S+/g)).toEqual([
      '-r 10.0.0.254:80',
      '-r 10.0.0.255:80',
      '-r 10.0.1.0:80',
    ])
  })
})

describe('refuses, with the line', () => {
  it.each([
    ['virtual=10.0.0.6\n', 1, '"10.0.0.6" has no port'],
    ['virtual=10.0.0.6:\n', 1, '"10.0.0.6:" has no port'],
    [service('real=10.0.0.2:80'), 2, 'has no forwarding'],
    [service('real=10.0.0.2:80 dr'), 2, 'has no forwarding'],
    [service('real=web9:80 gate'), 2, 'the address of "web9" is not known'],
    [service('real=10.0.0.4->10.0.0.2:80 gate'), 2, 'no range of addresses'],
    [service('persistent=long'), 2, 'persistent: "long" is no whole number'],
    ['virtual=10.0.0.6:80\nreal=10.0.0.2:80 gate\n', 2, '"real" does not belong here'],
    ['virtual=10.0.0.6:80\n\n    real=10.0.0.2:80 gate\n', 3, '"real" does not belong here'],
    ['timeout=5\n', 1, '"timeout" does not belong here'],
    ['nonsense\n', 1, 'cannot read "nonsense"'],
  ])('%j', (text, line, why) => {
    expect(() => read(text)).toThrow(why)
    expect(() => read(text)).toThrow(
      expect.objectContaining({ at: expect.objectContaining({ file: 'ld.cf', line }) as object }),
    )
  })
})

it('an unknown name below a virtual is named', () => {
  expect(notesOf(read(service('colour=blue')))).toContain('2: not understood: colour')
})
