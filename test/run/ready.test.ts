import { describe, expect } from 'vitest'
import { test } from '../support/play.js'

describe('when of a play', () => {
  test('chooses its hosts before the batches are cut', async ({ site }) => {
    const { events, story, exit } = await site.play(
      `
- hosts: all
  when: number > 1
  serial: 1
  tasks: [{ name: speaks, debug: { msg: x } }]
`,
      { inventory: 'a number=1\nb number=2\nc number=3' },
    )
    expect(exit).toBe(0)
    expect(story).toEqual(['b speaks: ok', 'c speaks: ok'])
    expect(events.filter(({ event }) => event === 'batch')).toHaveLength(2)
  })

  test('that holds for nobody leaves the play out, and the run goes on', async ({ site }) => {
    const { events, story, exit, tallies } = await site.play(`
- hosts: all
  when: false
  tasks: [{ name: speaks, debug: { msg: x } }]
- hosts: all
  gather_facts: false
  tasks: [{ name: goes on, debug: { msg: x } }]
`)
    expect(exit).toBe(0)
    expect(story).toEqual(['here goes on: ok'])
    expect(events).toContainEqual({ event: 'play', play: 'all', hosts: [] })
    expect(tallies.here!.trips).toBe(0)
  })

  test('that reads what only an unasked host knows fails, and says how to ask', async ({
    site,
  }) => {
    const { events, exit } = await site.play(`
- hosts: all
  when: ansible_os_family == 'Debian'
  tasks: [{ debug: { msg: x } }]
`)
    expect(exit).toBe(2)
    expect(events).toContainEqual({
      event: 'host',
      host: 'here',
      status: 'failed',
      message: expect.stringContaining('ansible_os_family') as string,
      hint: 'name the hosts that know it under facts_from',
    })
  })

  test('may stand in a playbook that is imported under another when', async ({ site }) => {
    await site.write({
      'other.yml': `
- hosts: all
  when: number == 1
  tasks: [{ name: speaks, debug: { msg: x } }]
`,
    })
    const { story } = await site.play(
      "- import_playbook: other.yml\n  when: inventory_hostname == 'a'",
      { inventory: 'a number=1\nb number=1\nc number=2' },
    )
    expect(story.sort()).toEqual(['a speaks: ok', 'b speaks: skipped'])
  })
})

describe('facts_from', () => {
  const yaml = `
- hosts: worker
  facts_from: boss
  when: hostvars.boss.ansible_os_family == 'Debian'
  tasks: [{ name: knows, debug: { msg: '{{ hostvars.boss.ansible_os_family }}' } }]
`
  const inventory = 'boss\n[worker]\na\nb'

  test('asks a host that --limit leaves out, in one trip', async ({ site }) => {
    const { tasks, tallies, exit } = await site.play(yaml, { inventory, limit: 'a' })
    expect(exit).toBe(0)
    expect(tasks.map(({ host, message }) => `${host}: ${message}`)).toEqual(['a: Debian'])
    expect(Object.keys(tallies).sort()).toEqual(['a', 'boss'])
    expect(tallies.boss).toMatchObject({ trips: 1, changed: 0 })
  })

  test('a host that cannot be asked ends the run, before any other is contacted', async ({
    site,
  }) => {
    const { story, events, tallies, exit } = await site.play(yaml, {
      inventory: 'boss ansible_connection=ssh ansible_host=127.0.0.1 ansible_port=1\n[worker]\na',
    })
    expect(exit).toBe(4)
    expect(story).toEqual([])
    expect(events).toContainEqual(expect.objectContaining({ event: 'host', host: 'boss' }))
    expect(tallies.a!.trips).toBe(0)
  })

  test('is asked anew by a later play when something was changed since', async ({ site }) => {
    const facts = '{{ hostvars.boss.ansible_ipvs_table }}'
    const play = (task: string) => `
- hosts: worker
  facts_from: boss
  tasks: [${task}]
`
    const quiet = play(`{ debug: { msg: '${facts}' } }`)
    const loud = play(`{ command: 'true' }`)
    const trips = async (yaml: string) => (await site.play(yaml, { inventory })).tallies.boss!.trips
    expect(await trips(quiet + quiet)).toBe(1)
    expect(await trips(loud + quiet)).toBe(2)
  })

  test('an unknown host is an error with its place', async ({ site }) => {
    expect(await site.problems('- hosts: all\n  facts_from: bos', { inventory: 'boss' })).toEqual([
      expect.stringMatching(/^play\.yml:2:15 .*"bos"/) as string,
    ])
  })
})

describe('gather_facts: false', () => {
  test('a host that does nothing of its own is not contacted', async ({ site }) => {
    const { tallies, story, exit } = await site.play(
      `
- hosts: dead
  gather_facts: false
  tasks:
    - { name: asks another, command: 'true', delegate_to: b }
    - { name: speaks, debug: { msg: x } }
`,
      { inventory: 'b\n[dead]\na ansible_connection=ssh ansible_host=127.0.0.1 ansible_port=1' },
    )
    expect(exit).toBe(0)
    expect(story).toEqual(['a asks another: changed', 'a speaks: ok'])
    expect(tallies.a!.trips).toBe(0)
  })

  test('the first task of its own contacts it, facts included', async ({ site }) => {
    const { story, tasks, exit } = await site.play(`
- hosts: all
  gather_facts: false
  tasks:
    - { name: family, debug: { msg: '{{ ansible_os_family }}' } }
    - { name: acts, command: 'true' }
`)
    expect(exit).toBe(0)
    expect(story).toEqual(['here family: ok', 'here acts: changed'])
    expect(tasks[0]!.message).toBe('Debian')
  })

  test('handlers that a broken-off run owes are found, all the same', async ({ site }) => {
    await site.write({ 'state/here/pending': 'tell\n' })
    const { story } = await site.play(`
- hosts: all
  gather_facts: false
  tasks: [{ name: acts, command: 'true' }]
  handlers: [{ name: tell, command: 'true' }]
`)
    expect(story).toEqual(['here acts: changed', 'here tell: changed'])
  })
})
