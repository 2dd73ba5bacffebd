import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/support.js'
import { Cluster } from '../support/cluster.js'

describeLab('a load on the reference cluster', () => {
  let cluster: Cluster

  beforeAll(async () => {
    cluster = await Cluster.up('load')
    expect((await cluster.play('site.yml')).exit).toBe(0)
  })
  afterAll(() => cluster.down())

  /** Lets the load run for so many seconds. */
  const seconds = (many: number) => cluster.client(`sleep ${many}`)

  it('150 requests a second and 8 kept connections see no failure while nothing is changed', async () => {
    const load = await cluster.load()
    await seconds(10)
    const result = await load.end()
    expect(result).toMatchObject({ failed: 0, reasons: {} })
    expect(result.keepalive).toMatchObject({ alive: 8, closed: 0, dropped: 0, reset: 0 })
    expect(result.ok).toBeGreaterThan(result.seconds * 150)
    expect(Object.keys(result.pages).sort()).toEqual(['www.RS1.com', 'www.RS2.com'])
  })

  it('sees that the table is flushed and loaded again', async () => {
    const load = await cluster.load()
    await seconds(1)
    await cluster.on(
      'director',
      't=$(ipvsadm -S -n); ipvsadm -C; sleep 0.3; echo "$t" | ipvsadm -R',
    )
    await seconds(2)
    const { failed, reasons, ok, keepalive } = await load.end()
    expect(failed).toBeGreaterThan(0)
    expect(Object.keys(reasons)).not.toEqual([])
    expect(ok).toBeGreaterThan(failed)
    expect(keepalive).toMatchObject({ alive: 8 })
    expect(keepalive.reset).toBeGreaterThan(0)
  })

  it('sees that the Apache of a real server is killed, and which one', async () => {
    const load = await cluster.load()
    await seconds(1)
    await cluster.on('rs2', 'pkill -KILL apache2')
    await seconds(1)
    const { reasons, keepalive } = await load.end()
    expect(reasons.ECONNREFUSED).toBeGreaterThan(0)
    const broken = keepalive.connections.filter(({ end }) => end !== 'alive')
    expect(new Set(broken.map(({ page }) => page))).toEqual(new Set(['www.RS2.com']))
  })

  it('dr-play lab load prints it as one line, and fails when requests did', async () => {
    const name = ['--name', cluster.lab.plan.name]
    const little = ['--seconds', '1', '--rate', '20', '--keepalive', '1']
    // The other one alone may get all of a short load: it has fewer connections.
    await cluster.on('rs1', 'pkill -KILL apache2')
    const broken = await cluster.run(['lab', 'load', ...name, ...little])
    expect(broken.exit).toBe(2)
    expect(broken.stdout.trimEnd().split('\n')).toHaveLength(1)
    await cluster.play('site.yml', '--limit', 'realserver')
    const mended = await cluster.run(['lab', 'load', ...name, ...little])
    expect(mended.exit).toBe(0)
    expect(JSON.parse(mended.stdout)).toMatchObject({ failed: 0, keepalive: { alive: 1 } })
  })
})
