import { describe, expect, it } from 'vitest'
import type { Frame } from '../../src/core/transport.js'
import { parseTable } from '../../src/lvs/parse-table.js'
import { readDirector } from '../../src/lvs/see-director.js'
import { readServer } from '../../src/lvs/see-server.js'
import { clusterStatus } from '../../src/lvs/status-cluster.js'
import type { DirectorLook } from '../../src/lvs/status-director.js'
import { dutiesOf, type ServerLook } from '../../src/lvs/status-server.js'
import type { Checked, RealServerStatus, Sight } from '../../src/lvs/status.js'
import type { VirtualService } from '../../src/lvs/table.js'

const VIP = '192.168.139.6'
const TABLE = `-A -t ${VIP}:80 -s wlc
-a -t ${VIP}:80 -r 192.168.139.2:80 -g -w 1
-a -t ${VIP}:80 -r 192.168.139.4:80 -g -w 2
`
const inState: Checked = { word: 'in state', would: [] }

const NAMES: Record<string, string> = { '192.168.139.2': 'rs1', '192.168.139.4': 'rs2' }

function wanted(table: string): VirtualService[] {
  return parseTable(table).map((service) => ({
    ...service,
    realServers: service.realServers.map((each) => ({ ...each, name: NAMES[each.address]! })),
  }))
}

/** What a look prints: its parts, one after the other. */
function printed(...parts: string[]): Frame {
  return { step: 0, status: 0, stdout: parts.join('--\n'), stderr: '' }
}

function sight<T extends object>(read: T | string): Sight<T> {
  return typeof read === 'string' ? { failed: read } : { saw: read }
}

/** A director in order, but for what is told. */
function director(
  {
    addresses = `2: eth0    inet ${VIP}/32 scope global eth0:1\\ x\n`,
    live = TABLE,
    saved = TABLE,
    thresholds = '0 0',
    path = '/etc/ipvsadm.rules',
  } = {},
  more: Partial<DirectorLook> = {},
): DirectorLook {
  const counts = `TCP  ${VIP}:80 wlc
  -> 192.168.139.2:80             ${thresholds}   3   10
  -> 192.168.139.4:80             0   0   4   20
`
  const traffic = `TCP  ${VIP}:80   30  300 0 3000 0
  -> 192.168.139.2:80   10  100 0 1000 0
  -> 192.168.139.4:80   20  200 0 2000 0
`
  const file = `${path}\n${saved}`
  return {
    host: 'director',
    want: wanted(TABLE),
    vips: [VIP],
    sight: sight(readDirector(printed(addresses, live, counts, traffic, traffic, file))),
    check: inState,
    ...more,
  }
}

const OWN = '2: eth0    inet 192.168.139.2/24 brd 192.168.139.255 scope global eth0\\ x\n'
const ON_LO = `1: lo    inet ${VIP}/32 scope global lo:0\\ x\n`
const ARP = `all/arp_ignore:1
lo/arp_ignore:1
eth0/arp_ignore:0
all/arp_announce:2
lo/arp_announce:2
eth0/arp_announce:0
/sys/class/net/eth0/flags:0x1003
/sys/class/net/lo/flags:0x9
`

/** rs1 in order, but for what is told. */
function server(
  {
    addresses = OWN + ON_LO,
    arp = ARP,
    routes = `${VIP} dev lo scope link \n`,
    answer = `${VIP} 80 200 -\n`,
  } = {},
  more: Partial<ServerLook> = {},
  table = TABLE,
): ServerLook {
  return {
    host: 'rs1',
    address: '192.168.139.2',
    vips: [VIP],
    duties: dutiesOf('192.168.139.2', parseTable(table)),
    sight: sight(readServer(printed(addresses, routes, arp, answer))),
    check: inState,
    ...more,
  }
}

const rs2 = server(
  {},
  { host: 'rs2', address: '192.168.139.4', duties: dutiesOf('192.168.139.4', parseTable(TABLE)) },
)

describe('a cluster in order', () => {
  const status = clusterStatus([director()], [server(), rs2])

  it('has nothing wrong, and exit 0', () => {
    expect(status.exit).toBe(0)
    expect(status.drift).toEqual([])
    for (const { problems, level } of [...status.directors, ...status.realServers]) {
      expect({ problems, level }).toEqual({ problems: [], level: null })
    }
  })

  it('tells what there is to know of a director', () => {
    expect(status.directors).toEqual([
      {
        host: 'director',
        reached: 'yes',
        vips: [{ address: VIP, device: 'eth0' }],
        services: 1,
        saved: { path: '/etc/ipvsadm.rules', services: 1 },
        check: inState,
        problems: [],
        level: null,
      },
    ])
    const traffic = (times: number) => ({
      connections: 10 * times,
      packetsIn: 100 * times,
      packetsOut: 0,
      bytesIn: 1000 * times,
      bytesOut: 0,
    })
    expect(status.services).toMatchObject([
      {
        director: 'director',
        name: `tcp ${VIP}:80`,
        scheduler: 'wlc',
        active: 7,
        inactive: 30,
        rate: traffic(3),
        total: traffic(3),
        realServers: [
          { name: 'rs1', weight: 1, active: 3, inactive: 10, rate: traffic(1) },
          { name: 'rs2', weight: 2, active: 4, inactive: 20, total: traffic(2) },
        ],
      },
    ])
  })

  it('tells what there is to know of a real server, ARP settings as they count', () => {
    expect(status.realServers[0]).toEqual({
      host: 'rs1',
      address: '192.168.139.2',
      reached: 'yes',
      meant: true,
      serving: true,
      vips: [{ address: VIP, device: 'lo', prefix: 32, route: true }],
      arp: { device: 'eth0', ignore: 1, announce: 2 },
      answers: [{ vip: VIP, port: 80, reply: 200 }],
      weights: [
        {
          director: 'director',
          service: `tcp ${VIP}:80`,
          places: { inventory: 1, live: 1, saved: 1 },
        },
      ],
      active: 3,
      inactive: 10,
      rate: 10,
      total: 10,
      check: inState,
      problems: [],
      level: null,
    })
  })
})

/** What is said of rs1, by level. */
function said({ problems }: RealServerStatus): string[] {
  return problems.map(({ level, message }) => `${level}: ${message}`)
}

describe('a real server that does not serve, or harms', () => {
  it.each<[string, Parameters<typeof server>[0], string[]]>([
    [
      'no VIP',
      { addresses: OWN, answer: `${VIP} 80 - 200\n` },
      [`the VIP ${VIP} is on no interface: what the director sends is dropped`],
    ],
    [
      'the VIP as a /24',
      { addresses: OWN + ON_LO.replace('/32', '/24') },
      [`the VIP ${VIP} is on lo as a /24: the host takes all of that subnet for itself`],
    ],
    [
      'the VIP on eth0',
      { addresses: OWN + ON_LO.replaceAll('lo', 'eth0') },
      [`the VIP ${VIP} is on eth0: it answers ARP there, as only the director may`],
    ],
    [
      'ARP settings of lo alone',
      { arp: ARP.replaceAll(/^all(.*):\d/gm, 'all$1:0') },
      [
        `it answers ARP for ${VIP} on eth0 (arp_ignore is 0, must be 1)`,
        `it speaks ARP with ${VIP} on eth0 (arp_announce is 0, must be 2)`,
      ],
    ],
    [
      'ARP settings of an interface that is greater, and wrong',
      { arp: ARP.replace('eth0/arp_ignore:0', 'eth0/arp_ignore:3') },
      [`it answers ARP for ${VIP} on eth0 (arp_ignore is 3, must be 1)`],
    ],
    [
      'nobody on the port',
      { answer: `${VIP} 80 refused refused\n` },
      [`nobody answers on ${VIP}:80`],
    ],
    [
      'Apache on the RIP only',
      { answer: `${VIP} 80 refused 200\n` },
      [`nobody answers on ${VIP}:80, but on its own address somebody does`],
    ],
    [
      'Apache that hangs',
      { answer: `${VIP} 80 timeout timeout\n` },
      [`it does not answer in time on ${VIP}:80`],
    ],
    [
      'a page that is not there',
      { answer: `${VIP} 80 404 -\n` },
      [`it answers with status 404 on ${VIP}:80`],
    ],
  ])('%s: exit 2', (_, seen, messages) => {
    const status = clusterStatus([director()], [server(seen), rs2])
    expect(said(status.realServers[0]!)).toEqual(messages.map((message) => `broken: ${message}`))
    expect(status.realServers[0]).toMatchObject({ level: 'broken', serving: false })
    expect(status.exit).toBe(2)
  })

  it.each([
    ['a redirect', '301'],
    ['an own protocol', 'open'],
    ['HTTPS on a port that is not known for it', '400'],
    ['a host without a client to ask with', 'unknown'],
  ])('%s is fine', (_, reply) => {
    const status = clusterStatus([director()], [server({ answer: `${VIP} 80 ${reply} -\n` })])
    expect(status.exit).toBe(0)
  })

  it('settings of interfaces that are down, or know no ARP, do not count', () => {
    const quiet = `${ARP}tun0/arp_ignore:0\ntun0/arp_announce:0\n`.replaceAll(
      /^all(.*):\d/gm,
      'all$1:0',
    )
    const arp = quiet
      .replace('eth0/arp_ignore:0', 'eth0/arp_ignore:1')
      .replace('eth0/arp_announce:0', 'eth0/arp_announce:2')
    const at = (flags: string) =>
      clusterStatus([director()], [server({ arp: `${arp}/sys/class/net/tun0/flags:${flags}\n` })])
    expect(at('0x1002').exit).toBe(0)
    expect(at('0x10c1').exit).toBe(0)
    expect(at('0x1003').exit).toBe(2)
  })

  it('one that is quiesced in the inventory does not have to serve, but must not harm', () => {
    const table = TABLE.replace('-w 1', '-w 0')
    const cluster = [director({ live: table, saved: table }, { want: wanted(table) })]
    const of = (seen: Parameters<typeof server>[0]) =>
      clusterStatus(cluster, [server(seen, {}, table)])
    const stopped = of({ answer: `${VIP} 80 refused refused\n` })
    expect(stopped.exit).toBe(0)
    expect(stopped.realServers[0]).toMatchObject({ meant: false, serving: false })
    expect(of({ arp: ARP.replace('all/arp_ignore:1', 'all/arp_ignore:0') }).exit).toBe(2)
  })

  it('under nat it needs no VIP', () => {
    const table = TABLE.replace('2:80 -g', '2:8080 -m')
    const cluster = [director({ live: table, saved: table }, { want: wanted(table) })]
    const status = clusterStatus(cluster, [
      server({ addresses: OWN, answer: '' }, { vips: [] }, table),
    ])
    expect(said(status.realServers[0]!)).toEqual([])
  })
})

describe('a director', () => {
  it.each<[string, Parameters<typeof director>[0], number, string[], string[]]>([
    ['without the VIP', { addresses: '' }, 2, [`broken: the VIP ${VIP} is on no interface`], []],
    [
      'without a table yet',
      { addresses: '', live: '', saved: '' },
      2,
      [
        `broken: the VIP ${VIP} is on no interface`,
        `broken: tcp ${VIP}:80 is not live: nobody gets through`,
      ],
      ['a table is in the inventory, but neither live nor saved'],
    ],
    [
      'of which all real servers are quiesced',
      { live: TABLE.replaceAll(/-w \d/g, '-w 0') },
      2,
      [`broken: no real server of tcp ${VIP}:80 has a weight: clients are turned away`],
      [
        'rs1 weight: inventory 1, live 0 (quiesced), saved 1',
        'rs2 weight: inventory 2, live 0 (quiesced), saved 2',
      ],
    ],
    [
      'whose weight was changed',
      { live: TABLE.replace('-w 2', '-w 7') },
      3,
      [],
      ['rs2 weight: inventory 2, live 7, saved 2'],
    ],
    [
      'whose file was edited',
      { saved: TABLE.replace('-w 2', '-w 7') },
      3,
      [],
      ['rs2 weight: inventory 2, live 2, saved 7'],
    ],
    [
      'whose file is none',
      { saved: `${TABLE}-x\n` },
      3,
      [
        'drift: /etc/ipvsadm.rules is no table that a boot could load whole: line 4: names no virtual service',
      ],
      [],
    ],
  ])('%s', (_, seen, exit, problems, drift) => {
    const status = clusterStatus([director(seen)], [server(), rs2])
    expect(
      status.directors[0]!.problems.map(({ level, message }) => `${level}: ${message}`),
    ).toEqual(problems)
    expect(status.drift.map(({ message }) => message)).toEqual(drift)
    expect(status.exit).toBe(exit)
  })

  it('thresholds count, also where the file cannot hold them', () => {
    const thresholds = '100 80'
    const want = wanted(TABLE.replace('-w 1', '-w 1 -x 100 -y 80'))
    const told = (path: string, saved: string, wants = want) =>
      clusterStatus([director({ thresholds, path, saved }, { want: wants })], []).drift.map(
        ({ message }) => message,
      )
    expect(told('/etc/sysconfig/ipvsadm', TABLE)).toEqual([])
    expect(told('/etc/ipvsadm.rules', TABLE.replace('-w 1', '-w 1 -x 100 -y 80'))).toEqual([])
    expect(told('/etc/ipvsadm.rules', TABLE)).toEqual([
      'rs1 upper_threshold: inventory 100, live 100, saved none',
      'rs1 lower_threshold: inventory 80, live 80, saved none',
    ])
    expect(told('/etc/sysconfig/ipvsadm', TABLE, wanted(TABLE))).toEqual([
      'rs1 upper_threshold: inventory none, live 100, saved 100',
      'rs1 lower_threshold: inventory none, live 80, saved 80',
    ])
  })

  it('a standby does not miss the VIP that the other one has', () => {
    const standby = director({ addresses: '', live: '', saved: TABLE }, { host: 'standby' })
    const both = clusterStatus([director(), standby], [server(), rs2])
    expect(both.directors.map(({ problems }) => problems)).toEqual([[], []])
    expect(both.exit).toBe(3)
    expect(clusterStatus([standby], []).exit).toBe(2)
  })

  it('a real server that is live without being in the inventory has a row of its own', () => {
    const live = `${TABLE}-a -t ${VIP}:80 -r 192.168.139.9:80 -g -w 5\n`
    const { realServers, exit } = clusterStatus([director({ live })], [server(), rs2])
    expect(realServers.at(-1)).toMatchObject({
      host: '192.168.139.9',
      reached: null,
      level: 'drift',
    })
    expect(exit).toBe(3)
  })

  it('marks the real server that a difference is about', () => {
    const { realServers } = clusterStatus(
      [director({ live: TABLE.replace('-w 2', '-w 0') })],
      [server(), rs2],
    )
    expect(realServers.map(({ level }) => level)).toEqual([null, 'drift'])
    expect(realServers.map(({ serving }) => serving)).toEqual([true, false])
  })
})

describe('hosts that tell nothing', () => {
  const gone = { unreachable: 'no answer from 192.168.139.2:22' }

  it('unreachable goes before all else', () => {
    const status = clusterStatus(
      [director({ addresses: '', live: '' })],
      [server({}, { sight: gone, check: null }), rs2],
    )
    expect(status.exit).toBe(4)
    expect(status.realServers[0]).toMatchObject({
      reached: 'no',
      vips: [],
      arp: null,
      serving: false,
    })
    expect(said(status.realServers[0]!)).toEqual([`unreachable: ${gone.unreachable}`])
  })

  it('an unreachable director: nobody knows what is live', () => {
    const status = clusterStatus([director({}, { sight: gone })], [server()])
    expect(status).toMatchObject({ services: [], drift: [], exit: 4 })
    expect(status.realServers[0]!.weights[0]!.places).toEqual({ inventory: 1 })
    expect(status.realServers[0]).toMatchObject({ serving: true, level: null })
  })

  it('a question that the host refuses is told', () => {
    const answer = readDirector({
      ...printed(''),
      status: 2,
      stderr: 'Permission denied (you must be root)\n',
    })
    expect(answer).toBe('Permission denied (you must be root)')
    const status = clusterStatus([director({}, { sight: sight(answer) })], [])
    expect(status.directors[0]!.problems).toEqual([
      { level: 'broken', message: 'it cannot be looked at: Permission denied (you must be root)' },
    ])
    expect(status.exit).toBe(2)
  })

  it('a table in words that are not known is told', () => {
    const answer = readDirector(printed('', '-A -t 10.0.0.6:80 -s wlc --new\n', '', '', '', 'x\n'))
    expect(answer).toBe('its table cannot be read: cannot read the option "--new"')
  })
})

describe('check runs', () => {
  const would = [{ task: 'a', module: 'sysctl', summary: 'x: 0 -> 1' }]

  it.each<[Checked, number]>([
    [{ word: 'drift', would }, 3],
    [{ word: 'failed', would: [], message: 'a: it broke' }, 2],
    [{ word: 'unchecked', would: [] }, 0],
  ])('%j', (check, exit) => {
    expect(clusterStatus([director()], [server({}, { check }), rs2]).exit).toBe(exit)
  })
})
