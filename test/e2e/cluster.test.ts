import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { until } from '../../src/lab/process.js'
import { macOf } from '../../src/lab/spec.js'
import { describeLab } from '../lab/support.js'
import { changes, Cluster, failures, type Played, recap } from '../support/cluster.js'
import { spoils } from './spoils.js'

const VIP = '192.168.139.6'
const HOSTS = ['director', 'rs1', 'rs2'] as const

describeLab('dr-play site.yml on the reference cluster', () => {
  let cluster: Cluster
  let planned: Played

  beforeAll(async () => {
    cluster = await Cluster.up('cluster')
  })
  afterAll(() => cluster.down())

  const observeAll = () => Promise.all(HOSTS.map((host) => cluster.observe(host)))

  it('--check on untouched hosts fails nowhere, exits 3 and changes not one byte', async () => {
    // What the first login of all leaves behind is not the run's doing.
    await Promise.all(HOSTS.map((host) => cluster.on(host, 'true')))
    const before = await observeAll()
    planned = await cluster.play('site.yml', '--check')
    expect(await observeAll()).toEqual(before)
    expect(failures(planned)).toEqual([])
    expect(planned.exit).toBe(3)
  })

  it('the first run does exactly what --check said, while only the director answers ARP for the VIP', async () => {
    const [untouched] = await observeAll()
    const answers = await watchArp(cluster)
    const first = await cluster.play('site.yml')
    const macs = await answers.end()

    expect(failures(first)).toEqual([])
    expect(first.exit).toBe(0)
    expect(changes(first)).not.toEqual([])
    expect(changes(planned)).toEqual(changes(first))
    expect(diffs(planned)).toEqual(diffs(first))
    expect(macs.length).toBeGreaterThan(0)
    expect(new Set(macs)).toEqual(new Set([macOf('192.168.139.3')]))
    // The eyes that saw no change in a check do see one here.
    expect(await cluster.observe('director')).not.toEqual(untouched)
  })

  it('12 requests from the client split 4 and 8 under weights 1 and 2', async () => {
    expect(await pages(cluster, 12)).toEqual({ 'www.RS1.com': 4, 'www.RS2.com': 8 })
  })

  it('ipvsadm shows the VIP, wlc, and both real servers by direct routing', async () => {
    const table = await cluster.on('director', 'ipvsadm -L -n')
    expect(table).toMatch(/TCP +192\.168\.139\.6:80 wlc\n/)
    expect(table).toMatch(/-> 192\.168\.139\.2:80 +Route +1 /)
    expect(table).toMatch(/-> 192\.168\.139\.4:80 +Route +2 /)
  })

  it('the client still knows the VIP by the MAC of the director alone', async () => {
    const neighbour = await cluster.client(`ip neigh show ${VIP}`)
    expect(neighbour).toContain(macOf('192.168.139.3'))
    const arping = await cluster.client(`arping -b -c 3 -I eth0 ${VIP}`)
    expect(macsIn(arping)).toEqual([1, 2, 3].map(() => macOf('192.168.139.3')))
  })

  it('a second run changes nothing, in one trip to each real server', async () => {
    const second = await cluster.play('site.yml')
    expect(second.exit).toBe(0)
    expect(changes(second)).toEqual([])
    expect(Object.keys(recap(second)).sort()).toEqual([...HOSTS])
    for (const tally of Object.values(recap(second))) {
      expect(tally).toMatchObject({ changed: 0, failed: 0, unreachable: 0 })
    }
    const { director, rs1, rs2 } = recap(second)
    expect([rs1!.trips, rs2!.trips]).toEqual([1, 1])
    // Its table is one of its facts, and was another one before.
    expect(director!.trips).toBeLessThanOrEqual(2)
  })

  it.each(spoils.map((spoil) => [spoil.host, spoil.what, spoil] as const))(
    '%s: %s: --check names it alone, a run mends it',
    async (host, _, { by, mended }) => {
      const wanted = mended.map((each) => `${host} | ${each}`).sort()
      await cluster.on(host, by)

      const check = await cluster.play('site.yml', '--check')
      expect(failures(check)).toEqual([])
      expect(changes(check)).toEqual(wanted)
      expect(check.exit).toBe(3)

      const before = await apaches(cluster)
      // That the director is in state was just seen; to ask it takes longer than all the rest.
      const some = host === 'director' ? [] : ['--limit', 'realserver']
      const run = await cluster.play('site.yml', ...some)
      expect(failures(run)).toEqual([])
      expect(changes(run)).toEqual(wanted)
      expect(run.exit).toBe(0)
      const restarted = wanted.some((each) => / apache2: (re)?start$/.test(each))
      const after = await apaches(cluster)
      for (const rs of ['rs1', 'rs2'] as const) {
        if (restarted && rs === host) expect(after[rs]).not.toBe(before[rs])
        else expect(after[rs]).toBe(before[rs])
      }

      const again = await cluster.play('site.yml', '--check', '--limit', host)
      expect(changes(again)).toEqual([])
      expect(again.exit).toBe(0)
    },
  )

  it('after all of that --check finds the whole cluster in state, and it still balances', async () => {
    const check = await cluster.play('site.yml', '--check')
    expect(changes(check)).toEqual([])
    expect(check.exit).toBe(0)
    expect(await pages(cluster, 12)).toEqual({ 'www.RS1.com': 4, 'www.RS2.com': 8 })
  })
})

/** The process that Apache is on each real server. */
async function apaches(cluster: Cluster) {
  const pid = (host: string) => cluster.on(host, 'cat /run/apache2/apache2.pid || echo none')
  return { rs1: await pid('rs1'), rs2: await pid('rs2') }
}

/** How often each page came back. */
async function pages(cluster: Cluster, requests: number): Promise<Record<string, number>> {
  const fetch = `curl -sS -m 5 http://${VIP}/ | grep -o 'www[^<]*com' | uniq || echo nobody`
  const lines = (await cluster.client(`for i in $(seq ${requests}); do ${fetch}; done`)).trim()
  const counts: Record<string, number> = {}
  for (const page of lines.split('\n')) counts[page] = (counts[page] ?? 0) + 1
  return counts
}

/**
 * Asks for the VIP by broadcast, five times a second, until it is told to end; gives the MACs
 * that answered. arping itself asks once a second, so there are five of them, in turn; each
 * prints whatever answer reaches the client.
 */
async function watchArp(cluster: Cluster): Promise<{ end: () => Promise<string[]> }> {
  const stop = join(cluster.folder, 'stop')
  const begun = join(cluster.folder, 'begun')
  const asked = cluster.client(`
    all=
    for i in 1 2 3 4 5; do
      timeout 110 arping -b -I eth0 ${VIP} &
      all="$all $!"
      sleep 0.2
    done
    : >${begun}
    while [ ! -e ${stop} ] && kill -0 $!; do sleep 0.1; done
    kill -INT $all
    wait`)
  if (!(await until(() => existsSync(begun), 30))) throw new Error('nobody watches')
  return {
    end() {
      writeFileSync(stop, '')
      return asked.then(macsIn)
    },
  }
}

function macsIn(arping: string): string[] {
  return (arping.match(/(?<=\[)[0-9A-F:]{17}(?=\])/gi) ?? []).map((mac) => mac.toLowerCase())
}

/** The file contents that changed, by host and path. */
function diffs({ events }: Played): unknown[] {
  return events
    .flatMap((event) =>
      event.event === 'task'
        ? event.changes.flatMap(({ diff }) => (diff ? [{ host: event.host, ...diff }] : []))
        : [],
    )
    .sort((a, b) => `${a.host}${a.path}`.localeCompare(`${b.host}${b.path}`))
}
