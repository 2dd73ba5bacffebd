import { afterAll, beforeAll, expect, it } from 'vitest'
import { until } from '../../src/lab/process.js'
import { describeLab } from '../lab/support.js'
import { changes, Cluster, type ClusterQueue, failures, recap } from '../support/cluster.js'
import type { Process } from '../support/queue.js'

const INVENTORY = `[director]
director ansible_host=192.168.139.3

[realserver]
rs1 ansible_host=192.168.139.2
rs2 ansible_host=192.168.139.4
rs3 ansible_host=192.168.139.5

[all:vars]
vip=192.168.139.6
`

/** For Apache's own variables, which its start reads: it begins, and waits for a word. */
const SLOW_START = `
[ "$1" != start ] || { touch /run/begun; until [ -e /run/go ]; do sleep 0.1; done; }
`

describeLab('dr-play site.yml by two workers', () => {
  let cluster: Cluster
  let queue: ClusterQueue
  let workers: Process[]

  beforeAll(async () => {
    cluster = await Cluster.up('queued', { inventory: INVENTORY })
    queue = await cluster.queue()
    workers = await Promise.all([queue.worker(), queue.worker()])
  })
  afterAll(async () => {
    await queue.down()
    await cluster.down()
  })

  const comes = async (test: string) => {
    const holds = () => cluster.on('rs1', `${test} >&2 && echo yes || echo no`)
    expect(await until(() => holds().then((said) => said === 'yes\n'), 60), test).toBe(true)
  }

  it('a first run brings all hosts into state: one without a queue changes nothing', async () => {
    const first = await queue.start('site.yml').ended
    expect([failures(first), first.stderr, first.exit]).toEqual([[], '', 0])
    for (const { changed } of Object.values(recap(first))) expect(changed).toBeGreaterThan(0)
    const second = await cluster.play('site.yml')
    expect([failures(second), changes(second), second.exit]).toEqual([[], [], 0])
  })

  it('one is killed while a service starts: the other brings all hosts into state', async () => {
    const spoil = 'kill $(cat /run/apache2/apache2.pid); rm /var/www/html/index.html'
    await Promise.all(['rs1', 'rs2', 'rs3'].map((host) => cluster.on(host, spoil)))
    await cluster.on('rs1', `cat >>/etc/apache2/envvars <<'END'\n${SLOW_START}END`)
    const run = queue.start('site.yml')
    await comes('[ -e /run/begun ]')
    // Of several parts the one with rs1 is not over yet.
    const busy = workers.find(({ said }) => / hosts, rs1 first\n(?!.*done with)/s.test(said()))!
    busy.child.kill('SIGKILL')
    await comes('pgrep -x flock')
    await cluster.on('rs1', 'touch /run/go')
    const { exit, stderr, events } = await run.ended
    expect([failures({ events }), stderr, exit]).toEqual([[], '', 0])
    const check = await cluster.play('site.yml', '--check')
    expect([failures(check), changes(check), check.exit]).toEqual([[], [], 0])
  })
})
