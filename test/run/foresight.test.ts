import { describe, expect } from 'vitest'
import type { Facts } from '../../src/core/facts.js'
import type { FactCache } from '../../src/run/foresight.js'
import { test } from '../support/play.js'

/** What hosts told, by name. */
class Told implements FactCache {
  readonly facts = new Map<string, Facts>()

  get({ name }: { name: string }): Facts | undefined {
    return this.facts.get(name)
  }

  put({ name }: { name: string }, facts: Facts): void {
    this.facts.set(name, facts)
  }

  spoil(name: string, wrong: Partial<Facts>): void {
    this.facts.set(name, { ...this.facts.get(name)!, ...wrong })
  }
}

const FACTS = `
- hosts: all
  tasks:
    - { copy: { dest: '{{dir}}/of', content: 'on {{ansible_hostname}}' } }
    - { copy: { dest: '{{dir}}/{{item}}', content: '{{ansible_kernel}}' }, loop: [x, y] }
    - { name: never, debug: { msg: never }, when: ansible_os_family == 'Plan9' }
    - include_tasks: more.yml
`
const MORE = "- { copy: { dest: '{{dir}}/more', content: '{{ansible_hostname}}' } }\n"

describe('a host in state is asked once', () => {
  test('when no facts are needed', async ({ site }) => {
    const yaml = "- hosts: all\n  tasks: [{ copy: { dest: '{{dir}}/a', content: x } }]\n"
    expect((await site.play(yaml)).tallies.here).toMatchObject({ changed: 1, trips: 2 })
    expect((await site.play(yaml)).tallies.here).toMatchObject({ ok: 1, trips: 1 })
    const check = await site.play(yaml, { check: true })
    expect(check.tallies.here).toMatchObject({ ok: 1, trips: 1 })
  })

  test('when its facts are what it told before; else twice', async ({ site }) => {
    await site.write({ 'more.yml': MORE })
    const factCache = new Told()
    const first = await site.play(FACTS, { factCache })
    expect(first.tallies.here).toMatchObject({ changed: 4, trips: 3 })
    expect((await site.play(FACTS)).tallies.here).toMatchObject({ ok: 4, changed: 0, trips: 2 })
    const known = await site.play(FACTS, { factCache })
    expect(known.tallies.here).toMatchObject({ ok: 4, changed: 0, skipped: 1, trips: 1 })
    expect(known.story).toEqual((await site.play(FACTS)).story)
  })

  test('wrong facts cost a trip, and nothing else comes of them', async ({ site }) => {
    await site.write({ 'more.yml': MORE })
    const factCache = new Told()
    await site.play(FACTS, { factCache })
    const right = await site.read('of')
    factCache.spoil('here', { hostname: 'elsewhere', os_family: 'Plan9', kernel: '0' })
    const { tallies, story } = await site.play(FACTS, { factCache })
    expect(tallies.here).toMatchObject({ ok: 4, changed: 0, skipped: 1, trips: 2 })
    expect(story).toContain('here never: skipped')
    expect(await site.read('of')).toBe(right)
    factCache.spoil('here', { all_ipv4_addresses: ['192.0.2.1'] })
    expect((await site.play(FACTS, { factCache })).tallies.here!.trips).toBe(1)
    // What it told this time is what the next run goes by.
    expect((await site.play(FACTS, { factCache })).tallies.here!.trips).toBe(1)
  })
})

describe('foresight ends', () => {
  test.for([
    ['at a result that is not there yet', "copy: { dest: '{{dir}}/b', content: '{{a.rc}}' }"],
    ['at a set_fact', 'set_fact: { b: 1 }'],
    ['at a task for another', "command: 'true'\n      delegate_to: other"],
    ['at a task that is tried again', "command: 'true'\n      until: true"],
  ])('%s', async ([, second], { site }) => {
    const { exit, tallies } = await site.play(
      `
- hosts: here
  tasks:
    - { command: 'true', register: a, changed_when: false }
    - ${second!}
    - { copy: { dest: '{{dir}}/c', content: c } }
`,
      { inventory: 'here\nother' },
    )
    expect(exit).toBe(0)
    expect(tallies.here!.ok + tallies.here!.changed).toBe(3)
    expect(await site.read('c')).toBe('c')
  })
})
