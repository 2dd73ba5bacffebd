import { describe, expect } from 'vitest'
import type { Event } from '../../src/core/event.js'
import { test } from '../support/play.js'

/** How many hosts were in a task at once, at most. */
function crowd(events: readonly Event[], name: string): number {
  let inside = 0
  let most = 0
  for (const event of events) {
    if (event.event === 'start' && event.task === name) most = Math.max(most, ++inside)
    if (event.event === 'task' && event.task === name) inside--
  }
  return most
}

const hosts = ['a', 'b', 'c', 'd', 'e']
const inventory = hosts.join('\n')

describe('throttle', () => {
  test('tasks that are delegated to one host do not race there', async ({ site }) => {
    await site.write({ count: '0\n' })
    const { exit, events, story } = await site.play(
      `
- hosts: all
  tasks:
    - name: counts
      shell: 'read -r n <{{dir}}/count; sleep 0.02; echo $((n + 1)) >{{dir}}/count'
      delegate_to: a
      throttle: 1
    - { name: after, debug: { msg: x } }
`,
      { inventory },
    )
    expect(exit).toBe(0)
    expect(await site.read('count')).toBe('5\n')
    expect(crowd(events, 'counts')).toBe(1)
    expect(story.filter((line) => line.endsWith('after: ok'))).toHaveLength(5)
  })

  test.for([
    ['a task', 'tasks: [{ name: t, command: "true", throttle: 1 }]'],
    ['a block', 'tasks: [{ throttle: 1, block: [{ name: t, command: "true" }] }]'],
    ['a play', 'throttle: 1\n  tasks: [{ name: t, command: "true" }]'],
    [
      'a task, over its block',
      'tasks: [{ throttle: 2, block: [{ name: t, command: "true", throttle: 1 }] }]',
    ],
    [
      'a handler',
      'tasks: [{ command: "true", notify: t }]\n  handlers: [{ name: t, command: "true", throttle: 1 }]',
    ],
  ])('of %s', async ([, tasks], { site }) => {
    const { exit, events } = await site.play(`- hosts: all\n  ${tasks!}\n`, { inventory })
    expect(exit).toBe(0)
    expect(crowd(events, 't')).toBe(1)
  })

  test('2 lets two in at once, and no third', async ({ site }) => {
    const meet = `for i in 1 2 3 4 5 6 7 8 9 10; do
  set -- {{dir}}/in-*; [ $# = 2 ] && exit; sleep 1; done; exit 1`
    const { exit, events } = await site.play(
      `
- hosts: all
  tasks:
    - name: meet
      shell: |
        touch {{dir}}/in-{{ inventory_hostname }}
        ${meet.replaceAll('\n', '\n        ')}
      throttle: 2
`,
      { inventory: 'a\nb' },
    )
    expect(exit).toBe(0)
    expect(crowd(events, 'meet')).toBe(2)
  })

  test('of a role', async ({ site }) => {
    await site.write({ 'roles/r/tasks/main.yml': '- { name: t, command: "true" }' })
    const { events } = await site.play('- hosts: all\n  roles: [{ role: r, throttle: 1 }]\n', {
      inventory,
    })
    expect(crowd(events, 'r : t')).toBe(1)
  })

  test('the task has a segment of its own, though those before it were skipped', async ({
    site,
  }) => {
    const { exit, events } = await site.play(
      `
- hosts: all
  tasks:
    - { name: not, command: 'true', when: false }
    - { name: one, command: 'true', throttle: 1 }
    - { name: all, command: 'true' }
`,
      { inventory },
    )
    expect(exit).toBe(0)
    // Had `all` been in its segment, it would have begun before `one` ended.
    for (const host of hosts) {
      const own = events.filter((event) => 'host' in event && event.host === host)
      const told = own.map((event) => `${event.event} ${'task' in event ? event.task : ''}`)
      expect(told).toEqual(['task not', 'start one', 'task one', 'start all', 'task all'])
    }
    expect(crowd(events, 'one')).toBe(1)
  })

  test('with run_once the others wait outside', async ({ site }) => {
    const { exit, tasks } = await site.play(
      `
- hosts: all
  tasks:
    - { name: first, command: sleep 0.05, when: inventory_hostname == 'a' }
    - { command: echo hi, run_once: true, throttle: 1, register: said }
    - { name: tells, debug: { msg: '{{ said.stdout }}' } }
`,
      { inventory },
    )
    expect(exit).toBe(0)
    expect(tasks.filter(({ message }) => message === 'hi')).toHaveLength(5)
  })

  test('once the play has ended for all, whoever waits stays out', async ({ site }) => {
    const { exit, story } = await site.play(
      `
- hosts: all
  any_errors_fatal: true
  tasks: [{ name: breaks, command: 'false', throttle: 1 }]
`,
      { inventory },
    )
    expect(exit).toBe(2)
    expect(story).toEqual([expect.stringMatching(/^. breaks: failed$/)])
  })

  test.for([
    ['many', '3:41 "throttle" must be a number, not "many" | throttle: 1'],
    ['-1', '3:41 "throttle" must be a whole number, 0 or more, not -1'],
    ['1.5', '3:41 "throttle" must be a whole number, 0 or more, not 1.5'],
  ])('%s is an error', async ([value, message], { site }) => {
    const yaml = `- hosts: all\n  tasks:\n    - { name: t, debug: { msg: x },     throttle: ${value!} }\n`
    expect(await site.problems(yaml)).toEqual([`play.yml:${message!}`])
  })
})
