import { chmod } from 'node:fs/promises'
import { describe, expect, vi } from 'vitest'
import { canMakeNetns, makeNetns } from '../support/netns.js'
import { type Played, test } from '../support/play.js'

/** Two hosts, a and b, that have this machine's files, and each an `ip` of a network of its own. */
const on = test
  .extend<{ networks: undefined }>({
    networks: [
      async ({ site }, use) => {
        const netns = makeNetns()
        netns.run('ip address add 10.9.0.1/24 dev eth0')
        netns.peer('ip address add 10.9.0.2/24 dev eth0')
        await site.write({
          'bin/ip': `#!/bin/sh
case $DR_PLAY_STATE in */b*) netns=${netns.name}-peer ;; *) netns=${netns.name} ;; esac
exec /usr/sbin/ip netns exec $netns /usr/sbin/ip "$@"
`,
        })
        await chmod(site.path('bin/ip'), 0o755)
        vi.stubEnv('PATH', `${site.path('bin')}:${process.env.PATH}`)
        await use(undefined)
        vi.unstubAllEnvs()
        netns.remove()
      },
      { auto: true },
    ],
  })
  .runIf(canMakeNetns)

const inventory = 'a\nb'
const addresses = '{{ join ansible_all_ipv4_addresses " " }}'

describe('setup', () => {
  on('gathers the facts of its host anew, for what follows', async ({ site }) => {
    const { exit, tasks, tallies } = await site.play(
      `
- hosts: a
  tasks:
    - { name: before, debug: { msg: '${addresses}' } }
    - { address: { device: eth0, address: 10.9.0.77/24 } }
    - setup:
      register: told
    - { name: after, debug: { msg: '${addresses}' } }
    - { name: told, debug: { msg: '{{ join told.ansible_facts.ansible_all_ipv4_addresses " " }}' } }
- hosts: a
  tasks: [{ name: later, debug: { msg: '${addresses}' } }]
`,
      { inventory },
    )
    expect(tasks.filter(({ status }) => status === 'failed')).toEqual([])
    expect(exit).toBe(0)
    const messages = tasks.flatMap(({ task, message }) =>
      message === undefined ? [] : [[task, message]],
    )
    const now = '10.9.0.1 10.9.0.77'
    expect(messages).toEqual([
      ['before', '10.9.0.1'],
      ['after', now],
      ['told', now],
      ['later', now],
    ])
    // hello; a look at the address; it; the facts, alone. The rest asks for nothing.
    expect(tallies.a).toMatchObject({ ok: 5, changed: 1, trips: 4 })
  })

  const readsBoth = `
    - name: own
      debug: { msg: '${addresses}' }
    - name: other
      debug: { msg: '{{ join hostvars.b.ansible_all_ipv4_addresses " " }}' }
`
  const messages = ({ tasks }: Played) =>
    tasks.filter(({ task }) => ['own', 'other'].includes(task)).map(({ message }) => message)

  on('delegated with delegate_facts, it is about the other host', async ({ site }) => {
    const played = await site.play(
      `
- hosts: a
  tasks:
    - { setup: , delegate_to: b, delegate_facts: true }${readsBoth}`,
      { inventory },
    )
    expect(messages(played)).toEqual(['10.9.0.1', '10.9.0.2'])
  })

  on(
    'delegated without it, the facts are taken for the own ones, as in Ansible',
    async ({ site }) => {
      const played = await site.play(
        `
- hosts: a:b
  tasks:
    - { setup: , delegate_to: b, when: inventory_hostname == 'a' }
- hosts: a
  tasks:${readsBoth}`,
        { inventory },
      )
      expect(messages(played)).toEqual(['10.9.0.2', '10.9.0.2'])
    },
  )

  on(
    'the facts of a host that is asked before its own play are its own there',
    async ({ site }) => {
      const played = await site.play(
        `
- hosts: a
  tasks:
    - { setup: { filter: no_such_fact }, delegate_to: b, delegate_facts: true }
- hosts: b
  tasks: [{ name: own, debug: { msg: '${addresses}' } }]
`,
        { inventory },
      )
      expect(messages(played)).toEqual(['10.9.0.2'])
      expect(await site.has('state/b.lock')).toBe(true)
    },
  )

  test.for([
    ['ansible_user*', ['ansible_user_id']],
    ['hostname', ['ansible_hostname']],
    ['[hostname, "*_mgr"]', ['ansible_hostname', 'ansible_service_mgr', 'ansible_pkg_mgr']],
    ['nothing', []],
  ] as const)('filter: %s', async ([filter, names], { site }) => {
    const { tasks } = await site.play(`
- hosts: all
  tasks:
    - { setup: { filter: ${filter} }, register: told }
    - { name: kept, debug: { msg: '{{ ansible_os_family }}' } }
    - debug: { var: 'told.ansible_facts | list' }
`)
    expect(tasks[1]!.message).toBe('Debian')
    const [list] = Object.values(JSON.parse(tasks[2]!.message!) as object) as string[][]
    expect(list!.sort()).toEqual([...names].sort())
  })

  test('a filter that is no pattern is an error before any host is contacted', async ({ site }) => {
    expect(
      await site.problems('- hosts: all\n  tasks: [{ setup: { filter: "[z-a]" } }]\n'),
    ).toEqual([expect.stringMatching(/^play.yml:2:\d+ filter: "\[z-a\]" is no pattern of names/)])
  })
})

describe('set_fact', () => {
  test('with delegate_facts sets it on the other host, in the run or not', async ({ site }) => {
    const yaml = (hosts: string) => `
- hosts: ${hosts}
  tasks:
    - { set_fact: { x: 1 }, delegate_to: b, delegate_facts: true, when: inventory_hostname == 'a' }
- hosts: a
  tasks: [{ debug: { msg: '{{ hostvars.b.x }} {{ defined "x" }}' } }]
`
    for (const hosts of ['all', 'a']) {
      const { tasks, exit } = await site.play(yaml(hosts), { inventory })
      expect(exit).toBe(0)
      expect(tasks.at(-1)!.message).toBe('1 false')
    }
  })

  test('with run_once sets it on all hosts of the batch', async ({ site }) => {
    const { tasks, exit } = await site.play(
      `
- hosts: all
  tasks:
    - { set_fact: { x: '{{ inventory_hostname }}' }, run_once: true }
    - { name: reads, debug: { msg: '{{ x }}' } }
`,
      { inventory },
    )
    expect(exit).toBe(0)
    const reads = tasks.filter(({ task }) => task === 'reads')
    expect(reads.map(({ message }) => message)).toEqual(['a', 'a'])
  })
})
