import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { packageDir } from '../../src/cli/package-dir.js'
import { type StatusOptions, statusLines } from '../../src/cli/status-text.js'
import type {
  Checked,
  ClusterStatus,
  DirectorStatus,
  RealServerStatus,
  ServiceStatus,
} from '../../src/lvs/status.js'

const VIP = '192.168.139.6'
const inState: Checked = { word: 'in state', would: [] }
const traffic = (connections: number) => ({
  connections,
  packetsIn: connections * 6,
  packetsOut: 0,
  bytesIn: connections * 400,
  bytesOut: 0,
})

const director: DirectorStatus = {
  host: 'director',
  reached: 'yes',
  vips: [{ address: VIP, device: 'eth0' }],
  services: 1,
  saved: { path: '/etc/ipvsadm.rules', services: 1 },
  check: inState,
  problems: [],
  level: null,
}

const service: ServiceStatus = {
  director: 'director',
  name: `tcp ${VIP}:80`,
  protocol: 'tcp',
  address: VIP,
  port: 80,
  scheduler: 'wlc',
  active: 7,
  inactive: 30,
  rate: traffic(12),
  total: traffic(3300),
  realServers: [entry('rs1', 1, 4), entry('rs2', 2, 8)],
}

function addressOf(name: string): string {
  const last: Record<string, number> = { rs1: 2, rs2: 4, rs3: 5 }
  return `192.168.139.${last[name] ?? 9}`
}

function entry(name: string, weight: number, rate: number): ServiceStatus['realServers'][0] {
  return {
    name,
    address: addressOf(name),
    port: 80,
    forwarding: 'dr',
    weight,
    active: 3,
    inactive: 15,
    rate: traffic(rate),
    total: traffic(rate * 275),
  }
}

function server(
  host: string,
  weight: number,
  more: Partial<RealServerStatus> = {},
): RealServerStatus {
  const places = { inventory: weight, live: weight, saved: weight }
  return {
    host,
    address: addressOf(host),
    reached: 'yes',
    meant: true,
    serving: true,
    vips: [{ address: VIP, device: 'lo', prefix: 32, route: true }],
    arp: { device: 'eth0', ignore: 1, announce: 2 },
    answers: [{ vip: VIP, port: 80, reply: 200, own: undefined }],
    weights: [{ director: 'director', service: service.name, places }],
    active: 3,
    inactive: 15,
    rate: 4,
    total: 1100,
    check: inState,
    problems: [],
    level: null,
    ...more,
  }
}

const fine: ClusterStatus = {
  directors: [director],
  services: [service],
  realServers: [server('rs1', 1), server('rs2', 2, { active: 4, rate: 8, total: 2200 })],
  drift: [],
  exit: 0,
}

const broken: ClusterStatus = {
  ...fine,
  directors: [{ ...director, level: 'drift' }],
  services: [{ ...service, realServers: [...service.realServers, entry('rs3', 3, 0)] }],
  realServers: [
    server('rs1', 1, {
      level: 'drift',
      check: {
        word: 'drift',
        would: [
          {
            task: 'apache : page',
            module: 'template',
            summary: '/var/www/html/index.html: new content',
          },
        ],
      },
    }),
    server('rs2', 2, {
      ...{ active: 4, rate: 8, total: 2200 },
      level: 'broken',
      serving: false,
      answers: [{ vip: VIP, port: 80, reply: 'refused', own: 200 }],
      weights: [
        {
          director: 'director',
          service: service.name,
          places: { inventory: 2, live: 7, saved: 2 },
        },
      ],
      problems: [
        {
          level: 'broken',
          message: `nobody answers on ${VIP}:80, but on its own address somebody does`,
        },
      ],
    }),
    server('rs3', 3, {
      ...{ active: 0, inactive: 0, rate: 0, total: 0 },
      level: 'unreachable',
      reached: 'no',
      serving: false,
      vips: [],
      arp: null,
      answers: [],
      check: null,
      problems: [{ level: 'unreachable', message: 'no answer from 192.168.139.5 port 22' }],
    }),
  ],
  drift: [
    {
      director: 'director',
      service: service.name,
      realServer: 'rs2',
      setting: 'weight',
      says: { inventory: 2, live: 7, saved: 2 },
      odd: ['live'],
      message: 'rs2 weight: inventory 2, live 7, saved 2',
    },
  ],
  exit: 4,
}

function shown(status: ClusterStatus, more: Partial<StatusOptions> = {}): string {
  const options = { colour: false, verbose: false, width: Infinity, ...more }
  return `\n${statusLines(status, options).join('\n')}\n`
}

describe('a cluster in order', () => {
  it('in a pipe', () => {
    expect(shown(fine)).toMatchInlineSnapshot(`
      "
         director  VIP                 table      saved      state
         director  192.168.139.6 eth0  1 service  1 service  in state

         service               scheduler  servers  active  inactive  conn/s  packets/s  bytes/s  total
         tcp 192.168.139.6:80  wlc            2/2       7        30      12         72     4800   3300

         server  address        VIP    ARP  route  httpd  weight  active  inactive  conn/s  total  state
         rs1     192.168.139.2  lo/32  1/2  lo     200    1            3        15       4   1100  in state
         rs2     192.168.139.4  lo/32  1/2  lo     200    2            4        15       8   2200  in state

      2 of 2 real servers serve, everything is in state
      "
    `)
  })

  it('in 200 columns is the same', () => {
    expect(shown(fine, { width: 200 })).toBe(shown(fine))
  })

  it('in 80 columns', () => {
    expect(shown(fine, { width: 80 })).toMatchInlineSnapshot(`
      "
         director  VIP                 table      saved      state
         director  192.168.139.6 eth0  1 service  1 service  in state

         service               servers  active  inactive  conn/s  packets/s  bytes/s
         tcp 192.168.139.6:80      2/2       7        30      12         72     4800

         server  VIP    ARP  route  httpd  weight  active  inactive  conn/s  state
         rs1     lo/32  1/2  lo     200    1            3        15       4  in state
         rs2     lo/32  1/2  lo     200    2            4        15       8  in state

      2 of 2 real servers serve, everything is in state
      "
    `)
  })

  it('-v: what ipvsadm counts', () => {
    expect(shown(fine, { verbose: true })).toMatchInlineSnapshot(`
      "
         director  VIP                 table      saved      state
         director  192.168.139.6 eth0  1 service  1 service  in state

         service               scheduler  servers  active  inactive  conn/s  packets/s  bytes/s  total
         tcp 192.168.139.6:80  wlc            2/2       7        30      12         72     4800   3300

         server  address        VIP    ARP  route  httpd  weight  active  inactive  conn/s  total  state
         rs1     192.168.139.2  lo/32  1/2  lo     200    1            3        15       4   1100  in state
         rs2     192.168.139.4  lo/32  1/2  lo     200    2            4        15       8   2200  in state

      service                           Conns  InPkts  OutPkts  InBytes  OutBytes
      tcp 192.168.139.6:80 on director   3300   19800        0  1320000         0
        -> rs1 192.168.139.2:80          1100    6600        0   440000         0
        -> rs2 192.168.139.4:80          2200   13200        0   880000         0

      service                           CPS  InPPS  OutPPS  InBPS  OutBPS
      tcp 192.168.139.6:80 on director   12     72       0   4800       0
        -> rs1 192.168.139.2:80           4     24       0   1600       0
        -> rs2 192.168.139.4:80           8     48       0   3200       0

      2 of 2 real servers serve, everything is in state
      "
    `)
  })
})

describe('a cluster in trouble', () => {
  it('has the problems first, and tells what they are', () => {
    expect(shown(broken)).toMatchInlineSnapshot(`
      "
         director  VIP                 table      saved      state
      ~  director  192.168.139.6 eth0  1 service  1 service  drift

         service               scheduler  servers  active  inactive  conn/s  packets/s  bytes/s  total
         tcp 192.168.139.6:80  wlc            3/3       7        30      12         72     4800   3300

         server  address        VIP    ARP  route  httpd     weight    active  inactive  conn/s  total  state
      !  rs3     192.168.139.5  -      -    -      -         3              0         0       0      0  unreachable
      !  rs2     192.168.139.4  lo/32  1/2  lo     RIP only  7, not 2       4        15       8   2200  broken
      ~  rs1     192.168.139.2  lo/32  1/2  lo     200       1              3        15       4   1100  drift

      rs3: no answer from 192.168.139.5 port 22
      rs2: nobody answers on 192.168.139.6:80, but on its own address somebody does
      director: the live table was changed by hand: the next run, or a boot, undoes it
        rs2 weight: inventory 2, live 7, saved 2
      rs1: a run would: apache : page: /var/www/html/index.html: new content

      unreachable: rs3; broken: rs2; drift: director, rs1; 1 of 3 real servers serve
      "
    `)
  })

  it('in 80 columns', () => {
    expect(shown(broken, { width: 80 })).toMatchInlineSnapshot(`
      "
         director  VIP                 table      saved      state
      ~  director  192.168.139.6 eth0  1 service  1 service  drift

         service               servers  active  inactive  conn/s  packets/s  bytes/s
         tcp 192.168.139.6:80      3/3       7        30      12         72     4800

        server VIP   ARP route httpd    weight   active inactive conn/s state
      ! rs3    -     -   -     -        3             0        0      0 unreachable
      ! rs2    lo/32 1/2 lo    RIP only 7, not 2      4       15      8 broken
      ~ rs1    lo/32 1/2 lo    200      1             3       15      4 drift

      rs3: no answer from 192.168.139.5 port 22
      rs2: nobody answers on 192.168.139.6:80, but on its own address somebody does
      director: the live table was changed by hand: the next run, or a boot, undoes it
        rs2 weight: inventory 2, live 7, saved 2
      rs1: a run would: apache : page: /var/www/html/index.html: new content

      unreachable: rs3; broken: rs2; drift: director, rs1; 1 of 3 real servers serve
      "
    `)
  })

  it('tells what is the same of many hosts once', () => {
    const problems = [{ level: 'broken' as const, message: 'nobody answers' }]
    const realServers = ['a', 'b', 'c'].map((name) =>
      server(name, 1, { level: 'broken', problems }),
    )
    expect(shown({ ...fine, realServers, exit: 2 })).toContain('\na, b, c: nobody answers\n')
  })

  it('leaves a change of the table to the comparison that tells it better', () => {
    const would = [
      { task: 'table', module: 'ipvs_service', summary: 'rs2 weight 7 -> 2' },
      { task: 'file', module: 'template', summary: '/etc/ipvsadm.rules: new content' },
      { task: 'other', module: 'sysctl', summary: 'net.ipv4.ip_forward: 0 -> 1' },
    ]
    const directors = [
      { ...director, level: 'drift' as const, check: { word: 'drift' as const, would } },
    ]
    const told = (drift: ClusterStatus['drift']) =>
      [...shown({ ...fine, directors, drift, exit: 3 }).matchAll(/a run would: (\w+)/g)].map(
        ([, task]) => task,
      )
    expect(told(broken.drift)).toEqual(['other'])
    expect(told([])).toEqual(['table', 'file', 'other'])
  })

  it('colours what is wrong, and the verdict', () => {
    const text = shown(broken, { colour: true })
    expect(text).toContain('\u001b[35munreachable\u001b[39m')
    expect(text).toContain('\u001b[31mbroken\u001b[39m')
    expect(text).toContain('\u001b[33mdrift\u001b[39m')
    expect(shown(fine, { colour: true })).toContain('\u001b[32m2 of 2 real servers serve')
    const plain = text.replaceAll(/\u001b\[\d+m/g, '')
    expect(plain).toBe(shown(broken))
  })
})

describe('docs/status.md', () => {
  const page = readFileSync(join(packageDir, 'docs/status.md'), 'utf8')

  it('shows a cluster as it is shown', () => {
    const block = (status: ClusterStatus) =>
      statusLines(status, { colour: false, verbose: false, width: 92 })
        .map((line) => (line === '' ? '' : `    ${line}`))
        .join('\n')
    expect(page).toContain(`\n\n${block(fine)}\n\n`)
    expect(page).toContain(`\n\n${block(broken)}\n\n`)
  })

  it('shows what drift is in JSON', () => {
    const [, json = ''] = /```json\n([^]*?)```/.exec(page) ?? []
    expect(JSON.parse(json)).toEqual(broken.drift[0])
  })

  it('names all parts of the document', () => {
    for (const part of Object.keys(fine)) expect(page).toContain(`\`${part}\``)
  })
})

describe('cells', () => {
  const cell = (column: string, more: Partial<RealServerStatus>) => {
    const lines = shown({
      ...fine,
      directors: [],
      services: [],
      realServers: [server('rs1', 1, more)],
    }).split('\n')
    const [head = '', row = ''] = lines.filter((line) => /^. +(rs1|server) /.test(line))
    const at = head.indexOf(column)
    return row.slice(at).split(/ {2,}/)[0]
  }
  const weights = (places: RealServerStatus['weights'][0]['places']) => ({
    weights: [{ director: 'd', service: 's', places }],
  })
  const onLo = { address: VIP, device: 'lo', prefix: 32, route: true }
  const answer = (port: number, reply: RealServerStatus['answers'][0]['reply']) => {
    return { vip: VIP, port, reply, own: undefined }
  }
  const reply = (reply: RealServerStatus['answers'][0]['reply'], own?: typeof reply) => ({
    answers: [{ vip: VIP, port: 80, reply, own }],
  })

  it.each<[string, Partial<RealServerStatus>, string]>([
    ['weight', weights({ inventory: 2, live: 2 }), '2'],
    ['weight', weights({ inventory: 2, live: 7 }), '7, not 2'],
    ['weight', weights({ inventory: 0, live: 0 }), 'quiesced'],
    ['weight', weights({ inventory: 2, live: 0 }), 'quiesced, not 2'],
    ['weight', weights({ inventory: 2, live: null }), 'not live'],
    ['weight', weights({ inventory: 2 }), '? of 2'],
    ['weight', weights({ inventory: null, live: 5 }), '5'],
    ['httpd', reply(200), '200'],
    ['httpd', reply('open'), 'open'],
    ['httpd', reply('refused', 'refused'), 'refused'],
    ['httpd', reply('timeout', 200), 'RIP only'],
    ['httpd', reply(503), '503'],
    ['httpd', reply(undefined, 200), 'RIP only'],
    ['httpd', { answers: [] }, '-'],
    ['VIP', { vips: [{ address: VIP, device: null, prefix: null, route: false }] }, 'missing'],
    ['VIP', { vips: [{ address: VIP, device: 'lo', prefix: 24, route: true }] }, 'lo/24'],
    ['VIP', { vips: [onLo, { ...onLo, device: null }] }, '1 of 2'],
    ['VIP', { vips: [onLo, { ...onLo, address: '192.168.139.7' }] }, 'lo/32'],
    ['route', { vips: [onLo, { ...onLo, route: false }] }, '1 of 2'],
    ['httpd', { answers: [answer(80, 200), answer(443, 'open')] }, '200, open'],
    ['httpd', { answers: [answer(80, 200), answer(443, 503)] }, '503'],
    ['route', { vips: [{ address: VIP, device: 'lo', prefix: 32, route: false }] }, 'none'],
    ['ARP', { arp: null }, '-'],
    ['state', { check: null }, 'ok'],
    ['state', { check: { word: 'unchecked', would: [] } }, 'unchecked'],
  ])('%s of %j: %s', (column, more, text) => expect(cell(column, more)).toBe(text))
})

describe('a hundred real servers', () => {
  const many = Array.from({ length: 100 }, (_, i) => server(`web${i + 1}.example.net`, 1))
  many[70] = server('web71.example.net', 1, { level: 'broken', serving: false })
  const status = { ...fine, realServers: many, exit: 2 }
  const lines = (height?: number) =>
    statusLines(status, { colour: false, verbose: false, width: 80, ...(height ? { height } : {}) })

  it('are all there, the broken one first', () => {
    const rows = lines().filter((line) => line.includes('web'))
    expect(rows[0]).toMatch(/^! web71/)
    expect(rows.filter((line) => /^ {2}web\d/.test(line))).toHaveLength(99)
  })

  it('fit on a screen, where those that are well are left out', () => {
    const fitted = lines(24)
    expect(fitted).toHaveLength(24)
    expect(fitted.join('\n')).toContain('! web71')
    expect(fitted.join('\n')).toMatch(/and \d\d more, all well/)
    expect(fitted.at(-1)).toContain('broken: web71.example.net; 99 of 100 real servers serve')
  })

  it('all broken fit, too, to the verdict', () => {
    const realServers = many.map((each) => ({ ...each, level: 'broken' as const }))
    const options = { colour: false, verbose: false, width: 80, height: 24 }
    const fitted = statusLines({ ...status, realServers }, options)
    expect(fitted.length).toBeLessThanOrEqual(24)
    expect(fitted.at(-1)).toContain('real servers serve')
  })
})

describe('laws', () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9.-]{0,60}$/)
  const count = fc.oneof(fc.nat(9), fc.nat(99_999))

  it('no line is longer than the terminal is wide', () => {
    fc.assert(
      fc.property(
        fc.array(name, { minLength: 1 }),
        count,
        fc.constantFrom(80, 100, 200),
        (names, n, width) => {
          const realServers = names.map((host) =>
            server(host, 65535, {
              active: n,
              inactive: n,
              rate: n,
              level: 'unreachable',
              problems: [],
            }),
          )
          const options = { colour: false, verbose: false, width }
          for (const line of statusLines({ ...broken, realServers }, options)) {
            // A name cannot be broken where it stands in a sentence.
            const word = Math.max(...line.split(' ').map(({ length }) => length))
            expect(line.length).toBeLessThanOrEqual(Math.max(width, word + 4))
          }
        },
      ),
    )
  })
})
