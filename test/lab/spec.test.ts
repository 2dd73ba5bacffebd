import { describe, expect, it } from 'vitest'
import { macOf, netmask, layOut } from '../../src/lab/spec.js'
import type { LabHost, LabSpec } from '../../src/lab/spec.js'

function host(more: Partial<LabHost> = {}): LabHost {
  return { name: 'rs1', address: '192.168.139.2', prefix: 24, role: 'realserver', ...more }
}

function specOf(hosts: LabHost[], more: Partial<LabSpec> = {}): LabSpec {
  return { name: 'lab', hosts, flavor: 'debian', systemd: false, ...more }
}

describe('plan', () => {
  it('takes two addresses for the lab that nobody has', () => {
    expect(layOut(specOf([host()]))).toMatchObject({
      controller: '192.168.139.250',
      client: { address: '192.168.139.251' },
    })
  })

  it('adds a client to the hosts', () => {
    const client = host({ name: 'client', address: '192.168.139.251', role: 'client' })
    expect(layOut(specOf([host()]))).toMatchObject({ client, hosts: [host(), client] })
  })

  it.each(['probe', 'client'])("takes the user's own client, %s, for that", (name) => {
    const own = host({ name, address: '192.168.139.9', role: 'client' })
    const more = host({ name: 'probe2', address: '192.168.139.10', role: 'client' })
    const hosts = [host(), own, more]
    expect(layOut(specOf(hosts))).toMatchObject({ client: own, hosts })
  })

  it('keeps away from hosts and from reserved addresses', () => {
    const taken = host({ address: '192.168.139.251' })
    expect(layOut(specOf([taken], { reserved: ['192.168.139.249'] }))).toMatchObject({
      controller: '192.168.139.248',
      client: { address: '192.168.139.250' },
    })
  })

  it('finds them in a small network, past its broadcast address', () => {
    expect(layOut(specOf([host({ address: '10.0.0.9', prefix: 29 })]))).toMatchObject({
      controller: '10.0.0.13',
      client: { address: '10.0.0.14' },
    })
  })

  it('boots EL with systemd in any case', () => {
    expect(layOut(specOf([host()], { flavor: 'el' })).systemd).toBe(true)
  })

  const full = Array.from({ length: 5 }, (_, i) =>
    host({ name: `rs${i}`, address: `10.0.0.${i + 1}`, prefix: 29 }),
  )
  it.each<[string, LabSpec, RegExp]>([
    ['no hosts', specOf([]), /at least one host/],
    ['a name that is a path', specOf([host()], { name: '../x' }), /no name for a lab/],
    ["a real server named as the lab's client", specOf([host({ name: 'client' })]), /"client"/],
    ['a host name that is an option', specOf([host({ name: '-rf' })]), /"-rf"/],
    [
      'an address that is a name',
      specOf([host({ address: 'rs1.example' })]),
      /IPv4 address for rs1/,
    ],
    ['an address past 255', specOf([host({ address: '10.0.0.256' })]), /IPv4 address for rs1/],
    ['a prefix without room', specOf([host({ prefix: 32 })]), /prefix of 32/],
    ['the same name twice', specOf([host(), host({ address: '192.168.139.4' })]), /have rs1/],
    ['the same address twice', specOf([host(), host({ name: 'b' })]), /have 192\.168\.139\.2/],
    [
      'two networks',
      specOf([host(), host({ name: 'b', address: '192.168.140.4' })]),
      /b \(192\.168\.140\.4\/24\) and rs1 \(192\.168\.139\.2\/24\) are not in one network/,
    ],
    ['a network that is full', specOf(full), /no two free addresses/],
  ])('refuses %s', (_, wrong, message) => {
    expect(() => layOut(wrong)).toThrow(message)
  })
})

it('makes a MAC of an address', () => {
  expect(macOf('192.168.139.3')).toBe('02:00:c0:a8:8b:03')
})

it.each([
  [24, '255.255.255.0'],
  [29, '255.255.255.248'],
  [8, '255.0.0.0'],
])('writes /%i as %s', (prefix, mask) => {
  expect(netmask(prefix)).toBe(mask)
})
