import { describe, expect } from 'vitest'
import { test } from '../support/play.js'

describe('a block', () => {
  test('rescue mends a failure, always runs, and the play goes on', async ({ site }) => {
    const { exit, story, tallies } = await site.play(`
- hosts: all
  tasks:
    - block:
        - { name: one, debug: { msg: 1 } }
        - { name: breaks, command: 'false' }
        - { name: never, debug: { msg: never } }
      rescue:
        - { name: mends, debug: { msg: '{{ ansible_failed_task.name }}' } }
      always:
        - { name: last, debug: { msg: last } }
    - { name: after, debug: { msg: after } }
`)
    expect(story).toEqual([
      'here one: ok',
      'here breaks: failed',
      'here mends: ok',
      'here last: ok',
      'here after: ok',
    ])
    expect(exit).toBe(0)
    expect(tallies.here).toMatchObject({ ok: 4, failed: 0, rescued: 1 })
  })

  test('without a failure rescue does not run', async ({ site }) => {
    const { story } = await site.play(`
- hosts: all
  tasks:
    - block: [{ name: one, debug: { msg: 1 } }]
      rescue: [{ name: mends, debug: { msg: 1 } }]
      always: [{ name: last, debug: { msg: 1 } }]
`)
    expect(story).toEqual(['here one: ok', 'here last: ok'])
  })

  test('without a rescue the always runs, and then the host has failed', async ({ site }) => {
    const { exit, story, tallies } = await site.play(`
- hosts: all
  tasks:
    - block: [{ name: breaks, command: 'false' }]
      always: [{ name: last, debug: { msg: 1 } }]
    - { name: never, debug: { msg: 1 } }
`)
    expect(story).toEqual(['here breaks: failed', 'here last: ok'])
    expect(exit).toBe(2)
    expect(tallies.here!.failed).toBe(1)
  })

  test('a failure in a rescue goes to the block around it', async ({ site }) => {
    const { exit, story } = await site.play(`
- hosts: all
  tasks:
    - block:
        - block: [{ name: breaks, command: 'false' }]
          rescue: [{ name: breaks too, fail: { msg: broken } }]
          always: [{ name: inner, debug: { msg: 1 } }]
        - { name: never, debug: { msg: 1 } }
      rescue: [{ name: outer, debug: { msg: 1 } }]
`)
    expect(story).toEqual([
      'here breaks: failed',
      'here breaks too: failed',
      'here inner: ok',
      'here outer: ok',
    ])
    expect(exit).toBe(0)
  })

  test('a failure of arguments is rescued as well, and a condition holds for all of it', async ({
    site,
  }) => {
    const { story, exit } = await site.play(`
- hosts: all
  tasks:
    - block: [{ name: reads, debug: { msg: '{{ said.nothing }}' } }]
      rescue: [{ name: mends, debug: { msg: 1 } }]
    - when: false
      block: [{ name: not, debug: { msg: 1 } }]
      always: [{ name: nor, debug: { msg: 1 } }]
  pre_tasks: [{ name: says, command: echo hi, register: said }]
`)
    expect(story).toEqual([
      'here says: changed',
      'here reads: failed',
      'here mends: ok',
      'here not: skipped',
      'here nor: skipped',
    ])
    expect(exit).toBe(0)
  })

  test('tags reach inside', async ({ site }) => {
    const yaml = `
- hosts: all
  tasks:
    - block:
        - { name: a, debug: { msg: 1 }, tags: [t] }
        - { name: b, debug: { msg: 1 } }
      always: [{ name: c, debug: { msg: 1 }, tags: [t] }]
`
    expect((await site.play(yaml, { tags: ['t'] })).story).toEqual(['here a: ok', 'here c: ok'])
  })
})
