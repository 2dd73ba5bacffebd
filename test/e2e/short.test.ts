import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/support.js'
import { changes, Cluster, failures, type Played, recap } from '../support/cluster.js'

const VIP = '192.168.139.6'
const INVENTORY = `[director]
director ansible_host=192.168.139.3
[realserver]
rs1 ansible_host=192.168.139.2 weight=1
rs2 ansible_host=192.168.139.4 weight=2
rs3 ansible_host=192.168.139.5 weight=3
[all:vars]
vip=${VIP}
step_seconds=1
`
const entry = (host: number, weight: number) =>
  `-a -t ${VIP}:80 -r 192.168.139.${host}:80 -g -w ${weight}`
const TWO = [`-A -t ${VIP}:80 -s wlc`, entry(2, 1), entry(4, 2)]
const THREE = [...TWO, entry(5, 3)]

/** A cluster's life on one lab: what every run of the tests sees, and every kind of kernel. */
describeLab('the life of a cluster, in short', () => {
  let cluster: Cluster
  let whole: string

  beforeAll(async () => {
    cluster = await Cluster.up('short', { inventory: INVENTORY })
    whole = cluster.inventory
    cluster.write('inventory.yml', whole.replace('        rs3: {}\n', ''))
  })
  afterAll(() => cluster.down())

  const table = async () => (await cluster.on('director', 'ipvsadm -S -n')).trimEnd().split('\n')

  /** How many of the requests each page answered. */
  async function pages(requests: number): Promise<Record<string, number>> {
    const ask = `for i in $(seq ${requests}); do curl -sS -m 5 http://${VIP}/ || echo '<h1>none</h1>'; done`
    const seen = (await cluster.client(ask)).matchAll(/<h1>(.*)<\/h1>/g)
    const counts: Record<string, number> = {}
    for (const [, page] of seen) counts[page!] = (counts[page!] ?? 0) + 1
    return counts
  }

  async function good(playbook: string, ...flags: string[]): Promise<Played> {
    const played = await cluster.play(playbook, ...flags)
    expect(failures(played)).toEqual([])
    expect(played.exit).toBe(0)
    return played
  }

  it('a first run builds it, and requests split by weight', async () => {
    expect(changes(await good('site.yml'))).not.toEqual([])
    expect(await table()).toEqual(TWO)
    expect(await pages(12)).toEqual({ 'www.RS1.com': 4, 'www.RS2.com': 8 })
  })

  it('a second run changes nothing, in one trip to each real server', async () => {
    const second = await good('site.yml')
    expect(changes(second)).toEqual([])
    const { rs1, rs2 } = recap(second)
    expect([rs1!.trips, rs2!.trips]).toEqual([1, 1])
  })

  it('a real server joins under load, and no request fails', async () => {
    cluster.write('inventory.yml', whole)
    const load = await cluster.load({ rate: 50, keepalive: 4 })
    await good('site.yml').finally(() => load.end())
    const { sent, failed, reasons, keepalive } = await load.end()
    expect(sent).toBeGreaterThan(20)
    expect({ failed, reasons }).toEqual({ failed: 0, reasons: {} })
    expect({ reset: keepalive.reset, dropped: keepalive.dropped }).toEqual({ reset: 0, dropped: 0 })
    expect(await table()).toEqual(THREE)
  })

  it('a real server without power is named, and nothing else is touched', async () => {
    await cluster.lab.stopHost('rs3')
    const run = await cluster.play('site.yml', '--timeout', '3')
    expect(run.exit).toBe(4)
    expect(failures(run)).toEqual([expect.stringMatching(/^rs3: /)])
    expect(changes(run)).toEqual([])
    expect(await table()).toEqual(THREE)
    await cluster.lab.startHost('rs3')
    await cluster.lab.ready()
    expect(changes(await good('site.yml'))).toEqual([])
  })

  it('a director that reboots comes back with what was saved, and with nothing else', async () => {
    await cluster.on('director', `ipvsadm -e -t ${VIP}:80 -r 192.168.139.2:80 -g -w 9`)
    await cluster.on(
      'director',
      'ipvsadm -A -t 192.168.139.3:8080; sysctl -q net.ipv4.vs.nat_icmp_send=1',
    )
    await cluster.lab.reboot('director')
    expect(await table()).toEqual(THREE)
    expect(await cluster.on('director', 'cat /proc/sys/net/ipv4/vs/nat_icmp_send')).toBe('0\n')
    expect(changes(await good('site.yml'))).toEqual([])
    expect(await pages(12)).toEqual({ 'www.RS1.com': 2, 'www.RS2.com': 4, 'www.RS3.com': 6 })
  })
})
