import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/support.js'
import { Cluster, type Played } from '../support/cluster.js'
import { type Pitfall, pitfalls, reload } from './pitfalls.js'

const VIP = '192.168.139.6'

/** What a single request, or what a few happen to do, decides in any case. */
const BY_CHANCE = ['answer', 'share', 'flooded']

interface Found {
  verdict: string
  message: string
  evidence: { host: string; seen: string }[]
  fix?: string
}
interface Told {
  checks: { check: string; verdict: string; findings: Found[] }[]
  unreachable: { host: string; message: string }[]
  exit: number
}
interface Walked {
  hops: { hop: string; verdict: string; findings: Found[] }[]
  broken: string | null
  exit: number
}

describeLab('dr-play verify and dr-play why', () => {
  let cluster: Cluster

  beforeAll(async () => {
    cluster = await Cluster.up('verify')
    const played = await cluster.play('site.yml')
    expect(played.exit, played.stderr).toBe(0)
  })
  afterAll(() => cluster.down())

  const document = ({ stdout, stderr, exit }: Played) => {
    if (!stdout.startsWith('{')) throw new Error(stderr || stdout)
    const read = JSON.parse(stdout) as unknown
    expect(read).toMatchObject({ exit })
    return read
  }
  const verifyOf = async (inventory: string, ...flags: string[]) =>
    document(await cluster.run(['verify', '-i', inventory, '-o', 'json', ...flags])) as Told
  const verify = (...flags: string[]) => verifyOf('inventory.yml', ...flags)
  const why = async (asked: string, ...flags: string[]) =>
    document(
      await cluster.run(['why', asked, '-i', 'inventory.yml', '-o', 'json', ...flags]),
    ) as Walked
  const ids = ({ checks }: Told, verdict: string) =>
    checks
      .filter((each) => each.verdict === verdict)
      .map(({ check }) => check.replace('verify/', ''))
  const done = async (steps: Pitfall['by']) => {
    for (const [host, script] of steps) await cluster.on(host, script)
  }

  it('a healthy cluster: every check is well, and the hosts are as they were', async () => {
    const observed = async () => {
      const hosts = ['director', 'rs1', 'rs2', 'client']
      const all = await Promise.all(hosts.map((host) => cluster.observe(host)))
      // Apache writes down who asked it.
      return all.flat().filter((line) => !line.includes('/access.log'))
    }
    await verify()
    const before = await observed()
    const told = await verify('--requests', '60')
    expect(told.checks.filter(({ verdict }) => verdict !== 'ok')).toEqual([])
    expect(told.exit).toBe(0)
    expect(await observed()).toEqual(before)

    const walked = await why(`${VIP}:80`)
    expect(walked.hops.filter(({ verdict }) => verdict !== 'ok')).toEqual([])
    expect(walked).toMatchObject({ broken: null, exit: 0 })
  })

  it.each(pitfalls.map((pitfall) => [pitfall.what, pitfall] as const))('%s', async (_, pitfall) => {
    const { fails, warns = [], byChance = [], says, hop } = pitfall
    await done(pitfall.by)
    const told = await verify()
    const walked = hop === undefined ? undefined : await why(VIP)
    await done(pitfall.back)

    const sure = (all: string[], wanted: string[]) =>
      all.filter((id) => ![...BY_CHANCE, ...byChance].includes(id) || wanted.includes(id)).sort()
    expect(sure(ids(told, 'fail'), fails)).toEqual([...fails].sort())
    expect(sure(ids(told, 'warn'), warns)).toEqual([...warns].sort())
    expect(told.exit).toBe(ids(told, 'fail').length > 0 ? 2 : 0)
    const first = told.checks.find(({ check }) => check === `verify/${fails[0] ?? warns[0]}`)!
    const finding = first.findings.find(({ verdict }) => verdict === first.verdict)!
    expect(finding.message).toMatch(says)
    expect(finding.evidence.length).toBeGreaterThan(0)
    expect(finding.fix).not.toBe('')
    if (!walked) return
    expect(walked).toMatchObject({ broken: hop, exit: 2 })
  })

  it('a real server that is kept from its share by the connections that it holds', async () => {
    const weigh = (rip: number, weight: number) =>
      cluster.on('director', `ipvsadm -e -t ${VIP}:80 -r 192.168.139.${rip} -g -w ${weight}`)
    await weigh(4, 0)
    const held = cluster.client(holding(40))
    await cluster.on('director', established(40))
    await weigh(4, 1)
    const told = await verify('--requests', '30')
    await cluster.client(RELEASE)
    await held
    await weigh(4, 2)
    expect(ids(told, 'fail')).toEqual([])
    expect(ids(told, 'warn')).toEqual(['share'])
    const share = told.checks.find(({ check }) => check === 'verify/share')!
    expect(share.findings[0]!.message).toMatch(/^rs1 got 0 of \d+ new connections/)
  })

  it('a real server that is new to the table is flooded', async () => {
    const other = '192.168.139.40'
    await cluster.on('rs2', `ip addr add ${other}/24 dev eth0`)
    const held = cluster.client(holding(60))
    await cluster.on(
      'director',
      `${established(60)}
      ipvsadm -a -t ${VIP}:80 -r ${other} -g -w 2`,
    )
    const told = await verify('--requests', '40')
    await cluster.client(RELEASE)
    await held
    await done([reload, ['rs2', `ip addr del ${other}/24 dev eth0`]])
    expect(ids(told, 'warn')).toEqual(['real-servers', 'share', 'flooded'])
    const flooded = told.checks.find(({ check }) => check === 'verify/flooded')!
    expect(flooded.findings[0]!.message).toMatch(
      /^192\.168\.139\.40 is new, and gets 4\d of 4\d new connections/,
    )
  })

  it('without a client it says what could not be looked at, and how to name one', async () => {
    cluster.write('two.yml', cluster.inventory.replace(/\n {4}client:\n(?: {6}.*\n)+/g, '\n'))
    const seen = await verifyOf('two.yml')
    expect(ids(seen, 'fail')).toEqual([])
    expect(ids(seen, 'unknown')).toEqual(['third-host', 'neighbour', 'vip-path', 'answer', 'share'])
    const third = seen.checks.find(({ check }) => check === 'verify/third-host')!
    expect(third.findings[0]).toMatchObject({
      message: expect.stringContaining('the inventory names no client') as string,
      fix: expect.stringContaining('[client]') as string,
    })
    expect(seen.exit).toBe(0)
    const strict = await cluster.run(['verify', '-i', 'two.yml', '--strict'])
    expect(strict.exit).toBe(2)
  })

  it('a host that is out of reach: exit 4, and all that can be told without it', async () => {
    cluster.edit('inventory.yml', (text) => text.replace('192.168.139.4', '192.168.139.44'))
    const told = await verify('-T', '2')
    const walked = await why(VIP, '-T', '2')
    cluster.edit('inventory.yml', (text) => text.replace('192.168.139.44', '192.168.139.4'))
    expect(told).toMatchObject({ unreachable: [{ host: 'rs2' }], exit: 4 })
    const dead = told.checks.find(({ check }) => check === 'verify/same-segment')!
    expect(dead.findings).toContainEqual(
      expect.objectContaining({
        verdict: 'fail',
        message: 'nobody answers director by ARP for 192.168.139.44, the RIP of rs2',
      }),
    )
    expect(walked.exit).toBe(4)
  })

  it('the director out of reach is where the way ends', async () => {
    cluster.edit('inventory.yml', (text) => text.replace('192.168.139.3', '192.168.139.33'))
    const walked = await why(VIP, '-T', '2')
    cluster.edit('inventory.yml', (text) => text.replace('192.168.139.33', '192.168.139.3'))
    expect(walked).toMatchObject({ broken: 'director', exit: 4 })
  })

  it.each([
    ['192.168.139.6:81', 'the inventory has no service on 192.168.139.6:81'],
    ['192.168.139.7', 'the inventory has no service on 192.168.139.7'],
  ])('%s is not in the inventory: no host is asked', async (asked, message) => {
    const walked = await why(asked)
    expect(walked).toMatchObject({ broken: 'inventory', exit: 2 })
    expect(walked.hops).toMatchObject([{ hop: 'inventory', findings: [{ message }] }])
  })
})

/** Waits for so many connections. */
function established(connections: number): string {
  return `until [ "$(ipvsadm -L -n -c | grep -c ESTABLISHED)" -ge ${connections} ]; do sleep 0.3; done`
}

/**
 * Opens connections to the VIP and keeps them until `RELEASE`, a minute at most. They ask now and
 * then: Apache closes what says nothing. They come, and ask, one after another: when all threads of
 * an Apache process are busy it closes some that have their answer.
 */
function holding(connections: number): string {
  const script = `const net = require('node:net')
const fs = require('node:fs')
const open = () => {
  const socket = net.connect(80, '${VIP}').resume()
  const ask = () => socket.write('GET / HTTP/1.1\\r\\nHost: lvs\\r\\n\\r\\n')
  ask()
  setInterval(ask, 3000)
}
for (let i = 0; i < ${connections}; i++) setTimeout(open, i * 50)
setInterval(() => fs.existsSync('${RELEASED}') && process.exit(), 200)
setTimeout(() => process.exit(), 60000)`
  return `rm -f ${RELEASED}; ${process.execPath} -e ${JSON.stringify(script.replaceAll('\n', ';'))}`
}

const RELEASED = '/tmp/released'
const RELEASE = `touch ${RELEASED}`
