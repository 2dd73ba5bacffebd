import { describe, expect } from 'vitest'
import { test } from '../support/play.js'
import { snapshot } from '../support/converge.js'

const yaml = `
- hosts: all
  handlers:
    - { name: h, shell: 'echo h >>{{dir}}/hosts/log' }
  tasks:
    - { name: file, copy: { dest: '{{dir}}/hosts/a', content: x }, notify: h }
    - { name: command, command: echo hello, register: said }
    - { name: reads, copy: { dest: '{{dir}}/hosts/b', content: '{{said.stdout}}' } }
    - { name: asks, debug: { msg: yes }, when: said.stdout == 'hello' }
    - { name: only changed, debug: { msg: it }, when: said.changed }
    - { name: probe, command: echo probe, register: probed, changed_when: false }
    - { name: looks, command: echo looked, register: looked, changed_when: false, check_mode: false }
    - { name: reads the look, debug: { msg: '{{looked.stdout}}' } }
    - { name: wait, wait_for: { path: '{{dir}}/hosts/a', timeout: 1 } }
`

describe('a check', () => {
  test('changes nothing, and leaves out what reads what was only planned', async ({ site }) => {
    await site.write({ 'hosts/old': 'x' })
    const before = await snapshot(site.path('hosts'))
    const { exit, story, tallies, tasks, events } = await site.play(yaml, { check: true })
    expect(await snapshot(site.path('hosts'))).toEqual(before)
    expect(story).toEqual([
      'here file: changed',
      'here command: changed',
      'here reads: skipped',
      'here asks: skipped',
      'here only changed: ok',
      'here probe: skipped',
      'here looks: ok',
      'here reads the look: ok',
      'here wait: skipped',
      'here h: changed',
    ])
    expect(exit).toBe(3)
    expect(tallies.here).toMatchObject({ changed: 3, skipped: 4, ok: 3, failed: 0 })
    expect(tasks.find(({ task }) => task === 'file')!.check).toBe(true)
    expect(events[0]).toMatchObject({ event: 'run', check: true })
    expect(await site.has('state/here/pending')).toBe(false)
  })

  test('takes no lock and leaves no state', async ({ site }) => {
    await site.play(yaml, { check: true, inventory: 'h' })
    expect(await site.has('state/h')).toBe(false)
  })

  test('of a host in state ends with 0', async ({ site }) => {
    const one = `- hosts: all\n  tasks: [{ copy: { dest: '{{dir}}/a', content: x } }]\n`
    await site.play(one)
    expect((await site.play(one, { check: true })).exit).toBe(0)
  })

  test('lists exactly what the run then does', async ({ site }) => {
    const two = `
- hosts: all
  tasks:
    - { name: dir, file: { path: '{{dir}}/d', state: directory } }
    - { name: in it, copy: { dest: '{{dir}}/d/a', content: x } }
    - { name: link, file: { path: '{{dir}}/l', src: d, state: link } }
`
    const planned = await site.play(two, { check: true })
    const done = await site.play(two)
    const summaries = (tasks: typeof done.tasks) =>
      tasks.map(({ task, changes }) => [task, ...changes.map(({ summary }) => summary)])
    expect(summaries(planned.tasks)).toEqual(summaries(done.tasks))
  })

  test('fails where waiting would, when nothing is planned', async ({ site }) => {
    const { exit, tasks } = await site.play(
      `- hosts: all\n  tasks: [{ wait_for: { path: /nonexistent } }]\n`,
      { check: true },
    )
    expect(exit).toBe(2)
    expect(tasks[0]!.message).toContain('not so: wait until /nonexistent is there')
  })
})

describe('per host', () => {
  const each = `- hosts: all\n  tasks: [{ copy: { dest: '{{dir}}/{{inventory_hostname}}', content: x } }]\n`
  test.for([
    ['--check-hosts', { checkHosts: 'b', inventory: 'a\nb' }],
    ['check_mode in the inventory', { inventory: 'a\nb check_mode=True' }],
    ['check_mode in lower case', { inventory: 'a\nb check_mode=true' }],
    ['check_mode: yes', { inventory: 'a\nb check_mode=yes' }],
  ] as const)('%s', async ([, options], { site }) => {
    const { exit, events } = await site.play(each, options)
    expect([await site.has('a'), await site.has('b')]).toEqual([true, false])
    expect(exit).toBe(3)
    expect(events[0]).toMatchObject({ check: false })
  })

  test('a task can be checked alone', async ({ site }) => {
    const { exit, tasks } = await site.play(
      `- hosts: all\n  tasks: [{ copy: { dest: '{{dir}}/a', content: x }, check_mode: true }]\n`,
    )
    expect(tasks[0]).toMatchObject({ status: 'changed', check: true })
    expect(exit).toBe(0)
    expect(await site.has('a')).toBe(false)
  })
})
