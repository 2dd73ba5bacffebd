import { describe, expect, it } from 'vitest'
import { parseIptables } from '../../src/lvs/firewall-iptables.js'
import { checks, verify } from '../../src/lvs/verify.js'
import type { Observed, Reply } from '../../src/lvs/verify-model.js'
import { parseNft } from '../../src/lvs/firewall-nft.js'
import { concerning, hopsOf } from '../../src/lvs/why.js'
import { pitfalls } from '../e2e/pitfalls.js'
import {
  addressIn,
  type Changes,
  counts,
  macIn,
  observed,
  service,
  VIP,
} from '../support/observed.js'

/** What one check says that is not well: `verdict: message`. */
function says(id: string, seen: Observed): string[] {
  const { findings } = verify(seen).find(({ check }) => check.id === `verify/${id}`)!
  return findings
    .filter(({ verdict }) => verdict !== 'ok')
    .map(({ verdict, message }) => `${verdict}: ${message}`)
}

const healthy = observed()
const sightOf = (host: string) => healthy.sights.get(host)!
const sysctls = (host: string, values: Record<string, number>) => {
  return new Map([...sightOf(host).sysctls, ...Object.entries(values)])
}
const director = (name: string, number: number) => ({ name, address: `192.168.139.${number}` })

describe('the checks', () => {
  it('have ids of their own, and all texts', () => {
    expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length)
    for (const { id, what, why, fix } of checks) {
      expect(id).toMatch(/^verify\/[a-z-]+$/)
      for (const text of [what, why, fix]) expect(text).toMatch(/^.*[a-z0-9].*$/i)
    }
  })

  it('find nothing in a healthy cluster', () => {
    expect(verify(healthy).filter(({ verdict }) => verdict !== 'ok')).toEqual([])
    // It has no service by firewall mark.
    const silent = verify(healthy).filter(({ findings }) => findings.length === 0)
    expect(silent.map(({ check }) => check.id)).toEqual(['verify/mark-rule'])
    expect(hopsOf(healthy).every(({ verdict }) => verdict === 'ok')).toBe(true)
  })

  it('each has a pitfall that is caused in the lab', () => {
    const caused = pitfalls.flatMap(({ fails, warns = [] }) => [...fails, ...warns])
    // Those that need a load or another inventory are tests of their own there.
    const own = ['share', 'flooded', 'third-host', 'mark-rule']
    const all = checks.map(({ id }) => id.replace('verify/', ''))
    expect([...new Set([...caused, ...own])].sort()).toEqual(all.sort())
  })

  it('a fail or a warning has evidence, and a fix', () => {
    const silenced = observed({ director: { sight: { addresses: [] } } })
    for (const { check, findings } of verify(silenced)) {
      for (const { verdict, evidence, fix = check.fix } of findings) {
        if (verdict !== 'fail' && verdict !== 'warn') continue
        expect(evidence.length, check.id).toBeGreaterThan(0)
        expect(fix).not.toBe('')
      }
    }
  })
})

describe('a host that is out of reach', () => {
  it('is what nothing can be told of', () => {
    const seen = observed({ rs2: 'unreachable' })
    for (const id of ['arp-ignore', 'vip-on-lo', 'listener', 'firewall', 'rp-filter']) {
      expect(says(id, seen)).toEqual(['unknown: rs2 is out of reach'])
    }
    expect(says('vip-path', seen)).toEqual([])
    expect(says('director-vip', observed({ director: 'unreachable' }))).toEqual([
      'unknown: director is out of reach',
    ])
  })

  it('may be the one that a strange MAC belongs to', () => {
    const seen = observed({
      director: 'unreachable',
      rs1: { trial: { heard: new Map([[VIP, { known: ['02:00:00:00:00:01'] }]]) } },
    })
    expect(says('arp-leak', seen)).toContainEqual(
      `unknown: 02:00:00:00:00:01 answers for ${VIP}, and director is out of reach: it may be its`,
    )
  })

  it('--limit leaves out is told as such', () => {
    const seen = { ...observed({ rs2: 'unreachable' }), unreachable: new Map() }
    expect(says('listener', seen)).toEqual(['unknown: rs2 was not asked: --limit leaves it out'])
  })
})

describe('directors', () => {
  const pair = { directors: [director('director', 3), director('rs2', 4)] }

  it('of a pair one has the VIP', () => {
    expect(says('director-vip', observed({ rs2: { sight: { addresses: [] } } }, pair))).toEqual([])
    const both = observed({ rs2: { sight: { addresses: sightOf('director').addresses } } }, pair)
    expect(says('director-vip', both)).toEqual([`fail: director and rs2 both have ${VIP}`])
    const none = { sight: { addresses: [] } }
    expect(says('director-vip', observed({ director: none, rs2: none }, pair))).toEqual([
      `fail: no director has ${VIP}`,
    ])
  })

  it('answer for the VIP on whichever of their interfaces', () => {
    const links = [
      ...sightOf('director').links,
      { device: 'drp0', mac: '02:00:00:00:00:07', mtu: 1500, up: true, arp: true },
    ]
    const addresses = [{ device: 'drp0', address: VIP, prefix: 32 }]
    const seen = observed({ director: { sight: { links, addresses } } })
    for (const id of ['director-vip', 'arp-answer', 'arp-leak', 'neighbour']) {
      expect(says(id, seen)).toEqual([])
    }
  })

  it('may be real servers when the inventory says so, but not of two', () => {
    const own = {
      ...service(),
      realServers: [{ ...service().realServers[0]!, address: addressIn('director') }],
    }
    const changes = { director: { sight: { table: { known: [own] } } } }
    expect(says('local-server', observed(changes, { directorServes: true }))).toEqual([])
    expect(says('local-server', observed(changes, { ...pair, directorServes: true }))).toEqual([
      `warn: director is a director, and a real server of tcp ${VIP}:80`,
    ])
  })

  it('a table that cannot be read is unknown', () => {
    const seen = observed({ director: { sight: { table: { unknown: 'Permission denied' } } } })
    expect(says('service', seen)).toEqual(['unknown: director: Permission denied'])
  })
})

describe('ARP', () => {
  it.each([
    [{ 'conf/all/arp_ignore': 0, 'conf/eth0/arp_ignore': 1 }, []],
    [{ 'conf/all/arp_ignore': 2 }, []],
    [{ 'conf/all/arp_ignore': 8 }, []],
    [{ 'conf/all/arp_ignore': 3 }, [`fail: rs1 answers ARP for ${VIP} on eth0`]],
    [{ 'conf/all/arp_ignore': 0 }, [`fail: rs1 answers ARP for ${VIP} on eth0`]],
    [{ 'conf/eth0/arp_ignore': 4 }, [`fail: rs1 answers ARP for ${VIP} on eth0`]],
  ])('arp_ignore %j', (values, said) => {
    const seen = observed({ rs1: { sight: { sysctls: sysctls('rs1', values) } } })
    expect(says('arp-ignore', seen)).toEqual(said)
  })

  it('values are doubtful before the VIP is up', () => {
    const values = sysctls('rs1', { 'conf/all/arp_announce': 1 })
    const addresses = sightOf('client').addresses
    const seen = observed({ rs1: { sight: { sysctls: values, addresses } } })
    expect(says('arp-announce', seen)).toEqual([
      `warn: rs1 would speak ARP with ${VIP} on eth0, were it up`,
    ])
  })

  it.each([
    [
      'a file that comes later',
      [['99', 'all/arp_ignore', '0']],
      ['fail: rs1 boots with arp_ignore 0'],
    ],
    [
      'the interface, which is as good',
      [
        ['99', 'all/arp_ignore', '0'],
        ['99', 'eth0/arp_ignore', '1'],
      ],
      [],
    ],
    ['every interface', [['99', '*/arp_announce', '0']], ['fail: rs1 boots with arp_announce 0']],
    ['another interface', [['99', 'eth1/arp_ignore', '0']], []],
  ])('at boot: %s', (_, lines, said) => {
    const later = lines.map(([file, key, value]) => ({
      file: file!,
      key: `conf/${key!}`,
      value: value!,
    }))
    const seen = observed({ rs1: { sight: { boot: [...sightOf('rs1').boot, ...later] } } })
    expect(says('arp-boot', seen)).toEqual(said)
  })

  it('no file at all', () => {
    expect(says('arp-boot', observed({ rs1: { sight: { boot: [] } } }))).toEqual([
      'fail: rs1 boots with arp_ignore 0',
      'fail: rs1 boots with arp_announce 0',
    ])
  })

  it('nobody can listen', () => {
    const deaf: Changes = { trial: { heard: new Map([[VIP, { unknown: 'no arping' }]]) } }
    const seen = observed({ director: deaf, rs1: deaf, rs2: deaf, client: deaf })
    expect(says('arp-leak', seen)).toEqual(['unknown: director: no arping'])
    expect(says('arp-answer', seen)).toEqual(['unknown: director: no arping'])
  })

  it('a MAC of nobody is told as it is', () => {
    const heard = new Map([[VIP, { known: ['02:00:00:00:00:01', macIn('director')] }]])
    expect(says('arp-leak', observed({ client: { trial: { heard } } }))).toEqual([
      `fail: an unknown host (02:00:00:00:00:01) answers ARP for ${VIP}`,
    ])
  })

  it('one that was poisoned when we came counts, though it has healed since', () => {
    const neighbours = new Map([[VIP, macIn('rs1')]])
    expect(says('neighbour', observed({ client: { sight: { neighbours } } }))).toEqual([
      `fail: client knows ${VIP} by the MAC of rs1 (eth0)`,
    ])
  })
})

describe('the segment', () => {
  const fits = (one: Parameters<typeof Map.prototype.set>[1]) =>
    observed({
      director: {
        trial: {
          fits: new Map([
            [addressIn('rs1'), one as never],
            [addressIn('rs2'), { known: 'yes' }],
          ]),
        },
      },
    })

  it.each([
    [
      { known: 'no' },
      ['fail: a packet of 1500 bytes does not get from director to rs1, a small one does'],
    ],
    [{ unknown: 'it does not answer ping' }, ['unknown: rs1: it does not answer ping']],
  ])('a large packet: %j', (fit, said) => expect(says('mtu', fits(fit))).toEqual(said))

  it('a real server without ARP is gone', () => {
    expect(says('same-segment', fits({ known: 'gone' }))).toEqual([
      'fail: nobody answers director by ARP for 192.168.139.2, the RIP of rs1',
    ])
  })

  it('no ethtool, no word on offloads', () => {
    const seen = observed({ director: { sight: { offloads: new Map() } } })
    expect(says('offload', seen)).toEqual([
      'unknown: director has no ethtool to see its offloads by',
    ])
  })

  it('a client that is a director is none', () => {
    const seen = observed({}, { clients: [director('director', 3)] })
    expect(says('third-host', seen)).toEqual([
      expect.stringContaining('every host of the group client is'),
    ])
  })
})

describe('what is not TCP', () => {
  const of = (more: object, changes: Record<string, Changes> = {}) =>
    observed(changes, { services: [{ ...service(), ...more }] })
  const udp = { protocol: 'udp' as const, port: 53 }
  const marked = { protocol: 'fwmark' as const, address: '7', port: 0, tryPort: 8080 }
  const rule = (text: string) => ({
    sight: {
      firewall: { known: parseIptables(`*mangle\n:PREROUTING ACCEPT\n-A PREROUTING ${text}`) },
    },
  })

  it.each([
    [udp, `udp ${VIP}:53 was not tried: UDP has no handshake; ask it as its clients do`],
    [{ protocol: 'sctp' }, `sctp ${VIP}:80 was not tried: there is no tool to ask by SCTP`],
    [
      { ...marked, tryPort: 0 },
      'fwmark 7 was not tried: which ports it has nobody told: set its port',
    ],
  ])('is never said to answer: %j', (more, message) => {
    const seen = of({ address: VIP, ...more })
    for (const id of ['vip-path', 'answer']) expect(says(id, seen)).toEqual([`unknown: ${message}`])
    const last = hopsOf(seen).at(-1)
    expect(last).toMatchObject({ id: 'answer', verdict: 'unknown' })
  })

  it('of UDP it is seen who listens, and what a firewall drops', () => {
    const drops = parseIptables('*filter\n:INPUT ACCEPT\n-A INPUT -p udp --dport 53 -j DROP\n')
    const listeners = { known: [{ protocol: 'udp' as const, address: '0.0.0.0', port: 53 }] }
    const seen = of(udp, { rs1: { sight: { firewall: { known: drops }, listeners } } })
    expect(says('firewall', seen)).toEqual([`fail: a firewall rule of rs1 drops udp ${VIP}:53`])
    expect(says('listener', seen)).toEqual(['fail: on rs2 nobody listens on udp port 53'])
  })

  it('a mark without a port leaves listeners and firewalls open', () => {
    const seen = of({ ...marked, tryPort: 0 })
    expect(says('listener', seen)).toEqual([
      'unknown: fwmark 7: who listens was not looked for: which ports it has nobody told: set its port',
    ])
    expect(says('firewall', seen)).toHaveLength(3)
  })

  it('a mark is tried by its port', () => {
    const page = (text: string) => ({ known: { kind: 'refused' as const, status: 0, text } })
    const paths = new Map(['rs1', 'rs2'].map((rs) => [`${VIP}:8080 ${addressIn(rs)}`, page(rs)]))
    const seen = of(marked, { client: { trial: { paths } } })
    expect(says('vip-path', seen)).toEqual([
      `fail: rs1 by ${VIP}:8080 refuses connections`,
      `fail: rs2 by ${VIP}:8080 refuses connections`,
    ])
    expect(says('answer', seen)).toEqual(['unknown: client: client did not ask'])
    expect(says('listener', seen)).toContain('fail: on rs1 nobody listens on tcp port 8080')
  })

  const none = `fail: no rule of director marks packets for ${VIP}, tcp port 8080, for fwmark 7`
  it.each<[string, string[]]>([
    ['-d 192.168.139.6/32 -p tcp -m tcp --dport 8080 -j MARK --set-xmark 0x7/0xffffffff', []],
    ['-i eth0 -p tcp -m multiport --dports 80,8080 -j MARK --set-mark 7', []],
    ['-i eth9 -p tcp -m multiport --dports 80,8080 -j MARK --set-mark 7', [none]],
    ['-m mac --mac-source 02:00:00:00:00:01 -j MARK --set-xmark 0x7/0xffffffff', []],
    ['-d 192.168.139.6/32 -j MARK --set-xmark 0x8/0xffffffff', [none]],
    ['-d 192.168.139.7/32 -j MARK --set-xmark 0x7/0xffffffff', [none]],
    ['-d 192.168.139.6/32 -p udp -j MARK --set-xmark 0x7/0xffffffff', [none]],
    [
      '-j CONNMARK --restore-mark',
      [`unknown: director marks packets for ${VIP} by a rule that only its kernel can tell`],
    ],
    ['-j ACCEPT', [none]],
  ])('the rule %s', (text, said) => {
    expect(says('mark-rule', of(marked, { director: rule(text) }))).toEqual(said)
  })

  it.each([
    [7, 0],
    [8, 1],
  ])('the rule that nft sets %d by', (value, problems) => {
    const at = { family: 'ip', table: 'mangle', chain: 'PREROUTING' }
    const dport = { payload: { protocol: 'tcp', field: 'dport' } }
    const expr = [
      { match: { op: '==', left: dport, right: { set: [80, 8080] } } },
      { mangle: { key: { meta: { key: 'mark' } }, value } },
    ]
    const chain = { ...at, name: 'PREROUTING', type: 'filter', hook: 'prerouting', prio: -150 }
    const known = parseNft(JSON.stringify({ nftables: [{ chain }, { rule: { ...at, expr } }] }))
    const seen = of(marked, { director: { sight: { firewall: { known } } } })
    expect(says('mark-rule', seen)).toHaveLength(problems)
  })

  it('why asks for a port of its own, else for what takes any', () => {
    const { wanted } = observed({}, { services: [service(), { ...service(), ...marked }] })
    const asked = (port?: number) =>
      concerning(wanted, VIP, port).services.map(({ protocol, tryPort }) => [protocol, tryPort])
    expect(asked(80)).toEqual([['tcp', undefined]])
    expect(asked(81)).toEqual([['fwmark', 81]])
    expect(asked()).toEqual([
      ['tcp', undefined],
      ['fwmark', 8080],
    ])
  })
})

describe('real servers', () => {
  it.each([
    [[], `fail: on rs1 nobody listens on tcp port 80`],
    [
      [{ protocol: 'udp', address: '0.0.0.0', port: 80 }],
      `fail: on rs1 nobody listens on tcp port 80`,
    ],
    [
      [{ protocol: 'tcp', address: '127.0.0.1', port: 80 }],
      `fail: on rs1 tcp port 80 is open, but not on ${VIP}`,
    ],
    [[{ protocol: 'tcp', address: VIP, port: 80 }], undefined],
  ] as const)('listeners %j', (known, said) => {
    const seen = observed({ rs1: { sight: { listeners: { known } } } })
    expect(says('listener', seen)).toEqual(said === undefined ? [] : [said])
  })

  it('no way back to a client', () => {
    const routes = new Map([...sightOf('rs1').routes].filter(([to]) => !to.includes('from')))
    expect(says('return-route', observed({ rs1: { sight: { routes } } }))).toEqual([
      'fail: rs1 has no way back to a client',
    ])
  })

  it('strict filtering is harmless on the only interface', () => {
    const strict = { sysctls: sysctls('rs1', { 'conf/all/rp_filter': 1 }) }
    expect(says('rp-filter', observed({ rs1: { sight: strict } }))).toEqual([])
  })

  it('the VIP elsewhere than on lo', () => {
    const addresses = [...sightOf('client').addresses, { device: 'eth0', address: VIP, prefix: 32 }]
    expect(says('vip-on-lo', observed({ rs1: { sight: { addresses } } }))).toEqual([
      `fail: rs1 has ${VIP} on eth0`,
    ])
  })

  it('that are not by direct routing are not asked for the VIP', () => {
    const nat = service().realServers.map((server) => ({ ...server, forwarding: 'nat' as const }))
    const bare = { sight: { addresses: [], boot: [] } }
    const seen = observed(
      { rs1: bare, rs2: bare },
      { services: [{ ...service(), realServers: nat }] },
    )
    for (const id of ['vip-on-lo', 'arp-boot', 'listener', 'vip-path']) {
      expect(says(id, seen)).toEqual([])
    }
  })
})

describe('firewalls', () => {
  const rules = (text: string) => ({
    known: parseIptables(`*filter\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n${text}\n`),
  })

  it.each([
    [
      'director',
      '-A OUTPUT -d 192.168.139.6/32 -j DROP',
      'fail: a firewall rule of director drops',
    ],
    ['director', '-A OUTPUT -d 192.168.139.2/32 -j DROP', undefined],
    [
      'director',
      '-A INPUT -s 192.168.139.251/32 -j DROP',
      'fail: a firewall rule of director drops',
    ],
    ['director', '-A INPUT -s 10.0.0.0/8 -j DROP', undefined],
    [
      'rs1',
      '-A INPUT -d 192.168.139.6/32 -m limit --limit 1/s -j DROP',
      'warn: a firewall rule of rs1 may drop',
    ],
    ['rs1', '-A OUTPUT -s 192.168.139.6/32 -j REJECT', 'fail: a firewall rule of rs1 drops'],
  ])('%s: %s', (host, text, said) => {
    const found = says('firewall', observed({ [host]: { sight: { firewall: rules(text) } } }))
    expect(found).toEqual(said === undefined ? [] : [expect.stringContaining(said)])
  })

  it('that cannot be seen', () => {
    const firewall = { unknown: 'only root may see the firewall' }
    expect(says('firewall', observed({ rs1: { sight: { firewall } } }))).toEqual([
      'unknown: rs1: only root may see the firewall',
    ])
  })
})

describe('answers', () => {
  const reply = (known: Reply) => new Map([[`${VIP}:80`, { known }]])

  it.each<[Reply, string | undefined]>([
    [{ kind: 'open', status: 0, text: 'curl: (52) Empty reply from server' }, undefined],
    [{ kind: 'answer', status: 404, text: '' }, undefined],
    [{ kind: 'answer', status: 502, text: '' }, `warn: ${VIP}:80 answers 502`],
    [{ kind: 'refused', status: 0, text: '' }, `fail: ${VIP}:80 refuses connections`],
    [{ kind: 'silent', status: 0, text: '' }, `fail: ${VIP}:80 does not answer`],
  ])('%j', (known, said) => {
    const seen = observed({ client: { trial: { replies: reply(known) } } })
    expect(says('answer', seen)).toEqual(said === undefined ? [] : [said])
  })

  it('some of many that are missing', () => {
    const failures = new Map([[`${VIP}:80`, 3]])
    const seen = { ...observed({ client: { trial: { failures } } }), requests: 60 }
    expect(says('answer', seen)).toEqual([`fail: ${VIP}:80 did not answer 3 of 60 requests`])
  })

  it('a real server whose reply would do harm is not asked', () => {
    const seen = observed({ client: { trial: { paths: new Map() } } })
    expect(says('vip-path', seen)[0]).toContain(`unknown: rs1 was not asked by ${VIP}`)
  })
})

describe('shares', () => {
  const share = (rs1: number, rs2: number, table: object = {}) =>
    says(
      'share',
      observed({
        director: {
          sight: { table: { known: [{ ...service(), ...table }] } },
          trial: { traffic: { known: counts(100 + rs1, 200 + rs2) } },
        },
      }),
    )

  it.each([
    [10, 20, {}, undefined],
    [12, 18, {}, undefined],
    [3, 5, {}, 'unknown: tcp 192.168.139.6:80: 8 new connections while we looked, too few'],
    [30, 0, {}, 'warn: rs2 got 0 of 30 new connections'],
    [30, 0, { scheduler: 'wrr' }, 'fail: rs2 got 0 of 30 new connections'],
    [
      25,
      5,
      {},
      'warn: rs1 got 25 of 30 new connections of tcp 192.168.139.6:80, by its weight it is 10',
    ],
    [15, 15, { scheduler: 'rr' }, undefined],
    [15, 45, { scheduler: 'rr' }, 'warn: rs2 got 45 of 60'],
    [
      30,
      0,
      { scheduler: 'sh' },
      'unknown: tcp 192.168.139.6:80: under sh a few clients say nothing',
    ],
    [30, 0, { persistence: 300 }, 'unknown: tcp 192.168.139.6:80: under persistence'],
  ])('%i and %i under %j', (rs1, rs2, table, said) => {
    expect(share(rs1, rs2, table)).toEqual(
      said === undefined ? [] : [expect.stringContaining(said)],
    )
  })
})

describe('why', () => {
  const broken = (changes: Parameters<typeof observed>[0]) =>
    hopsOf(observed(changes)).find(({ verdict }) => verdict === 'fail')?.id

  it.each<[string | undefined, Parameters<typeof observed>[0]]>([
    ['director', { director: 'unreachable' }],
    ['vip', { director: { sight: { addresses: [] } } }],
    ['arp', { client: { trial: { heard: new Map([[VIP, { known: [macIn('rs1')] }]]) } } }],
    ['service', { director: { sight: { table: { known: [] } } } }],
    ['segment', { rs1: { sight: { links: [{ ...sightOf('rs1').links[1]!, mtu: 1400 }] } } }],
    ['lo', { rs1: { sight: { addresses: [] } } }],
    ['listener', { rs1: { sight: { listeners: { known: [] } } } }],
    // At the next boot it will be broken, not now.
    [undefined, { rs1: { sight: { boot: [] } } }],
  ])('%s', (hop, changes) => expect(broken(changes)).toBe(hop))

  it('tells the worst of a hop first', () => {
    const hops = hopsOf(observed({ rs1: 'unreachable', rs2: { sight: { addresses: [] } } }))
    const { findings } = hops.find(({ id }) => id === 'lo')!
    expect(findings[0]).toMatchObject({ verdict: 'fail', check: 'verify/vip-on-lo' })
  })
})
