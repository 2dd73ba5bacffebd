import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../src/lab/process.js'
import { describeLab } from '../lab/support.js'
import { changes, Cluster, failures, type Played } from '../support/cluster.js'
import { breakages } from './breakages.js'

const VIP = '192.168.139.6'
const INVENTORY = `[director]
director ansible_host=192.168.139.3
[realserver]
rs1 ansible_host=192.168.139.2 weight=1
rs2 ansible_host=192.168.139.4 weight=2
rs3 ansible_host=192.168.139.5 weight=2
rs4 ansible_host=192.168.139.7 weight=3
[all:vars]
vip=${VIP}
step_seconds=2
take_back_seconds=2
`
const entry = (host: number, weight: number) =>
  `-a -t ${VIP}:80 -r 192.168.139.${host}:80 -g -w ${weight}`
const TWO = [`-A -t ${VIP}:80 -s wlc`, entry(2, 1), entry(4, 2)]
const FOUR = [...TWO, entry(5, 2), entry(7, 3)]

/** Every change of a live cluster, with clients who must not notice any of it. */
describeLab('the life of a cluster, under load', () => {
  let cluster: Cluster
  let whole: string

  beforeAll(async () => {
    cluster = await Cluster.up('life', { inventory: INVENTORY })
    whole = readFileSync(join(cluster.folder, 'inventory.yml'), 'utf8')
    inventory('rs1', 'rs2')
    const first = await cluster.play('site.yml')
    expect(failures(first)).toEqual([])
    expect(await table()).toEqual(TWO)
  }, 180_000)
  afterAll(() => cluster.down())

  /** The inventory with these real servers alone. */
  function inventory(...names: string[]): void {
    const gone = ['rs1', 'rs2', 'rs3', 'rs4'].filter((name) => !names.includes(name))
    const text = gone.reduce((all, name) => all.replace(`        ${name}: {}\n`, ''), whole)
    cluster.write('inventory.yml', text)
  }

  const table = async () => (await cluster.on('director', 'ipvsadm -S -n')).trimEnd().split('\n')
  const saved = async () =>
    (await cluster.on('director', "grep -v '^#' /etc/ipvsadm.rules")).trimEnd().split('\n')

  /** Runs something while clients ask for the page; says what they had to suffer. */
  async function underLoad<T>(act: () => Promise<T>): Promise<T> {
    const load = await cluster.load({ rate: 150, keepalive: 8 })
    const result = await act().finally(() => load.end())
    const { sent, failed, reasons, keepalive } = await load.end()
    expect(sent).toBeGreaterThan(100)
    expect({ failed, reasons }).toEqual({ failed: 0, reasons: {} })
    expect({ reset: keepalive.reset, dropped: keepalive.dropped }).toEqual({ reset: 0, dropped: 0 })
    return result
  }

  const quietly = (playbook: string, ...flags: string[]) =>
    underLoad(async () => {
      const played = await cluster.play(playbook, ...flags)
      expect(failures(played)).toEqual([])
      expect(played.exit).toBe(0)
      return played
    })

  it('a check run says of new real servers what a run then does', async () => {
    inventory('rs1', 'rs2', 'rs3')
    const planned = await cluster.play('add-realserver.yml', '--check')
    expect(failures(planned)).toEqual([])
    expect(planned.exit).toBe(3)
    expect(await table()).toEqual(TWO)
    const taken = await quietly('add-realserver.yml')
    // What it would save cannot be seen before the table is what it will be.
    const but = (played: Played) => changes(played).filter((each) => !each.includes('is saved'))
    expect(but(planned)).toEqual(but(taken))
    expect(await table()).toEqual([...TWO, entry(5, 2)])
    expect(await saved()).toEqual(await table())
  })

  it('site.yml takes in what is new, and then nothing is left to do', async () => {
    inventory('rs1', 'rs2', 'rs3', 'rs4')
    const taken = await quietly('site.yml')
    expect(changes(taken)).toContain(
      'rs4 | take-in : the table has it, with ever more weight | ' +
        'rs4 192.168.139.7:80 add with weight 0 (dr) | rs4 192.168.139.7:80 weight 0 -> 1 | ' +
        'rs4 192.168.139.7:80 weight 1 -> 2 | rs4 192.168.139.7:80 weight 2 -> 3',
    )
    expect(await table()).toEqual(FOUR)
    expect(await saved()).toEqual(FOUR)
    const again = await quietly('site.yml')
    expect(changes(again)).toEqual([])
  })

  it('a drained one stays drained until it is started', async () => {
    await quietly('drain.yml', '--limit', 'rs3', '-e', 'drain_deadline=30')
    const drained = [...TWO, entry(5, 0), entry(7, 3)]
    expect(await table()).toEqual(drained)
    expect(changes(await cluster.play('site.yml'))).toEqual([])
    expect(await saved()).toEqual(drained)
    await quietly('start.yml', '--limit', 'rs3')
    expect(await table()).toEqual(FOUR)
  })

  it('one whose line is gone from the inventory is drained and leaves, the others do not notice', async () => {
    inventory('rs1', 'rs2', 'rs4')
    const left = await quietly('site.yml', '-e', 'drain_deadline=40')
    expect(changes(left)).toContain(
      'director | director : the IPVS table is live | ' +
        '192.168.139.5:80 weight 2 -> 0 | 192.168.139.5:80 remove',
    )
    expect(await saved()).toEqual([...TWO, entry(7, 3)])
    inventory('rs1', 'rs2', 'rs3', 'rs4')
    await quietly('site.yml')
    expect(await table()).toEqual(FOUR)
  })

  it('an inventory that lost most of its lines is refused', async () => {
    inventory('rs1')
    const refused = await cluster.play('site.yml')
    expect(failures(refused).join()).toContain('1 of 4 real servers, and 2 must stay')
    expect(await table()).toEqual(FOUR)
    inventory('rs1', 'rs2', 'rs3', 'rs4')
  })

  it.each([
    ['site.yml', 'a weight', '-e', '{"weight": 4}', '--limit', 'director'],
    ['site.yml', 'the scheduler', '-e', 'scheduler=wrr', '--limit', 'director'],
    ['site.yml', 'both back'],
  ])('%s changes %s', async (playbook, _, ...flags) => {
    expect(changes(await quietly(playbook, ...flags))).not.toEqual([])
  })

  it('site.yml replaces the page', async () => {
    mkdirSync(join(cluster.folder, 'templates'))
    cluster.write('templates/index.html.hbs', '<h1>another {{page_title}}</h1>\n')
    expect(changes(await quietly('site.yml'))).toHaveLength(4)
    rmSync(join(cluster.folder, 'templates'), { recursive: true })
    expect(changes(await quietly('site.yml'))).toHaveLength(4)
  })

  it('one that is removed leaves no trace, and the others do not notice', async () => {
    const removed = await quietly(
      'remove-realserver.yml',
      ...['--limit', 'rs4', '-e', 'drain_deadline=40'],
    )
    expect(changes(removed)).not.toEqual([])
    expect(await table()).toEqual([...TWO, entry(5, 2)])
    expect(await saved()).toEqual(await table())
    const left = await cluster.on(
      'rs4',
      `cat /proc/sys/net/ipv4/conf/*/arp_ignore /proc/sys/net/ipv4/conf/*/arp_announce | sort -u
ip -o addr | grep -c ' ${VIP}/' || :
ls /etc/network/interfaces.d /etc/sysctl.d/90-lvs-arp.conf 2>/dev/null | grep lvs || :`,
    )
    expect(left.trim().split('\n')).toEqual(['0', '0'])
    inventory('rs1', 'rs2', 'rs3')
  })

  it('a dead real server can be removed', async () => {
    await cluster.lab.stopHost('rs3')
    const removed = await cluster.play(
      'remove-realserver.yml',
      '--limit',
      'rs3',
      '-e',
      'drain_deadline=1',
    )
    expect(failures(removed).filter((each) => !each.startsWith('rs3'))).toEqual([])
    expect(await table()).toEqual(TWO)
    await cluster.lab.startHost('rs3')
    await cluster.lab.ready()
    inventory('rs1', 'rs2')
  })

  it.each([
    [
      'too few would be left',
      ['drain.yml', '--limit', 'rs2', '-e', 'min_active=2'],
      'and 2 must stay',
    ],
    [
      'all would go',
      ['drain.yml', '--limit', 'realserver', '-e', 'drain_deadline=1'],
      'and 1 must stay',
    ],
    ['nobody is named', ['drain.yml'], '--limit rs1'],
    ['the service would end', ['stop.yml'], '-e force=true'],
  ])('refuses when %s', async (_, [playbook, ...flags], message) => {
    const refused = await cluster.play(playbook!, ...flags)
    expect(failures(refused).join('\n')).toContain(message)
    expect(refused.exit).toBe(2)
    await cluster.play('start.yml')
    expect(await table()).toEqual(TWO)
  })

  describe('a new real server that does not work is kept out', () => {
    beforeAll(async () => {
      await cluster.play('remove-realserver.yml', '--limit', 'rs3,rs4', '-e', 'drain_deadline=1')
      expect(await table()).toEqual(TWO)
    }, 120_000)

    it.each(breakages.map((each) => [each.what, each] as const))(
      '%s',
      async (_, { by, mend, exit, message }) => {
        inventory('rs1', 'rs2', 'rs3')
        const before = await table()
        await cluster.on('rs3', by)
        try {
          const played = await underLoad(() => cluster.play('add-realserver.yml'))
          expect(failures(played).join('\n')).toMatch(message)
          expect(played.exit).toBe(exit)
          expect(await table()).toEqual(before)
          expect(await saved()).toEqual(before)
        } finally {
          await cluster.on('rs3', mend)
          await cluster.lab.ready()
        }
      },
    )

    it('one that a killed run left half taken in is taken in by the next', async () => {
      inventory('rs1', 'rs2', 'rs3')
      await underLoad(async () => {
        const run = await cluster.start('add-realserver.yml')
        const isIn = async () => (await table()).some((line) => line.includes('139.5:80'))
        for (let tries = 0; tries < 300 && !(await isIn()); tries++);
        process.kill(run.pid, 'SIGKILL')
        await run.ended
        expect(await isIn()).toBe(true)
        const again = await cluster.play('add-realserver.yml')
        expect(failures(again)).toEqual([])
        expect(again.exit).toBe(0)
      })
      expect(await table()).toEqual([...TWO, entry(5, 2)])
      expect(await cluster.on('director', 'ls /var/lib/dr-play')).not.toContain('joining')
    })
  })

  it('stop.yml puts back what was there, and start.yml brings it all up again', async () => {
    const stopped = await cluster.play('stop.yml', '-e', 'force=true')
    expect(stopped.stderr).toBe('')
    expect(failures(stopped)).toEqual([])
    expect(stopped.exit).toBe(0)
    const state = (host: string) =>
      cluster.on(
        host,
        `ip -o addr | grep ' ${VIP}/' || :; cat /proc/sys/net/ipv4/conf/all/arp_ignore /proc/sys/net/ipv4/ip_forward`,
      )
    expect(await state('rs1')).toBe('0\n0\n')
    expect(await state('director')).toBe('0\n0\n')
    expect(await table()).toEqual([''])
    const started = await cluster.play('start.yml')
    expect(failures(started)).toEqual([])
    expect(
      await until(
        async () => (await cluster.client(`curl -sS -m 5 http://${VIP}/`)).includes('www.RS'),
        10,
      ),
    ).toBe(true)
    expect(changes(await cluster.play('site.yml'))).toEqual([])
  })
})
