import { describe, expect, it } from 'vitest'
import { InputError } from '../../src/core/errors.js'
import {
  type ClusterVars,
  endpointsOf,
  entriesOf,
  entriesWith,
  tableOf,
  vipsOf,
} from '../../src/lvs/cluster.js'
import { parseTable } from '../../src/lvs/parse-table.js'
import { formatRestorable, formatTable } from '../../src/lvs/table.js'

type Vars = Readonly<Record<string, unknown>>

const SERVERS: Readonly<Record<string, Vars>> = {
  rs1: { ansible_host: '10.0.0.2', weight: 1 },
  rs2: { ansible_host: 'rs2.lan', rip: '10.0.0.4', weight: '2' },
}
const cluster = (flat: Vars, servers = SERVERS): ClusterVars => ({
  flat: (name) => ({ vip: '10.0.0.6', ...flat })[name],
  realServers: Object.keys(servers),
  own: (server, name) => servers[server]?.[name],
})
const listed = (...virtual_services: Vars[]) => cluster({ virtual_services })
const linesOf = (vars: ClusterVars) => formatRestorable(tableOf(vars)).trimEnd()

describe('the flat variables are one service', () => {
  it('with the defaults of the reference cluster', () => {
    expect(linesOf(cluster({}))).toBe(
      '-A -t 10.0.0.6:80 -s wlc\n' +
        '-a -t 10.0.0.6:80 -r 10.0.0.2:80 -g -w 1\n' +
        '-a -t 10.0.0.6:80 -r 10.0.0.4:80 -g -w 2',
    )
  })

  it.each<[Vars, string]>([
    [{ service_port: '443' }, '-A -t 10.0.0.6:443 -s wlc'],
    [
      { persistence: 300, persistence_netmask: '255.255.255.0' },
      '-A -t 10.0.0.6:80 -s wlc -p 300 -M 255.255.255.0',
    ],
    [{ scheduler: 'sh', scheduler_flags: 'sh-port' }, '-A -t 10.0.0.6:80 -s sh -b sh-port'],
    [
      { protocol: 'udp', service_port: 5060, persistence: 60, persistence_engine: 'sip' },
      '-A -u 10.0.0.6:5060 -s wlc -p 60 --pe sip',
    ],
    [{ protocol: 'udp', service_port: 53, one_packet: true }, '-A -u 10.0.0.6:53 -s wlc -o'],
  ])('%j', (flat, line) => {
    expect(linesOf(cluster(flat, {}))).toBe(line)
  })
})

describe('virtual_services', () => {
  it('are several, of one VIP or of others, each with the real servers it names', () => {
    const vars = listed(
      { port: 80 },
      { port: 443, real_servers: ['rs2'] },
      { vip: '10.0.0.7', port: 53, protocol: 'udp', ops: true, real_servers: [] },
    )
    expect(linesOf(vars)).toBe(
      '-A -t 10.0.0.6:80 -s wlc\n' +
        '-a -t 10.0.0.6:80 -r 10.0.0.2:80 -g -w 1\n' +
        '-a -t 10.0.0.6:80 -r 10.0.0.4:80 -g -w 2\n' +
        '-A -t 10.0.0.6:443 -s wlc\n' +
        '-a -t 10.0.0.6:443 -r 10.0.0.4:443 -g -w 2\n' +
        '-A -u 10.0.0.7:53 -s wlc -o',
    )
  })

  it('by firewall mark', () => {
    const vips = ['10.0.0.6', '10.0.0.7']
    const vars = listed({ protocol: 'fwmark', mark: 7, vips, real_servers: ['rs1'] })
    expect(linesOf(vars)).toBe('-A -f 7 -s wlc\n-a -f 7 -r 10.0.0.2:0 -g -w 1')
    expect(vipsOf(entriesOf(vars))).toEqual(vips)
    // Any port will do to try it by.
    expect(endpointsOf(entriesOf(vars), vars)).toEqual(
      vips.map((vip) => ({ service: 'fwmark 7', protocol: 'fwmark', vip, port: 80 })),
    )
    const other = listed({ protocol: 'fwmark', mark: 7, port: 8443 })
    expect(endpointsOf(entriesOf(other), other)).toMatchObject([{ port: 8443 }])
  })

  it.each<[string, Vars, Vars, string]>([
    ['falls back', { scheduler: 'rr', service_port: 8080 }, {}, '-A -t 10.0.0.6:8080 -s rr'],
    [
      'no flags of another scheduler',
      { scheduler: 'sh', scheduler_flags: 'sh-port' },
      { scheduler: 'rr' },
      '-A -t 10.0.0.6:80 -s rr',
    ],
    [
      'no ops and no pe under tcp',
      { protocol: 'udp', one_packet: true, persistence: 60, persistence_engine: 'sip' },
      { protocol: 'tcp' },
      '-A -t 10.0.0.6:80 -s wlc -p 60',
    ],
    [
      'no persistence, and no netmask with it',
      { persistence: 60, persistence_netmask: '255.255.0.0' },
      { persistence: 0 },
      '-A -t 10.0.0.6:80 -s wlc',
    ],
  ])('what an entry leaves out: %s', (_, flat, entry, line) => {
    const vars = cluster({ ...flat, virtual_services: [entry] }, {})
    expect(linesOf(vars)).toBe(line)
  })

  it('what an entry says of a real server goes before its own variables', () => {
    const servers = {
      rs1: { ansible_host: '10.0.0.2', weight: 1, forwarding: 'dr', upper_threshold: 50 },
      rs2: { ansible_host: '10.0.0.4', weight: 2, forwarding: 'tun' },
    }
    const real_servers = ['rs1', { name: 'rs2', weight: 7, forwarding: 'nat', port: 8080 }]
    const entry = { forwarding: 'tun', real_servers }
    expect(
      linesOf(cluster({ virtual_services: [entry] }, servers))
        .split('\n')
        .slice(1),
    ).toEqual([
      '-a -t 10.0.0.6:80 -r 10.0.0.2:80 -i -w 1 -x 50',
      '-a -t 10.0.0.6:80 -r 10.0.0.4:8080 -m -w 7',
    ])
    const all = linesOf(cluster({ forwarding: 'nat', virtual_services: [{}] }, servers))
    expect(all.match(/-[gmi] /g)).toEqual(['-g ', '-i '])
  })

  it('a real server has the VIPs of its own services', () => {
    const vars = listed(
      { port: 80, real_servers: ['rs1'] },
      { vip: '10.0.0.7', port: 80 },
      { vip: '10.0.0.7', port: 443 },
    )
    const of = (host: string) => entriesWith(entriesOf(vars), host)
    expect(vipsOf(of('rs1'))).toEqual(['10.0.0.6', '10.0.0.7'])
    expect(vipsOf(of('rs2'))).toEqual(['10.0.0.7'])
    expect(vipsOf(of('other'))).toEqual([])
    expect(endpointsOf(of('rs2'), vars)).toMatchObject([
      { protocol: 'tcp', vip: '10.0.0.7', port: 80 },
      { protocol: 'tcp', vip: '10.0.0.7', port: 443 },
    ])
  })

  it.each<[string, unknown, string]>([
    ['no list', 'web', 'virtual_services is no list of maps'],
    ['texts', ['web'], 'virtual_services is no list of maps'],
    ['twins', [{}, { port: '80' }], 'virtual_services has tcp 10.0.0.6:80 twice'],
    [
      'a mark without a number',
      [{ protocol: 'fwmark' }],
      'virtual_services.0: a service of fwmark',
    ],
    [
      'vips of tcp',
      [{}, { port: 1, vips: ['10.0.0.7'] }],
      'virtual_services.1: vips is for fwmark',
    ],
    ['vips that are none', [{ protocol: 'fwmark', vips: 'x' }], 'vips is no list'],
    ['real servers that are none', [{ real_servers: 'rs1' }], 'real_servers is no list'],
    ['one without a name', [{ real_servers: [{ weight: 1 }] }], 'a real server has no name'],
    ['one without an address', [{ real_servers: ['rs9'] }], 'rs9: address: "rs9" is no IP address'],
    ['no VIP', [{ vip: '' }], 'VIP: "" is no IP address'],
    ['VIPs by the name', [{ vip: 'www' }], 'VIP: "www" is no IP address'],
  ])('refuses %s', (_, virtual_services, message) => {
    const act = () => tableOf(cluster({ virtual_services }))
    expect(act).toThrow(InputError)
    expect(act).toThrow(message)
  })
})

it('refuses a cluster without a VIP', () => {
  expect(() => tableOf(cluster({ vip: undefined }))).toThrow('the virtual service has no VIP')
  const marked = [{ protocol: 'fwmark', mark: 1 }]
  expect(() => tableOf(cluster({ vip: undefined, virtual_services: marked }))).toThrow(
    expect.objectContaining({
      message: 'virtual_services.0 has no VIP',
      hint: expect.stringContaining('vips: [192.168.139.6] in it, or set vip') as string,
    }),
  )
  const virtual_services = [{ vip: '10.0.0.7' }]
  expect(vipsOf(entriesOf(cluster({ vip: undefined, virtual_services })))).toEqual(['10.0.0.7'])
})

describe('a real server that is held', () => {
  const live = parseTable(
    '-A -t 10.0.0.6:80 -s rr\n-a -t 10.0.0.6:80 -r 10.0.0.4:80 -m -w 9\n-A -t 10.0.0.6:81 -s rr\n',
  )
  const held = (flat: Vars) =>
    formatTable(tableOf(cluster(flat), { holds: (name) => name === 'rs2', live: () => live }))

  it('stays as it is in each service, and out of those that it is not in', () => {
    const virtual_services = [{ port: 80 }, { port: 81 }, { port: 82 }]
    expect(held({ virtual_services }).match(/-r.*/g)).toEqual([
      '-r 10.0.0.2:80 -g -w 1',
      '-r 10.0.0.4:80 -m -w 9',
      '-r 10.0.0.2:81 -g -w 1',
      '-r 10.0.0.2:82 -g -w 1',
    ])
  })
})

const AT = { line: 1, col: 1 }
it.each<[string, Record<string, unknown>, Record<string, unknown>, string]>([
  ['a weight', {}, { weight: -1 }, 'rs1.weight'],
  ['a threshold', {}, { lower_threshold: 4 }, 'rs1.lower_threshold'],
  ['a RIP', {}, { rip: 'x' }, 'rs1.rip'],
  ['an address that is the VIP', {}, { rip: '10.0.0.6' }, 'rs1.rip'],
  ['a scheduler', { scheduler: 'fast' }, {}, 'scheduler'],
  ['a port', { service_port: 'x' }, {}, 'service_port'],
  ['a mask alone', { persistence_netmask: 'x', persistence: 1 }, {}, 'persistence_netmask'],
  ['a VIP', { vip: 'x' }, {}, 'vip'],
  ['no list of services', { virtual_services: 1 }, {}, 'virtual_services'],
  ['an entry', { virtual_services: [{ port: 'x' }] }, {}, 'virtual_services'],
  [
    'an entry beside a real server',
    { virtual_services: [{ real_servers: [{ name: 'rs1', weight: -1 }] }] },
    { weight: 1 },
    'virtual_services',
  ],
])('tells where %s that is wrong is set', (_, flat, own, file) => {
  const all: Record<string, unknown> = { vip: '10.0.0.6', ...flat }
  const rs1: Record<string, unknown> = { rip: '10.0.0.2', ...own }
  const vars: ClusterVars = {
    realServers: ['rs1'],
    flat: (variable) => all[variable],
    own: (_server, variable) => rs1[variable],
    at: (variable, server) => {
      if (server !== undefined) return { file: `${server}.${variable}`, ...AT }
      return variable in all ? { file: variable, ...AT } : undefined
    },
  }
  expect(() => tableOf(vars)).toThrow(expect.objectContaining({ at: { file, ...AT } }))
})
