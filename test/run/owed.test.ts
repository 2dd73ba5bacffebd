import { describe, expect } from 'vitest'
import type { Event } from '../../src/core/event.js'
import { type Played, test, type TestSite } from '../support/play.js'

const log = (word: string) => `shell: 'echo ${word} >>{{dir}}/log'`

/** A play that notifies `restart`, and then may break off. */
const play = (word: string, { broken = false, name = '' } = {}) => `
- hosts: all
  ${name && `name: ${name}`}
  handlers: [{ name: restart, ${log(word)} }]
  tasks:
    - { copy: { dest: '{{dir}}/${word}', content: x }, notify: restart }
    - { command: '${broken ? 'false' : 'true'}', changed_when: false }
`

const notes = ({ events }: Pick<Played, 'events'>) =>
  events.flatMap((event: Event) => (event.event === 'note' ? event.message : []))

const list = async (site: TestSite) =>
  (await site.has('state/here/pending')) ? (await site.read('state/here/pending')).split('\n') : []

const logged = async (site: TestSite) => ((await site.has('log')) ? site.read('log') : '')

describe('a handler that a broken-off run owes is not', () => {
  test("another playbook's of the same name, whose run says what is owed", async ({ site }) => {
    await site.play(play('a', { broken: true }), { file: 'a.yml' })
    const before = await list(site)
    const other = await site.play(play('b'), { file: 'b.yml' })
    expect(other.exit).toBe(0)
    expect(await logged(site)).toBe('b\n')
    expect(await list(site)).toEqual(before)
    expect(notes(other)).toEqual([
      expect.stringMatching(
        /^an earlier run broke off before "restart" of the play "all" in [^/]+\/a\.yml, and still owes it: run that playbook again/,
      ),
    ])
    await site.play(play('a'), { file: 'a.yml' })
    expect(await logged(site)).toBe('b\na\n')
    expect(await list(site)).toEqual([])
  })

  test('that of a playbook of the same name in another folder', async ({ site }) => {
    await site.play(play('a', { broken: true }), { file: 'web/site.yml' })
    await site.play(play('b'), { file: 'db/site.yml' })
    expect(await logged(site)).toBe('b\n')
    await site.play(play('a'), { file: 'web/site.yml' })
    expect(await logged(site)).toBe('b\na\n')
    expect(await list(site)).toEqual([])
  })

  test.for([
    ['another name', 'one', 'two'],
    ['the same name', 'same', 'same'],
    ['no name', '', ''],
  ])("another play's in the same playbook: plays of %s", async ([, one, two], { site }) => {
    const [first, second] = [
      play('a', { name: one! }),
      play('b', { name: two!, broken: true }),
    ] as const
    await site.play(`${first}${second}`)
    expect(await logged(site)).toBe('a\n')
    // What the first play owes now, its handler pays; the second's is not touched by that.
    await site.write({ a: 'other' })
    const { events } = await site.play(`${first}${play('b', { name: two! })}`)
    expect(await logged(site)).toBe('a\na\nb\n')
    expect(notes({ events })).toHaveLength(1)
    expect(await list(site)).toEqual([])
  })

  test("another role's", async ({ site }) => {
    const role = (word: string) => ({
      [`roles/${word}/tasks/main.yml`]: `- { copy: { dest: '{{dir}}/${word}', content: x }, notify: restart }`,
      [`roles/${word}/handlers/main.yml`]: `- { name: restart, ${log(word)} }`,
    })
    await site.write({ ...role('a'), ...role('b') })
    const roles = (names: string, command: string) =>
      `[{ hosts: all, roles: [${names}], post_tasks: [{ command: '${command}', changed_when: false }] }]`
    const notified = roles('a', 'true').replace(
      'roles:',
      "pre_tasks: [{ command: 'true' }], roles:",
    )
    // It breaks off before the end of the part, where the handler would run.
    const broken = notified.replace(', post_tasks', ", tasks: [{ command: 'false' }], post_tasks")
    await site.play(broken)
    expect(await list(site)).toHaveLength(2)
    await site.play(roles('b', 'true'))
    expect(await logged(site)).toBe('b\n')
    expect(await list(site)).toHaveLength(2)
    await site.play(roles('a, b', 'true'))
    expect(await logged(site)).toBe('b\na\n')
    expect(await list(site)).toEqual([])
  })

  test('another one of its name that listens to the same topic', async ({ site }) => {
    const yaml = (second: string) => `
- hosts: all
  handlers:
    - { name: h, listen: topic, ${log('1')} }
    - { name: h, listen: topic, shell: '${second}' }
  tasks: [{ copy: { dest: '{{dir}}/a', content: x }, notify: topic }]
`
    await site.play(yaml('exit 1'))
    expect(await logged(site)).toBe('1\n')
    await site.play(yaml('echo 2 >>{{dir}}/log'))
    expect(await logged(site)).toBe('1\n2\n')
    expect(await list(site)).toEqual([])
  })
})

describe('a handler that a broken-off run owes is the same', () => {
  test('where the playbook lies in a folder of another name', async ({ site }) => {
    await site.play(play('a', { broken: true }), { file: 'checkout/site.yml' })
    await site.play(play('a'), { file: 'work/site.yml' })
    expect(await logged(site)).toBe('a\n')
    expect(await list(site)).toEqual([])
  })

  test('when it was mended since', async ({ site }) => {
    await site.play(play('a', { broken: true }))
    await site.play(play('a').replace('echo', 'echo mended'))
    expect(await logged(site)).toBe('mended a\n')
    expect(await list(site)).toEqual([])
  })

  test('when its play is imported, or run by itself', async ({ site }) => {
    await site.write({ 'web.yml': play('a', { broken: true }) })
    await site.play('- import_playbook: web.yml')
    await site.play(play('a'), { file: 'web.yml' })
    expect(await logged(site)).toBe('a\n')
    expect(await list(site)).toEqual([])
  })
})

test.for([
  ['a line feed', '"two\\nlines"'],
  ['an escape', '"\\e[31mred"'],
  ['a backslash and quotes at its end', `'it''s "\\'`],
  ['a beginning like JSON', `'{"handler": 1}'`],
])('a handler is struck off whose name has %s', async ([, name], { site }) => {
  const yaml = (broken: boolean) => play('a', { broken }).replaceAll('restart', () => name!)
  await site.play(yaml(true))
  expect(await list(site)).toHaveLength(2)
  await site.play(yaml(false))
  expect(await logged(site)).toBe('a\n')
  expect(await list(site)).toEqual([])
})

describe('a list that an older version wrote', () => {
  test('has names alone, which are understood', async ({ site }) => {
    await site.write({ 'state/here/pending': 'restart\nrole : h\n' })
    const played = await site.play(play('a'))
    expect(await logged(site)).toBe('a\n')
    expect(await list(site)).toEqual(['role : h', ''])
    expect(notes(played)).toEqual([
      'an earlier run broke off before "restart": it runs now',
      expect.stringContaining('before "role : h", and still owes it'),
    ])
  })
})

test('what a trip did not come to owe is owed by the change that a rescue makes', async ({
  site,
}) => {
  // The list as it is when the rescue's change is put in place.
  const look = 'cp {{dir}}/state/here/pending {{dir}}/then'
  await site.play(`
- hosts: all
  handlers: [{ name: h, ${log('h')} }]
  tasks:
    - block:
        - { copy: { dest: '{{dir}}/no/folder', content: x } }
        - { copy: { dest: '{{dir}}/a', content: x }, notify: h }
      rescue:
        - { copy: { dest: '{{dir}}/b', content: x, validate: 'sh -c "${look} #%s"' }, notify: h }
`)
  expect(await logged(site)).toBe('h\n')
  expect(await site.read('then')).toContain('"h"')
  expect(await list(site)).toEqual([])
})

test('a handler on the lists of two users is struck off both', async ({ site }) => {
  const yaml = (broken: boolean) => `
- hosts: all
  handlers: [{ name: h, ${log('h')} }]
  tasks:
    - { copy: { dest: '{{dir}}/a', content: x }, notify: h }
    - { command: '${broken ? 'false' : 'true'}', changed_when: false, become: true }
`
  await site.play(yaml(true))
  await site.write({ 'state/here-root/pending': await site.read('state/here/pending') })
  await site.play(yaml(false))
  expect(await site.has('state/here/pending')).toBe(false)
  expect(await site.has('state/here-root/pending')).toBe(false)
})
