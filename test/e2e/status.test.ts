import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../src/lab/process.js'
import type { ClusterStatus, RealServerStatus } from '../../src/lvs/status.js'
import { describeLab } from '../lab/support.js'
import { Cluster } from '../support/cluster.js'
import { MAIN } from '../support/program.js'

const VIP = '192.168.139.6'
const SERVICE = `tcp ${VIP}:80`

describeLab('dr-play status', () => {
  let cluster: Cluster
  beforeAll(async () => {
    cluster = await Cluster.up('status')
  })
  afterAll(() => cluster.down())

  /** What is told as JSON, which says the exit code, too. */
  async function status(...flags: string[]): Promise<ClusterStatus> {
    const args = ['status', '-i', 'inventory.yml', '-o', 'json', ...flags]
    const { exit, stdout, stderr } = await cluster.run(args)
    expect(stderr).toBe('')
    const told = JSON.parse(stdout) as ClusterStatus
    expect(told.exit).toBe(exit)
    return told
  }

  const text = async (...flags: string[]) =>
    (await cluster.run(['status', '-i', 'inventory.yml', ...flags])).stdout

  const server = ({ realServers }: ClusterStatus, host: string): RealServerStatus =>
    realServers.find((each) => each.host === host)!

  describe('before the first run', () => {
    it('a director without a table, and hosts without anything: exit 2', async () => {
      const told = await status()
      expect(told.exit).toBe(2)
      expect(told.services).toEqual([])
      expect(told.drift.map(({ message }) => message)).toEqual([
        'a table is in the inventory, but neither live nor saved',
      ])
      expect(told.directors[0]).toMatchObject({
        services: 0,
        saved: { path: '/etc/ipvsadm.rules', services: 0 },
        check: { word: 'drift' },
      })
      for (const { check, vips, problems } of told.realServers) {
        expect(check!.word).toBe('drift')
        expect(vips).toMatchObject([{ device: null }])
        expect(problems[0]!.message).toContain(`the VIP ${VIP} is on no interface`)
      }
    })
  })

  describe('after it', () => {
    beforeAll(async () => {
      expect((await cluster.play('site.yml')).exit).toBe(0)
    })

    it('everything is in state: exit 0', async () => {
      const told = await status()
      expect(told).toMatchObject({ exit: 0, drift: [] })
      for (const { problems, check } of [...told.directors, ...told.realServers]) {
        expect(problems).toEqual([])
        expect(check).toEqual({ word: 'in state', would: [] })
      }
      expect(server(told, 'rs2')).toMatchObject({
        address: '192.168.139.4',
        serving: true,
        vips: [{ address: VIP, device: 'lo', prefix: 32, route: true }],
        arp: { device: 'eth0', ignore: 1, announce: 2 },
        answers: [{ vip: VIP, port: 80, reply: 200 }],
        weights: [{ service: SERVICE, places: { inventory: 2, live: 2, saved: 2 } }],
      })
      expect(await text()).toContain('2 of 2 real servers serve, everything is in state')
    })

    it('counts what the clients ask for, as ipvsadm does', async () => {
      await cluster.client(`for i in $(seq 12); do curl -s -o /dev/null http://${VIP}/; done`)
      // The kernel adds its counters up every two seconds.
      let told = await status('--no-check')
      for (let i = 0; i < 30 && told.services[0]!.total.connections < 12; i++) {
        told = await status('--no-check')
      }
      const [service] = told.services
      expect(service).toMatchObject({ name: SERVICE, scheduler: 'wlc', total: { connections: 12 } })
      expect(service!.realServers).toMatchObject([
        { name: 'rs1', weight: 1, total: { connections: 4 } },
        { name: 'rs2', weight: 2, total: { connections: 8 } },
      ])
      expect(server(told, 'rs2')).toMatchObject({ total: 8, check: null })
      const ipvsadm = await cluster.on('director', 'ipvsadm -L -n --stats --exact')
      const [, ...counted] = /^TCP +192\.168\.139\.6:80 +(\d+) +(\d+) +0 +(\d+) +0$/m.exec(ipvsadm)!
      const { connections, packetsIn, bytesIn } = service!.total
      expect([connections, packetsIn, bytesIn].map(String)).toEqual(counted)
      const verbose = await text('--no-check', '-v')
      expect(verbose).toMatch(/^service +Conns +InPkts +OutPkts +InBytes +OutBytes$/m)
      expect(verbose).toMatch(/^ +-> rs2 192\.168\.139\.4:80 +8 /m)
    })

    it('takes one connection to a host, for the look and the check run', async () => {
      const accepted = async () =>
        Number(await cluster.on('director', `awk '/^Tcp: [0-9]/ { print $7 }' /proc/net/snmp`))
      const opened = async (act: () => Promise<unknown>) => {
        const before = await accepted()
        await act()
        return (await accepted()) - before
      }
      const own = await opened(() => Promise.resolve())
      expect((await opened(() => status())) - own).toBe(1)
    })
  })

  it.each([
    ['director', 7],
    ['rs1', 6],
  ])('a look at %s starts %i processes', async (host, least) => {
    const last = async () => Number((await cluster.on(host, 'cat /proc/loadavg')).split(' ').at(-1))
    const started = async (looks: number) => {
      const before = await last()
      const dr = `${process.execPath} ${MAIN} status -i inventory.yml --no-check`
      const lines = await inController(
        `${dr} --watch 0.1 -o json --limit ${host} | head -n ${looks}`,
      )
      expect(lines.trimEnd().split('\n')).toHaveLength(looks)
      return (await last()) - before
    }
    // The login is the same for few and many; that the reader is gone is seen a look later.
    const few = await started(1)
    expect((await started(24)) - few).toBeLessThanOrEqual(least * 24)
  })

  /** Something that is not as it should be, and how that is told. */
  interface Wrong {
    host: 'director' | 'rs1' | 'rs2'
    by: string
    back: string
    exit: number
    drift?: [odd: string, message: string]
    problem?: string
    would?: string
  }

  it.each<[string, Wrong]>([
    [
      'a weight is changed live',
      {
        host: 'director',
        by: `ipvsadm -e -t ${VIP}:80 -r 192.168.139.4:80 -g -w 7`,
        back: `ipvsadm -e -t ${VIP}:80 -r 192.168.139.4:80 -g -w 2`,
        exit: 3,
        drift: ['live', 'rs2 weight: inventory 2, live 7, saved 2'],
        would: 'rs2 192.168.139.4:80 weight 7 -> 2',
      },
    ],
    [
      'the saved file is edited',
      {
        host: 'director',
        by: 'sed -i "s/-w 2/-w 9/" /etc/ipvsadm.rules',
        back: 'sed -i "s/-w 9/-w 2/" /etc/ipvsadm.rules',
        exit: 3,
        drift: ['saved', 'rs2 weight: inventory 2, live 2, saved 9'],
        would: '/etc/ipvsadm.rules: new content',
      },
    ],
    [
      'a service is made by hand, which a run would keep',
      {
        host: 'director',
        by: 'ipvsadm -A -f 7 -s mh',
        back: 'ipvsadm -D -f 7',
        exit: 3,
        drift: ['live', 'service fwmark 7 is live, but neither in the inventory nor saved'],
        would: '/etc/ipvsadm.rules: new content',
      },
    ],
    [
      'the VIP is gone from the director',
      {
        host: 'director',
        by: `ip addr del ${VIP}/32 dev eth0`,
        back: `ip addr add ${VIP}/32 dev eth0 label eth0:1`,
        exit: 2,
        problem: `the VIP ${VIP} is on no interface`,
        would: `${VIP}/32 on eth0: add as eth0:1`,
      },
    ],
    [
      'Apache is stopped',
      {
        host: 'rs1',
        by: 'service apache2 stop >/dev/null',
        back: 'service apache2 start >/dev/null',
        exit: 2,
        problem: `nobody answers on ${VIP}:80`,
        would: 'apache2: start',
      },
    ],
    [
      'the VIP is gone from lo',
      {
        host: 'rs2',
        by: `ip addr del ${VIP}/32 dev lo`,
        back: `ip addr add ${VIP}/32 dev lo label lo:0; ip route replace ${VIP}/32 dev lo`,
        exit: 2,
        problem: `the VIP ${VIP} is on no interface: what the director sends is dropped`,
        would: `${VIP}/32 on lo: add as lo:0`,
      },
    ],
    [
      'ARP is no longer silent',
      {
        host: 'rs1',
        by: 'echo 0 >/proc/sys/net/ipv4/conf/all/arp_ignore',
        back: 'echo 1 >/proc/sys/net/ipv4/conf/all/arp_ignore',
        exit: 2,
        problem: `it answers ARP for ${VIP} on eth0 (arp_ignore is 0, must be 1)`,
        would: 'net.ipv4.conf.all.arp_ignore: 0 -> 1',
      },
    ],
    [
      'a file is edited that nobody feels yet',
      {
        host: 'rs1',
        by: 'echo >>/etc/sysctl.d/90-lvs-arp.conf',
        back: 'sed -i "\\$d" /etc/sysctl.d/90-lvs-arp.conf',
        exit: 3,
        would: '/etc/sysctl.d/90-lvs-arp.conf: new content',
      },
    ],
  ])('%s', async (_, { host, by, back, exit, drift, problem, would }) => {
    await cluster.on(host, by)
    const told = await status()
    await cluster.on(host, back)

    expect(told.drift.map(({ odd, message }) => [odd.join(' '), message])).toEqual(
      drift ? [drift] : [],
    )
    const all = [...told.directors, ...told.realServers]
    const found = all.find((each) => each.host === host)!
    expect(found.problems.map(({ message }) => message)).toEqual(problem ? [problem] : [])
    expect(found.check!.would.map(({ summary }) => summary)).toEqual(would ? [would] : [])
    expect(told.exit).toBe(exit)
    const others = all.filter((each) => each.host !== host)
    expect(others.flatMap(({ problems, check }) => [...problems, ...check!.would])).toEqual([])
  })

  it('a real server is quiesced live: that shows, and it serves nobody new', async () => {
    const weigh = (weight: number) =>
      cluster.on('director', `ipvsadm -e -t ${VIP}:80 -r 192.168.139.4:80 -g -w ${weight}`)
    await weigh(0)
    const [told, shown] = [await status(), await text('--no-check')]
    await weigh(2)
    expect(told.drift).toMatchObject([
      { odd: ['live'], message: 'rs2 weight: inventory 2, live 0 (quiesced), saved 2' },
    ])
    expect(told.exit).toBe(3)
    expect(server(told, 'rs2')).toMatchObject({ problems: [], serving: false, level: 'drift' })
    expect(shown).toMatch(/^~ +rs2 .* quiesced, not 2 /m)
    expect(shown).toContain('1 of 2 real servers serve')
  })

  it('the inventory is edited: it is what is not applied', async () => {
    cluster.edit('inventory.yml', (yaml) => yaml.replace('weight: 2', 'weight: 3'))
    const told = await status()
    cluster.edit('inventory.yml', (yaml) => yaml.replace('weight: 3', 'weight: 2'))
    expect(told.drift).toMatchObject([
      { odd: ['inventory'], message: 'rs2 weight: inventory 3, live 2, saved 2' },
    ])
    expect(told.exit).toBe(3)
  })

  it('a real server whose sshd is gone: exit 4, and the others are told as ever', async () => {
    await cluster.on('rs1', 'kill $(cat /run/sshd.pid)')
    const told = await status()
    await cluster.on('rs1', '/usr/sbin/sshd')
    expect(told.exit).toBe(4)
    expect(server(told, 'rs1')).toMatchObject({ reached: 'no', level: 'unreachable' })
    expect(server(told, 'rs2')).toMatchObject({ reached: 'yes', check: { word: 'in state' } })
    expect(told.directors[0]).toMatchObject({ check: { word: 'in state' }, level: null })
  })

  it('--limit asks those alone', async () => {
    const told = await status('--limit', 'rs1')
    expect(told.realServers.map(({ host }) => host)).toEqual(['rs1'])
    expect(told).toMatchObject({ directors: [], services: [], exit: 0 })
    expect(told.realServers[0]!.answers).toMatchObject([{ reply: 200 }])
  })

  it('--watch -o json tells one line a look, and ends with its reader', async () => {
    const dr = `${process.execPath} ${MAIN} status -i inventory.yml`
    const lines = await inController(`${dr} --watch 0.1 -o json | head -n 3`)
    const told = lines
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as ClusterStatus)
    expect(told.map(({ exit }) => exit)).toEqual([0, 0, 0])
    for (const { directors } of told) expect(directors[0]!.check!.word).toBe('in state')
  })

  it.each([80, 200])(
    '--watch in a terminal of %i columns is clean, also at Ctrl-C',
    async (columns) => {
      const pid = join(cluster.folder, 'watch.pid')
      const typed = join(cluster.folder, 'typescript')
      for (const file of [pid, typed]) rmSync(file, { force: true })
      const dr = `${process.execPath} ${MAIN} status -i inventory.yml --watch 0.1 --no-check`
      const inside = `stty cols ${columns} rows 24; echo $$ >${pid}; TERM=xterm exec ${dr}`
      const ended = inController(`script -qefc '${inside}' ${typed} </dev/null; echo $?`)
      const frames = () =>
        existsSync(typed) ? readFileSync(typed, 'utf8').split('\x1b[?2026h').slice(1) : []
      expect(await until(() => frames().length > 3, 60)).toBe(true)
      process.kill(Number(readFileSync(pid, 'utf8')), 'SIGINT')
      expect((await ended).trim().split('\n').at(-1)).toBe('130')

      const seen = readFileSync(typed, 'utf8')
      expect(seen).toContain('\x1b[?1049h\x1b[?25l')
      expect(seen).not.toContain('\x1b[2J')
      const [, after = ''] = seen.split('\x1b[?7h\x1b[?25h\x1b[?1049l')
      expect(after).toContain('2 of 2 real servers serve')
      expect(after).not.toContain('error')
      const lines = frames()[0]!
        .split('\r\n')
        .map((line) => line.replaceAll(/\x1b\[[\d;?]*[A-Za-z]/g, ''))
      expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(columns)
      const heads = lines.filter((line) => / server +.* httpd +weight .* state$/.test(line))
      expect(heads).toHaveLength(1)
      expect(heads[0]!.includes(' total ')).toBe(columns > 80)
    },
  )

  /** What sh text prints in the controller, in the test's folder. */
  async function inController(script: string): Promise<string> {
    const { PATH, HOME } = { PATH: process.env.PATH, HOME: cluster.folder }
    const { stdout } = await cluster.lab.controller(['sh', '-c', script], {
      cwd: cluster.folder,
      env: { PATH, HOME },
    })
    return stdout
  }
})
