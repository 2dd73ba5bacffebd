import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/support.js'
import { changes, Cluster, failures, type Played, tasks } from '../support/cluster.js'

const VIP = '192.168.139.6'
const HOSTS = ['director', 'rs1', 'rs2'] as const

/** The cluster as somebody set it up years ago, by hand: nothing of it survives a reboot. */
const LVS = `#!/bin/sh
VIP=${VIP}
RIP1=192.168.139.2
RIP2=192.168.139.4
case "$1" in
start)
  modprobe ip_vs
  ip addr add $VIP/32 dev eth0 label eth0:1
  echo 1 >/proc/sys/net/ipv4/ip_forward
  ipvsadm -C
  ipvsadm -A -t $VIP:80 -s wlc
  ipvsadm -a -t $VIP:80 -r $RIP1 -g -w 1
  ipvsadm -a -t $VIP:80 -r $RIP2 -g -w 2
  ;;
stop)
  ipvsadm -C
  ip addr del $VIP/32 dev eth0
  ;;
esac
`
const RS = `#!/bin/sh
VIP=${VIP}
case "$1" in
start)
  echo 1 >/proc/sys/net/ipv4/conf/lo/arp_ignore
  echo 2 >/proc/sys/net/ipv4/conf/lo/arp_announce
  echo 1 >/proc/sys/net/ipv4/conf/all/arp_ignore
  echo 2 >/proc/sys/net/ipv4/conf/all/arp_announce
  ip addr add $VIP/32 dev lo label lo:0
  ip route add $VIP/32 dev lo
  ;;
stop)
  ip addr del $VIP/32 dev lo
  ;;
esac
`

/** What of site.yml touches the table, a VIP, ARP or a route as they are now. */
const LIVE = {
  director: ['the VIP is on eth0', 'the IPVS table is live'],
  realserver: [
    'ARP about the VIP is silenced now',
    'the VIP is on lo',
    'a host route leads to the VIP',
  ],
}

/** All that a real run may do: the files of the next boot, and settings that no script made. */
const NEXT_BOOT = {
  director: [
    'the kernel forwards at boot',
    'the kernel forwards now',
    "no redirects leave the VIP's interface",
    'the VIP comes back at boot',
    'interfaces.d holds the VIP',
    'the IPVS table is saved for the next boot',
    'the ipvsadm service restores it',
    'the ipvsadm service is enabled',
    'IPVS is there at boot before its settings are',
    'clients of a real server that left are not left without an answer',
  ],
  realserver: ['ARP about the VIP is silenced at boot', 'interfaces.d holds the VIP'],
}

describeLab('dr-play import of a cluster that scripts set up', () => {
  let cluster: Cluster
  let login: string[]

  beforeAll(async () => {
    cluster = await Cluster.up('import')
    const { user, privateKeyFile, knownHostsFile } = cluster.lab.connection
    const vars = {
      ansible_user: user,
      ansible_ssh_private_key_file: privateKeyFile,
      ansible_ssh_common_args: `-o UserKnownHostsFile=${knownHostsFile}`,
    }
    login = ['-e', JSON.stringify(vars)]
    await cluster.on('director', `cat >/root/lvs.sh <<'EOF'\n${LVS}EOF\nsh /root/lvs.sh start`)
    for (const rs of ['rs1', 'rs2']) {
      await cluster.on(rs, `cat >/root/rs.sh <<'EOF'\n${RS}EOF\nsh /root/rs.sh start`)
    }
    cluster.write('lvs.sh', await cluster.on('director', 'cat /root/lvs.sh'))
    cluster.write('rs.sh', await cluster.on('rs1', 'cat /root/rs.sh'))
    cluster.write('rules', await cluster.on('director', 'ipvsadm -S -n'))
  })
  afterAll(() => cluster.down())

  const imported = async (folder: string, ...files: string[]) => {
    const director = ['--director', 'director=192.168.139.3']
    return cluster.run(['import', ...files, ...director, '--output', folder])
  }
  const check = (playbook: string, folder: string) =>
    cluster.run([
      ...[playbook, '-i', `${folder}/inventory.yml`, ...login],
      ...['--check', '--output', 'json'],
    ])
  const live = () =>
    Promise.all(
      HOSTS.map((host) =>
        cluster.on(
          host,
          `ip -o -4 addr | sed 's/ *valid_lft.*//'; ip route show table all
           cd /proc/sys/net/ipv4/conf && grep . all/arp_* lo/arp_* eth0/arp_*
           [ ! -e /proc/net/ip_vs ] || ipvsadm -S -n`,
        ),
      ),
    )

  it('the scripts: site.yml would change nothing of the table, the VIPs, ARP and routes', async () => {
    const { exit, stderr } = await imported('scripts', 'lvs.sh', 'rs.sh')
    expect(stderr).toMatch(/1 virtual service, 2 real servers, 0 warnings, 0 errors\n$/)
    expect(exit).toBe(0)
    const run = await check('site.yml', 'scripts')
    expect(failures(run)).toEqual([])
    expectUntouched(run)
  })

  it('the save file: the same', async () => {
    const { exit, stderr } = await imported('saved', 'rules')
    expect(stderr).toContain('rules: read as ipvsadm')
    expect(exit).toBe(0)
    const run = await check('site.yml', 'saved')
    expect(failures(run)).toEqual([])
    expectUntouched(run)
  })

  it('its own playbook would only make files for the next boot, which the scripts had none of', async () => {
    const run = await check('scripts/site.yml', 'scripts')
    expect(failures(run)).toEqual([])
    expectUntouched(run)
    const others = changed(run).filter((task) => !named(NEXT_BOOT).includes(task))
    expect(others).toEqual([])
  })

  it('applied, it leaves all that is live as it was, and then nothing is left to do', async () => {
    const before = await live()
    const run = await cluster.run([
      ...['scripts/site.yml', '-i', 'scripts/inventory.yml', ...login, '--output', 'json'],
    ])
    expect(failures(run)).toEqual([])
    expect(run.exit).toBe(0)
    expect(await live()).toEqual(before)
    const again = await check('scripts/site.yml', 'scripts')
    expect(changes(again)).toEqual([])
    expect(again.exit).toBe(0)
  })
})

/** Tasks of each host's role: `rs1 | realserver : the VIP is on lo`. */
function named({ director, realserver }: typeof LIVE): string[] {
  return [
    ...director.map((task) => `director | director : ${task}`),
    ...['rs1', 'rs2'].flatMap((rs) => realserver.map((task) => `${rs} | realserver : ${task}`)),
  ]
}

/** Every task on what is live was looked at, and found in state. */
function expectUntouched(run: Played): void {
  const wanted = named(LIVE)
  const live = tasks(run)
    .map(({ host, task, status }) => ({ name: `${host} | ${task}`, status }))
    .filter(({ name }) => wanted.includes(name))
  expect(live.map(({ name }) => name).sort()).toEqual(wanted.sort())
  expect(live.filter(({ status }) => status !== 'ok')).toEqual([])
}

/** The tasks that change something. */
function changed(run: Played): string[] {
  return changes(run).map((change) => change.split(' | ').slice(0, 2).join(' | '))
}
