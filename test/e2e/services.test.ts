import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/support.js'
import { changes, Cluster, failures, type Played, tasks } from '../support/cluster.js'

const VIP = '192.168.139.6'
const SECOND = '192.168.139.8'
const FOREIGN = '192.168.139.9'
const RIPS = ['192.168.139.2', '192.168.139.4']

const web = `  - { vip: ${VIP}, port: 80, scheduler: sh, flags: sh-port }\n`
const rest = `  - { vip: ${VIP}, port: 8080, persistence: 300, netmask: 255.255.255.0 }
  - { vip: ${VIP}, port: 5353, protocol: udp, scheduler: rr, ops: true }
`
const second = `  - vip: ${SECOND}
    port: 80
    real_servers:
      - { name: rs1, weight: 3, upper_threshold: 500, lower_threshold: 400 }
      - rs2
`
// Its rule on the director is the operator's own.
const marked = `  - { protocol: fwmark, mark: 7, vips: [${SECOND}], port: 8080, scheduler: wrr }\n`
const mark = `iptables-legacy -t mangle -A PREROUTING -d ${SECOND} -p tcp --dport 8080 -j MARK --set-mark 7`

/** A datagram comes back from the VIP, not the RIP, with the name of who got it. */
const echo = `setsid perl -e 'socket S, 2, 2, 17; bind S, pack "SnC4x8", 2, 5353, 192, 168, 139, 6;
  while ($from = recv S, $text, 2000, 0) { send S, \`hostname\`, 0, $from }' >/dev/null 2>&1 &`
const datagrams = (count: number) => `for i in $(seq ${count}); do
  exec 3<>/dev/udp/${VIP}/5353; echo >&3; timeout 2 head -n 1 <&3; done`

/** Several services of every kind, on two VIPs. */
describeLab('virtual_services', () => {
  let cluster: Cluster

  beforeAll(async () => {
    cluster = await Cluster.up('services')
    mkdirSync(join(cluster.folder, 'group_vars'))
    services(web, rest, second, marked)
    await cluster.on('director', mark)
  })
  afterAll(() => cluster.down())

  /** Written for all hosts. */
  function services(...lists: string[]): void {
    const timeouts = 'ipvs_timeouts: { tcp: 1200, udp: 60 }\n'
    cluster.write('group_vars/all.yml', `${timeouts}virtual_services:\n${lists.join('')}`)
  }
  const table = async () => (await cluster.on('director', 'ipvsadm -S -n')).trimEnd().split('\n')
  const thresholds = async () =>
    (await cluster.on('director', 'ipvsadm -L -n --thresholds')).match(/-> \S+ +[1-9].*/g) ?? []
  /** What it says that a boot brings back. */
  const saved = async () =>
    (await cluster.on('director', "grep -v '^#' /etc/ipvsadm.rules")).trimEnd().split('\n')
  const played = async (...flags: string[]): Promise<string[]> => {
    const run: Played = await cluster.play('site.yml', ...flags)
    expect(failures(run)).toEqual([])
    expect([0, 3], run.stderr).toContain(run.exit)
    return changes(run)
  }
  const addresses = async (host: string) =>
    [...(await cluster.on(host, 'ip -o -4 addr')).matchAll(/inet (192\.168\.139\.[689])\//g)].map(
      ([, address]) => address,
    )
  const page = (at: string) => cluster.client(`curl -sS -m 5 http://${at}/ | grep -o www.RS..com`)

  const entry = (service: string, [rs1, rs2]: [string, string], port = '80') =>
    RIPS.map((rip, i) => `-a ${service} -r ${rip}:${port} -g -w ${[rs1, rs2][i]}`)
  const WANTED = [
    `-A -t ${VIP}:80 -s sh -b sh-port`,
    ...entry(`-t ${VIP}:80`, ['1', '2']),
    `-A -t ${VIP}:8080 -s wlc -p 300 -M 255.255.255.0`,
    ...entry(`-t ${VIP}:8080`, ['1', '2'], '8080'),
    `-A -t ${SECOND}:80 -s wlc`,
    ...entry(`-t ${SECOND}:80`, ['3', '2']),
    `-A -u ${VIP}:5353 -s rr -o`,
    ...entry(`-u ${VIP}:5353`, ['1', '2'], '5353'),
    '-A -f 7 -s wrr',
    ...entry('-f 7', ['1', '2'], '0'),
  ]

  it('all of them are made, live and for the next boot, and then nothing is left to do', async () => {
    await played()
    expect(await table()).toEqual(WANTED)
    expect(await thresholds()).toMatchObject([expect.stringMatching(/139\.2:80 +500 +400 /)])
    expect(await cluster.on('director', 'ipvsadm -L --timeout')).toContain(': 1200 120 60')
    const withThresholds = WANTED.map((line) =>
      line.endsWith('-w 3') ? `${line} -x 500 -y 400` : line,
    )
    expect(await saved()).toEqual(['--set 1200 0 60', ...withThresholds])
    expect(await played()).toEqual([])
  })

  it('a client is served by each of them', async () => {
    for (const at of [VIP, `${VIP}:8080`, SECOND, `${SECOND}:8080`]) {
      expect(await page(at)).toContain('www.RS')
    }
    for (const host of ['rs1', 'rs2']) await cluster.on(host, echo)
    // Under ops each datagram goes by itself, in turn.
    const told = await cluster.client(`bash -c '${datagrams(4)}'`)
    expect(told.trim().split('\n').sort()).toEqual(['rs1', 'rs1', 'rs2', 'rs2'])
    const counts = await cluster.on('director', 'ipvsadm -L -n -f 7')
    expect(counts).toMatch(/Route +\d+ +([1-9]|\d+ +[1-9])/)
  })

  it('status shows them all', async () => {
    const { stdout, exit } = await cluster.run(['status', '-i', 'inventory.yml', '-o', 'json'])
    expect(exit, stdout).toBe(0)
    const { services } = JSON.parse(stdout) as { services: { name: string }[] }
    expect(services.map(({ name }) => name)).toEqual([
      `tcp ${VIP}:80`,
      `tcp ${VIP}:8080`,
      `tcp ${SECOND}:80`,
      `udp ${VIP}:5353`,
      'fwmark 7',
    ])
  })

  it('verify and why tell what of them was tried, and what cannot be', async () => {
    const told = async (...args: string[]) => {
      const { stdout } = await cluster.run([...args, '-i', 'inventory.yml', '-o', 'json'])
      return JSON.parse(stdout) as {
        checks: { check: string; verdict: string; findings: { message: string }[] }[]
        hops: { hop: string; verdict: string }[]
        broken: string | null
      }
    }
    const { checks } = await told('verify')
    expect(checks.filter(({ verdict }) => verdict === 'fail')).toEqual([])
    const answers = checks.find(({ check }) => check === 'verify/answer')!
    expect(answers.findings.map(({ message }) => message).sort()).toEqual([
      `${VIP}:80 answers 200`,
      `${VIP}:8080 answers 200`,
      `${SECOND}:80 answers 200`,
      `${SECOND}:8080 answers 200`,
      `udp ${VIP}:5353 was not tried: UDP has no handshake; ask it as its clients do`,
    ])
    const byUdp = await told('why', `${VIP}:5353`)
    expect(byUdp).toMatchObject({ broken: null })
    expect(byUdp.hops.at(-1)).toMatchObject({ hop: 'answer', verdict: 'unknown' })

    await cluster.on('director', mark.replace('-A', '-D'))
    const unmarked = await told('why', `${SECOND}:8080`)
    await cluster.on('director', mark)
    expect(unmarked).toMatchObject({ broken: 'service' })
  })

  it('one that is taken in is proven by all of TCP, and what was not proven is said', async () => {
    const gone = WANTED.filter((line) => line.includes(' -r 192.168.139.4:'))
    const calls = gone.map((line) => `ipvsadm ${line.replace('-a', '-d').split(' -g')[0]}`)
    await cluster.on('director', calls.join(' && '))
    const run = await cluster.play('site.yml', '-e', '{"ramp": [50], "step_seconds": 1}')
    expect(failures(run), run.stderr).toEqual([])
    expect(await table()).toEqual(WANTED)
    const proofs = tasks(run).filter(({ task }) => / gets the page from it by the VIP$/.test(task))
    const ends = proofs.map(({ status }) => status).sort()
    // Before and after it is in the table: each service but the one of UDP.
    expect(ends).toEqual([...Array<string>(8).fill('ok'), 'skipped', 'skipped'])
    expect(run.stdout).toContain(`not proven: that rs2 serves udp ${VIP}:5353`)
  })

  it('a change is the smallest one', async () => {
    const other = `  - { vip: ${VIP}, port: 80, scheduler: mh, flags: "mh-fallback,mh-port" }\n`
    services(other, rest.replace('300', '120'), second.replace('weight: 3', 'weight: 5'), marked)
    const [live, ...files] = await played()
    expect(live).toBe(
      [
        'director | director : the IPVS table is live',
        `tcp ${VIP}:80 scheduler sh -> mh, flags sh-port -> mh-fallback,mh-port`,
        `tcp ${VIP}:8080 persistence 300 -> 120`,
        `tcp ${SECOND}:80: rs1 192.168.139.2:80 weight 3 -> 5`,
      ].join(' | '),
    )
    expect(files).toHaveLength(1)
    expect(await thresholds()).toHaveLength(1)
    services(web, rest, second, marked)
    await played()
    expect(await table()).toEqual(WANTED)
  })

  it('a real server that leaves one service keeps its VIP until the director has it no more', async () => {
    services(web, rest, second.replace('      - rs2\n', ''))
    expect(await played('--limit', 'realserver')).not.toContainEqual(
      expect.stringContaining(' off lo'),
    )
    expect(await addresses('rs2')).toEqual([VIP, SECOND])
    await played('-e', 'drain_deadline=1', '-e', 'other_services=remove')
    expect(await addresses('rs1')).toEqual([VIP, SECOND])
    expect(await addresses('rs2')).toEqual([VIP])
    expect(await page(SECOND)).toContain('www.RS1.com')
  })

  it('a VIP that is removed leaves all hosts, as --check said; what is not ours stays', async () => {
    await cluster.on('director', `ip addr add ${FOREIGN}/32 dev eth0`)
    await cluster.on('rs1', `ip addr add ${FOREIGN}/32 dev lo`)
    await cluster.on('director', `ipvsadm -A -t ${FOREIGN}:25 -s rr`)
    services(web)
    const planned = await played('--check')
    const done = await played()
    expect(planned).toEqual(done)
    expect(done).toContain(
      `director | director : what is no VIP any more is off eth0 | ${SECOND}/32 on eth0: remove`,
    )
    expect(await addresses('director')).toEqual([VIP, FOREIGN])
    expect(await addresses('rs1')).toEqual([VIP, FOREIGN])
    expect(await addresses('rs2')).toEqual([VIP])
    // Services on a VIP that stays are kept, unless they are told to go.
    expect((await table()).filter((line) => line.startsWith('-A'))).toEqual([
      WANTED[0],
      `-A -t ${VIP}:8080 -s wlc -p 300 -M 255.255.255.0`,
      `-A -t ${FOREIGN}:25 -s rr`,
      `-A -u ${VIP}:5353 -s rr -o`,
    ])
    expect((await saved()).slice(1)).toEqual(await table())
    for (const host of ['director', 'rs1', 'rs2']) {
      expect(await cluster.on(host, 'cat /etc/network/interfaces.d/lvs-vip')).not.toContain(SECOND)
      if (host !== 'director') {
        expect(await cluster.on(host, 'cat /proc/sys/net/ipv4/conf/all/arp_ignore')).toBe('1\n')
      }
    }
    expect(await played()).toEqual([])
    expect(await page(VIP)).toContain('www.RS')
  })

  it('where VRRP moves the VIP, the director is left without it', async () => {
    const without = `ip addr del ${VIP}/32 dev eth0; rm /etc/network/interfaces.d/lvs-vip`
    await cluster.on('director', without)
    expect(await played('--limit', 'director', '-e', 'vrrp=true')).toEqual([])
    expect(await addresses('director')).not.toContain(VIP)
    expect(await played('--limit', 'director', '-e', 'vrrp=false')).toHaveLength(2)
    expect(await addresses('director')).toContain(VIP)
  })
})
