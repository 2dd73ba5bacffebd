import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/support.js'
import { Cluster } from '../support/cluster.js'

const INVENTORY = `[realserver]
rs1 ansible_host=192.168.139.2
[director]
director ansible_host=192.168.139.3
[all:vars]
vip=192.168.139.6
`

// Processes started on the host are most of what a converged run costs there.
describeLab('processes on a host that is in state', () => {
  let cluster: Cluster
  let login = 0

  beforeAll(async () => {
    cluster = await Cluster.up('processes', { inventory: INVENTORY, without: ['director'] })
    cluster.write('both.yml', play('roles: [realserver, apache-backend]'))
    const run = await cluster.play('both.yml')
    expect(run.exit).toBe(0)
    // What every run does: log in, take the lock, read the facts.
    cluster.write('facts.yml', play('tasks: [{ debug: { msg: "{{ ansible_hostname }}" } }]'))
    login = await started(() => settled('facts.yml'))
  })
  afterAll(() => cluster.down())

  const play = (rest: string) => `- hosts: realserver\n  ${rest}\n`
  const settled = async (book: string) => {
    const { exit, events } = await cluster.play(book)
    expect(exit).toBe(0)
    expect(events.filter((one) => one.event === 'task' && one.status === 'changed')).toEqual([])
  }

  /** The last process number that was given, in the host's own count. */
  const last = async () =>
    Number((await cluster.on('rs1', 'cat /proc/loadavg')).trim().split(' ')[4])

  /** How many processes it takes on the host: the fewest of some times, for other things start some, too. */
  async function started(act: () => Promise<unknown>): Promise<number> {
    const counts: number[] = []
    for (let i = 0; i < 3; i++) {
      const [before, again] = [await last(), await last()]
      await act()
      counts.push((await last()) - again - (again - before))
    }
    return Math.min(...counts)
  }

  it('login, lock and facts are 8', () => {
    expect(login).toBeLessThanOrEqual(8)
  })

  it('the role realserver is looked at with 5', async () => {
    cluster.write('role.yml', play('roles: [realserver]'))
    expect((await started(() => settled('role.yml'))) - login).toBeLessThanOrEqual(5)
  })

  it('the role apache-backend with 6: of a service with a pid file no script is asked', async () => {
    cluster.write('role.yml', play('roles: [apache-backend]'))
    expect((await started(() => settled('role.yml'))) - login).toBeLessThanOrEqual(6)
  })
})
