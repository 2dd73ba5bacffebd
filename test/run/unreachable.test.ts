import { describe, expect } from 'vitest'
import { test } from '../support/play.js'

const dead = 'ansible_connection=ssh ansible_host=127.0.0.1 ansible_port=1'

/** Ends the session's shell, and what the run left there when it took the host. */
const dies = 'rm {{dir}}/state/here.lock; kill -9 $PPID'

describe('ignore_unreachable of a task', () => {
  test.for([
    [
      'a task',
      `{ name: asks, command: 'true', delegate_to: dead, ignore_unreachable: true, register: said }`,
    ],
    [
      'a block',
      `{ ignore_unreachable: true, block: [{ name: asks, command: 'true', delegate_to: dead, register: said }] }`,
    ],
  ])('goes on when the host it is delegated to is out of reach: %s', async ([, task], { site }) => {
    const { exit, story, tallies, tasks } = await site.play(
      `
- hosts: here
  tasks:
    - { name: before, command: 'true' }
    - ${task!}
    - { name: after, debug: { msg: x }, when: said is unreachable and said is not failed }
`,
      { inventory: `here\ndead ${dead}` },
    )
    expect(story).toEqual(['here before: changed', 'here asks: unreachable', 'here after: ok'])
    expect(tasks[1]).toMatchObject({ ignored: true, at: { line: 5 } })
    expect(tallies.here).toMatchObject({ ok: 1, changed: 1, ignored: 1, unreachable: 0 })
    expect(exit).toBe(0)
  })

  test('of the host itself: each such task is tried, one without it ends the play', async ({
    site,
  }) => {
    const { exit, story, tallies } = await site.play(
      `
- hosts: dead
  gather_facts: false
  tasks:
    - { name: one, command: 'true', ignore_unreachable: true }
    - { name: two, command: 'true', ignore_unreachable: true }
    - { name: three, command: 'true' }
    - { name: never, debug: { msg: x } }
`,
      { inventory: `dead ${dead}` },
    )
    expect(story).toEqual(['dead one: unreachable', 'dead two: unreachable'])
    expect(tallies.dead).toMatchObject({ ignored: 2, unreachable: 1 })
    expect(exit).toBe(4)
  })

  test('a host that goes away in a task is met again, and taken again', async ({ site }) => {
    const { exit, story, events } = await site.play(`
- hosts: all
  tasks:
    - { name: dies, shell: '${dies}', ignore_unreachable: true }
    - { name: again, shell: '${dies}', ignore_unreachable: true }
    - { name: lives, command: 'true' }
`)
    expect(story).toEqual([
      'here dies: unreachable',
      'here again: unreachable',
      'here lives: changed',
    ])
    expect(exit).toBe(0)
    expect(events.filter(({ event }) => event === 'host')).toEqual([])
    expect(await site.has('state/here.lock')).toBe(true)
  })
})

test('ignore_unreachable of a play: in a later one the host is taken again', async ({ site }) => {
  const { story } = await site.play(`
- hosts: all
  ignore_unreachable: true
  tasks: [{ name: dies, shell: '${dies}' }]
- hosts: all
  tasks: [{ name: lives, command: 'true' }]
`)
  expect(story).toEqual(['here lives: changed'])
  expect(await site.has('state/here.lock')).toBe(true)
})
