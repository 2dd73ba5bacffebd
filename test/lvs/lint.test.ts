import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lintCluster, lintVariables, rules } from '../../src/lvs/lint.js'
import type { Cluster, Member } from '../../src/lvs/lint-model.js'

type Settings = Readonly<Record<string, unknown>>

/** What differs from the reference cluster, whose two real servers have weights 1 and 2. */
interface Parts {
  all?: Settings
  /** By name; `director` unless told, at 192.168.139.3. */
  directors?: Readonly<Record<string, Settings>>
  /** By name; rs1 and rs2 unless told. */
  realServers?: Readonly<Record<string, Settings>>
  groups?: Readonly<Record<string, readonly string[]>>
  roles?: readonly string[]
  noVip?: true
}

const DIP = { ansible_host: '192.168.139.3' }
const RS1 = { ansible_host: '192.168.139.2', weight: 1 }
const RS2 = { ansible_host: '192.168.139.4', weight: 2 }
const BACKUP = { ansible_host: '192.168.139.5' }
const VIP = '192.168.139.6'

function cluster({ all = {}, groups = {}, ...parts }: Parts): Cluster {
  const { directors = { director: DIP }, realServers = { rs1: RS1, rs2: RS2 } } = parts
  const common = parts.noVip ? all : { vip: VIP, ...all }
  return {
    at: { file: 'hosts', line: 1, col: 1 },
    groups: Object.entries(groups).map(([name, hosts], i) => {
      return { name, hosts, at: { file: 'groups', line: i + 1, col: 1 } }
    }),
    directors: members(directors, { scheduler: 'wlc', forwarding: 'dr', ...common }),
    realServers: members(realServers, common),
    roles: new Set(parts.roles ?? ['director', 'realserver']),
  }
}

/** What is set for all hosts stands in one place, in the file `all`. */
function members(hosts: Readonly<Record<string, Settings>>, common: Settings): Member[] {
  return Object.entries(hosts).map(([name, own]) => {
    const settings = Object.entries({ ...common, ...own }).map(([variable, value]) => {
      const file = variable in own ? name : 'all'
      const line = lintVariables.findIndex((known) => known === variable) + 1
      return [variable, { variable, value, at: { file, line, col: 1 } }] as const
    })
    return { name, at: { file: name, line: 1, col: 1 }, settings: new Map(settings) }
  })
}

const rs1 = (own: Settings): Parts => ({ realServers: { rs1: { ...RS1, ...own }, rs2: RS2 } })
const director = (own: Settings): Parts => ({ directors: { director: { ...DIP, ...own } } })
const pair = (own: Settings): Parts => ({
  directors: { lb1: { ...DIP, ...own }, lb2: { ...BACKUP, ...own } },
})
/** A host that is director and real server. */
const both = (own: Settings): Parts => ({
  directors: { both: { ...DIP, ...own } },
  realServers: { both: { ...DIP, weight: 1, ...own }, rs2: RS2 },
})

const OTHER = '192.168.139.8'
const MARK = { protocol: 'fwmark', mark: 7 }
const services = (...virtual_services: Settings[]): Parts => ({ all: { virtual_services } })

/** By rule: where it alone finds something, and where nothing is found, close by. */
const table: Readonly<Record<string, { breaks: Parts[]; holds: Parts[] }>> = {
  'group-name': {
    breaks: [
      { realServers: {}, groups: { realservers: ['rs1'] } },
      { realServers: {}, groups: { real_server: ['rs1'] } },
      { realServers: {}, groups: { RealServers: ['rs1'] } },
      { directors: {}, groups: { directors: ['lb1'] } },
      { groups: { realserver: ['rs1', 'rs2'], realserver2: ['rs3'] } },
    ],
    holds: [
      { groups: { director: ['director'], directors: ['director'] } },
      { groups: { web: ['rs3'], database: ['db1'] } },
    ],
  },
  'no-director': { breaks: [{ directors: {} }], holds: [{}] },
  'no-real-server': { breaks: [{ realServers: {} }], holds: [{ realServers: { rs1: RS1 } }] },
  'role-overlap': {
    breaks: [both({}), both({ director_is_realserver: false })],
    holds: [both({ director_is_realserver: true }), both({ director_is_realserver: 'yes' })],
  },
  'overlap-with-backup': {
    breaks: [
      {
        directors: { both: { ...DIP, director_is_realserver: true, vrrp: true }, lb2: BACKUP },
        realServers: { both: { ...DIP, weight: 1, director_is_realserver: true }, rs2: RS2 },
      },
    ],
    holds: [both({ director_is_realserver: true })],
  },
  'several-directors': {
    breaks: [pair({}), pair({ vrrp: false })],
    holds: [pair({ vrrp: true }), pair({ vrrp: 'yes' })],
  },
  'vip-missing': {
    breaks: [{ noVip: true, ...services({ vip: VIP }, { port: 443 }) }, { noVip: true }],
    holds: [{ all: { vip: undefined } }], // Set, to what only the hosts can tell.
  },
  'address-not-ipv4': {
    breaks: [
      services({ vip: 'www.example.com' }),
      services({}, { ...MARK, vips: [VIP, '010.1.1.1'] }),
      { all: { vip: '010.1.1.1' } },
      { all: { vip: 1 } },
      { all: { vip: '192.168.139' } },
      { all: { vip: '192.168.139.256' } },
      { all: { vip: '192.168.139.6/32' } },
      rs1({ rip: '192.168.139.02' }),
      rs1({ ansible_host: 'rs1.example.com' }),
      director({ dip: 'lb.example.com' }),
      director({ ansible_host: '192.168.139.03' }),
    ],
    holds: [rs1({ ansible_host: 'rs1.example.com', rip: '192.168.139.2' })],
  },
  'address-not-unicast': {
    breaks: [
      { all: { vip: '127.0.0.6' } },
      { all: { vip: '224.0.0.18' } },
      { all: { vip: '0.0.0.0' } },
      { all: { vip: '240.0.0.1' } },
      { all: { vip: '255.255.255.255' } },
      rs1({ ansible_host: '127.0.0.1' }),
      director({ dip: '127.0.0.1' }),
    ],
    holds: [rs1({ ansible_host: '127.0.0.1', rip: '192.168.139.2' })],
  },
  'vip-differs': {
    breaks: [
      { ...services({}), ...rs1({ virtual_services: [{ vip: OTHER }] }) },
      rs1({ vip: '192.168.139.7' }),
      director({ vip: '192.168.139.7' }),
    ],
    holds: [services({ vip: OTHER }, {}), rs1({ vip: VIP })],
  },
  'vip-is-a-rip': {
    breaks: [services({}, { vip: '192.168.139.2' }), rs1({ ansible_host: VIP }), rs1({ rip: VIP })],
    holds: [rs1({ rip: '192.168.139.7' })],
  },
  'vip-is-a-dip': {
    breaks: [
      services({}, { vip: '192.168.139.3' }),
      director({ ansible_host: VIP }),
      director({ dip: VIP }),
    ],
    holds: [director({ dip: '192.168.139.7' })],
  },
  'dip-is-a-rip': {
    breaks: [
      director({ ansible_host: '192.168.139.2' }),
      director({ dip: '192.168.139.4' }),
      rs1({ rip: '192.168.139.3' }),
    ],
    holds: [both({ director_is_realserver: true })],
  },
  'rip-twice': {
    breaks: [rs1({ ansible_host: '192.168.139.4' }), rs1({ rip: '192.168.139.4' })],
    holds: [rs1({ ansible_host: '192.168.139.4', rip: '192.168.139.2' })],
  },
  'dip-twice': {
    breaks: [pair({ vrrp: true, dip: '192.168.139.9' })],
    holds: [pair({ vrrp: true })],
  },
  'reached-by-vip': {
    breaks: [
      rs1({ ansible_host: VIP, rip: '192.168.139.2' }),
      director({ ansible_host: VIP, dip: '192.168.139.3' }),
    ],
    holds: [rs1({ ansible_host: '10.0.0.2', rip: '192.168.139.2' })],
  },
  'dip-unknown': {
    breaks: [director({ ansible_host: 'lb.example.com' }), director({ ansible_host: '127.0.0.1' })],
    holds: [director({ ansible_host: 'lb.example.com', dip: '192.168.139.3' })],
  },
  'mask-not-contiguous': {
    breaks: [
      director({ netmask: '255.25.255.0' }),
      { all: { netmask: '255.0.255.0' } },
      rs1({ vip_netmask: '255.255.255.253' }),
    ],
    holds: [director({ netmask: '255.255.255.0' }), rs1({ vip_netmask: '255.255.255.255' })],
  },
  'mask-invalid': {
    breaks: [
      director({ prefix: 33 }),
      director({ prefix: '/24' }),
      director({ netmask: '255.255.255' }),
    ],
    holds: [director({ prefix: '24' }), director({ prefix: undefined })],
  },
  'mask-for-prefix': {
    breaks: [director({ vip_prefix: '255.255.255.255' }), director({ netmask: 24 })],
    holds: [director({ vip_prefix: 32, netmask: '255.255.255.0' })],
  },
  'masks-differ': {
    breaks: [director({ prefix: 24, netmask: '255.255.0.0' })],
    holds: [director({ prefix: 24, netmask: '255.255.255.0' })],
  },
  'vip-off-subnet': {
    breaks: [
      services({}, { vip: '192.168.140.6' }),
      { all: { vip: '192.168.140.6' } },
      { all: { vip: '192.168.140.6', prefix: 24 } },
      { all: { vip: '192.168.139.130', netmask: '255.255.255.128' } },
    ],
    holds: [
      { all: { vip: '192.168.140.6', prefix: 16 } },
      { all: { vip: '192.168.140.6', netmask: '255.255.0.0' } },
      { all: { vip: '203.0.113.6', vip_routed: true } },
    ],
  },
  'rip-off-subnet': {
    breaks: [rs1({ rip: '192.168.140.2' }), rs1({ rip: '192.168.140.2', prefix: 16 })],
    holds: [
      { ...rs1({ rip: '192.168.140.2' }), ...director({ prefix: 16 }) },
      { ...rs1({ rip: '10.0.0.2' }), ...director({ forwarding: 'tun' }), roles: ['director'] },
    ],
  },
  'vip-is-no-host': {
    breaks: [
      services({}, { vip: '192.168.139.255' }),
      { all: { vip: '192.168.139.255', prefix: 24 } },
      { all: { vip: '192.168.139.0' } },
      { all: { vip: '192.168.139.7' }, ...director({ prefix: 24, vip_prefix: 29 }) },
    ],
    holds: [
      { all: { vip: '192.168.139.0', prefix: 23 } },
      { all: { vip: '192.168.139.7', prefix: 24 }, ...director({ vip_prefix: 31 }) },
    ],
  },
  'vip-on-lo-not-32': {
    breaks: [rs1({ vip_netmask: '255.255.255.0' }), rs1({ vip_prefix: 24 })],
    holds: [
      rs1({ vip_netmask: '255.255.255.255' }),
      rs1({ vip_prefix: '32' }),
      { all: { vip_prefix: 24 } },
    ],
  },
  'unknown-scheduler': {
    breaks: [
      services({}, { port: 443, scheduler: 'wlcc' }),
      director({ scheduler: 'wlcc' }),
      director({ scheduler: 'WLC' }),
    ],
    holds: [
      {
        ...services({ scheduler: 'rr', real_servers: ['rs1'] }, { scheduler: 'mh', port: 1 }),
        ...director({ scheduler: 'x' }),
      },
      director({ scheduler: 'mh' }),
      director({ scheduler: undefined }),
    ],
  },
  'unknown-forwarding': {
    breaks: [
      services({}, { port: 443, forwarding: '-g' }),
      services({ real_servers: ['rs1', { name: 'rs2', forwarding: 'DR' }] }),
      director({ forwarding: '-g' }),
      rs1({ forwarding: 'direct' }),
    ],
    holds: [rs1({ forwarding: 'dr' })],
  },
  'forwarding-not-dr': {
    breaks: [
      services({}, { port: 443, forwarding: 'nat' }),
      director({ forwarding: 'nat' }),
      director({ forwarding: 'tun' }),
    ],
    holds: [{ ...director({ forwarding: 'nat' }), roles: ['director'] }],
  },
  'forwarding-mixed': {
    breaks: [
      {
        ...services({ real_servers: ['rs1', { name: 'rs2', forwarding: 'nat' }] }),
        roles: ['director'],
      },
      { ...rs1({ forwarding: 'nat' }), roles: ['director'] },
    ],
    holds: [
      {
        ...services(
          { real_servers: ['rs1'] },
          { port: 1, forwarding: 'nat', real_servers: ['rs2'] },
        ),
        roles: ['director'],
      },
      { all: { forwarding: 'nat' }, roles: ['director'] },
      rs1({ forwarding: 'dr' }),
    ],
  },
  'service-port-differs': {
    breaks: [{ ...director({ service_port: 80 }), ...rs1({ service_port: 8080 }) }],
    holds: [
      {
        ...services({ port: 80 }),
        ...director({ service_port: 80 }),
        ...rs1({ service_port: 8080 }),
      },
      { ...director({ service_port: 80 }), ...rs1({ service_port: '80' }) },
      {
        ...director({ service_port: 80, forwarding: 'nat' }),
        ...rs1({ service_port: 8080 }),
        roles: ['director'],
      },
    ],
  },
  'real-server-port': {
    breaks: [{ ...director({ service_port: 80 }), ...rs1({ port: 8080 }) }],
    holds: [{ ...director({ service_port: 80 }), ...rs1({ port: '80' }) }],
  },
  'weight-missing': {
    breaks: [{ realServers: { rs1: { ansible_host: '192.168.139.2' }, rs2: RS2 } }],
    holds: [
      {
        ...services({ real_servers: [{ name: 'rs1', weight: 3 }, 'rs2'] }),
        realServers: { rs1: { ansible_host: '192.168.139.2' }, rs2: RS2 },
      },
      rs1({ weight: 0 }),
      rs1({ weight: undefined }),
    ],
  },
  'weight-invalid': {
    breaks: [-1, 1.5, '1.5', 'heavy', 65536, true, ''].map((weight) => rs1({ weight })),
    holds: [0, 1, '7', 65535].map((weight) => rs1({ weight })),
  },
  'all-weights-zero': {
    breaks: [
      services({}, { port: 443, real_servers: [{ name: 'rs1', weight: 0 }] }),
      { realServers: { rs1: { ...RS1, weight: 0 }, rs2: { ...RS2, weight: '0' } } },
    ],
    holds: [rs1({ weight: 0 })],
  },
  'weights-ignored': {
    breaks: ['rr', 'lc', 'dh'].map((scheduler) => director({ scheduler })),
    holds: [
      services({ scheduler: 'rr', real_servers: ['rs1'] }, { port: 443 }),
      director({ scheduler: 'wrr' }),
      { ...director({ scheduler: 'rr' }), ...rs1({ weight: 2 }) },
      { ...director({ scheduler: 'rr' }), ...rs1({ weight: 0 }) },
    ],
  },
  'service-twice': {
    breaks: [
      services({}, { port: 80 }),
      services({ vip: OTHER }, { vip: OTHER }),
      services(MARK, { ...MARK, vips: [OTHER] }),
    ],
    holds: [
      services({}, { port: 443 }, { protocol: 'udp' }, { vip: OTHER }),
      services(MARK, { ...MARK, mark: 8 }),
    ],
  },
  'service-without-real-servers': {
    breaks: [services({ real_servers: ['rs1', 'rs2'] }, { port: 443, real_servers: [] })],
    holds: [services({ real_servers: ['rs1'] }, { port: 443, real_servers: ['rs2'] })],
  },
  'unknown-real-server': {
    breaks: [
      services({}, { port: 443, real_servers: ['rs9'] }),
      services({}, { port: 443, real_servers: [{ name: 'rs9', weight: 1 }] }),
      { ...services({}, { port: 1, real_servers: ['db1'] }), groups: { db: ['db1'] } },
    ],
    holds: [services({}, { port: 443, real_servers: ['rs1', { name: 'rs2', weight: 1 }] })],
  },
  'real-server-in-no-service': {
    breaks: [services({ real_servers: ['rs1'] }, { port: 443, real_servers: ['rs1'] })],
    holds: [services({ real_servers: ['rs1'] }, { port: 443 })],
  },
  'service-invalid': {
    breaks: [
      services({ scheduler: 'wlc', flags: 'sh-port' }),
      services({ netmask: '255.255.255.0' }),
      services({ ops: true }),
      services({ port: 70000 }),
      services({ protocol: 'fwmark' }),
      services({ vips: [OTHER] }),
      services({ real_servers: [{ name: 'rs1', lower_threshold: 9 }, 'rs2'] }),
      rs1({ upper_threshold: -1 }),
      director({ persistence: 'long' }),
    ],
    holds: [
      services({ scheduler: 'sh', flags: 'sh-port', persistence: 60, netmask: '255.255.255.0' }),
      services({ protocol: 'udp', ops: true }),
      services({ ...MARK, vips: [VIP, OTHER] }),
      { ...services({ port: 0 }), ...director({ persistence: 60 }) },
      { all: { virtual_services: undefined } }, // What only the hosts can tell.
      { noVip: true, all: { virtual_services: [{ vip: VIP }] } },
    ],
  },
}

const ids = (parts: Parts) => [...new Set(lintCluster(cluster(parts)).map(({ rule }) => rule))]

describe('the rules', () => {
  it('have a line each in the table below, and no two one id', () => {
    expect(rules.map(({ id }) => id)).toEqual(Object.keys(table).map((name) => `lvs/${name}`))
  })

  it('find nothing in the reference cluster', () => {
    expect(lintCluster(cluster({}))).toEqual([])
  })

  for (const [name, { breaks, holds }] of Object.entries(table)) {
    it.each(breaks.map((parts, i) => [i, parts] as const))(
      `${name} alone finds: %i`,
      (_, parts) => {
        expect(ids(parts)).toEqual([`lvs/${name}`])
        for (const { at, message, hint } of lintCluster(cluster(parts))) {
          expect(at?.line).toBeGreaterThan(0)
          expect(message).not.toMatch(/undefined|\[object/)
          expect(hint).not.toBe('')
        }
      },
    )
    it.each(holds.map((parts, i) => [i, parts] as const))(`${name} holds: %i`, (_, parts) => {
      expect(ids(parts)).toEqual([])
    })
  }
})

describe('a finding', () => {
  const found = (parts: Parts) => lintCluster(cluster(parts))

  it('is told once, however many hosts have it from one place, and at that place', () => {
    expect(found({ all: { vip: '010.1.1.1' } })).toEqual([
      {
        rule: 'lvs/address-not-ipv4',
        severity: 'error',
        at: { file: 'all', line: 1, col: 1 },
        about: 'vip',
        message: 'vip: "010.1.1.1" is no IPv4 address',
        hint: 'write four decimal numbers without leading zeros: 192.168.139.6',
      },
    ])
  })

  it.each<[string, Parts, 'error' | 'warning']>([
    ['a subnet that is given', { all: { vip: '192.168.140.6', prefix: 24 } }, 'error'],
    ['a subnet that is assumed', { all: { vip: '192.168.140.6' } }, 'warning'],
    ['an edge of a subnet that is given', { all: { vip: '192.168.139.0', prefix: 24 } }, 'error'],
    ['an edge of one that is assumed', { all: { vip: '192.168.139.0' } }, 'warning'],
    ['the only group, misspelt', { directors: {}, groups: { directors: ['a'] } }, 'error'],
    ['a group beside the right one', { groups: { directors: ['a'] } }, 'warning'],
    ['no director, whose role is used', { directors: {} }, 'error'],
    ['no director, of no interest', { directors: {}, roles: ['realserver'] }, 'warning'],
    ['no real server, of no interest', { realServers: {}, roles: ['realserver'] }, 'warning'],
  ])('%s: its severity', (_, parts, severity) => {
    expect(found(parts).map((each) => each.severity)).toEqual([severity])
  })

  it.each<[Parts, string, string]>([
    [{ all: { vip: '192.168.140.6' } }, 'lvs/vip-off-subnet', '/24 is assumed: set prefix'],
    [director({ scheduler: 'wcl' }), 'lvs/unknown-scheduler', 'did you mean "wlc"?'],
    [director({ forwarding: '-m' }), 'lvs/unknown-forwarding', 'forwarding=nat'],
    [director({ forwarding: 'DR' }), 'lvs/unknown-forwarding', 'did you mean "dr"?'],
    [director({ netmask: 24 }), 'lvs/mask-for-prefix', 'netmask=255.255.255.0'],
    [director({ prefix: '255.255.0.0' }), 'lvs/mask-for-prefix', 'prefix=16'],
    [rs1({ ansible_host: 'rs1.example.com' }), 'lvs/address-not-ipv4', 'set rip'],
    [{ realServers: {}, groups: { realservers: ['a'] } }, 'lvs/group-name', '"realserver"?'],
    [{ noVip: true }, 'lvs/vip-missing', 'no VIP is set for director, rs1 and rs2 set vip for all'],
    [
      { noVip: true, ...services({ vip: VIP }, MARK) },
      'lvs/vip-missing',
      'virtual_services.1 has no VIP write vips: [192.168.139.6] into it, or set vip',
    ],
    [
      { noVip: true, ...services({ vip: VIP }, { port: 443 }) },
      'lvs/vip-missing',
      'virtual_services.1 has no VIP write vip: 192.168.139.6 into it, or set vip',
    ],
    [services({ ops: true }), 'lvs/service-invalid', 'for udp, not tcp take it out'],
  ])('%j says what to do', (parts, rule, text) => {
    const [first] = found(parts)
    expect(first?.rule).toBe(rule)
    expect(`${first?.message} ${first?.hint}`).toContain(text)
  })

  it('names every host of a long list, up to six', () => {
    const many = Array.from({ length: 9 }, (_, i) => [`rs${i}`, { rip: `192.168.139.1${i}` }])
    const [first] = found({ realServers: Object.fromEntries(many) as Record<string, Settings> })
    expect(first?.message).toBe(
      'no weight is set for rs0, rs1, rs2, rs3, rs4 and 4 more: it is 1 then',
    )
  })

  it('a mask is contiguous when it is one of the 33', () => {
    const masks = Array.from({ length: 33 }, (_, length) => {
      const bits = '1'.repeat(length).padEnd(32, '0')
      return [0, 8, 16, 24].map((i) => parseInt(bits.slice(i, i + 8), 2)).join('.')
    })
    const octet = fc.oneof(fc.constantFrom(0, 128, 192, 224, 240, 248, 252, 254, 255), fc.nat(255))
    const mask = fc.oneof(
      fc.constantFrom(...masks),
      fc.tuple(octet, octet, octet, octet).map((octets) => octets.join('.')),
    )
    fc.assert(
      fc.property(mask, (netmask) => {
        const broken = ids(rs1({ netmask })).includes('lvs/mask-not-contiguous')
        expect(broken).toBe(!masks.includes(netmask))
      }),
    )
  })
})
