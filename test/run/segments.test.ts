import { describe, expect } from 'vitest'
import { type PlayOptions, test } from '../support/play.js'

const files = (count: number) =>
  Array.from({ length: count }, (_, i) => `    - copy: { dest: '{{dir}}/f${i}', content: '${i}' }`)

describe('trips', () => {
  test('a play of many tasks takes two at first, and one once it is in state', async ({ site }) => {
    const yaml = `- hosts: all\n  tasks:\n${files(20).join('\n')}\n`
    const first = await site.play(yaml)
    expect(first.exit).toBe(0)
    expect(first.tallies.here).toMatchObject({ changed: 20, ok: 0, trips: 2 })
    const second = await site.play(yaml)
    expect(second.tallies.here).toMatchObject({ changed: 0, ok: 20, trips: 1 })
  })

  test('a task that reads a result waits for it', async ({ site }) => {
    const { story, tallies } = await site.play(`
- hosts: all
  tasks:
    - { name: one, command: echo hello, register: said, changed_when: false }
    - { name: two, copy: { dest: '{{dir}}/two', content: '{{said.stdout}}' } }
`)
    expect(story).toEqual(['here one: ok', 'here two: changed'])
    expect(await site.read('two')).toBe('hello')
    // hello and a look; run; look for two, and write it.
    expect(tallies.here!.trips).toBe(4)
  })

  test('what may have disturbed the later tasks is followed by a new look, in one trip', async ({
    site,
  }) => {
    await site.write({ b: 'old' })
    const { story, tallies } = await site.play(`
- hosts: all
  tasks:
    - { name: spoil, shell: 'echo spoilt >{{dir}}/b' }
    - { name: mend, copy: { dest: '{{dir}}/b', content: good } }
`)
    expect(story).toEqual(['here spoil: changed', 'here mend: changed'])
    expect(await site.read('b')).toBe('good')
    // hello and a look at both; the command and a new look; the file.
    expect(tallies.here!.trips).toBe(3)
  })

  test('what is removed and then written again is there at the end, every time', async ({
    site,
  }) => {
    const yaml = `
- hosts: all
  tasks:
    - file: { path: '{{dir}}/x', state: absent }
    - copy: { dest: '{{dir}}/x', content: again }
`
    for (const run of [1, 2]) {
      await site.play(yaml)
      expect(await site.read('x'), `run ${run}`).toBe('again')
    }
  })

  test('two tasks on one thing are done one after the other', async ({ site }) => {
    await site.play(`
- hosts: all
  tasks:
    - copy: { dest: '{{dir}}/x', content: first }
    - { copy: { dest: '{{dir}}/x', content: second }, register: last }
    - copy: { dest: '{{dir}}/changed', content: '{{last.changed}}' }
`)
    expect(await site.read('x')).toBe('second')
    expect(await site.read('changed')).toBe('true')
  })
})

describe('a failure', () => {
  test('ends the play of its host, and what came before it stays done', async ({ site }) => {
    const { exit, story, tallies, tasks } = await site.play(`
- hosts: all
  tasks:
    - { name: before, copy: { dest: '{{dir}}/before', content: x } }
    - { name: broken, command: ls /nonexistent }
    - { name: after, copy: { dest: '{{dir}}/after', content: x } }
`)
    expect(exit).toBe(2)
    expect(story).toEqual(['here before: changed', 'here broken: failed'])
    expect(tallies.here).toMatchObject({ changed: 1, failed: 1 })
    expect(tasks[1]!.message).toContain('No such file')
    expect(tasks[1]!.at).toMatchObject({ file: site.path('play.yml'), line: 5 })
    expect(await site.has('after')).toBe(false)
  })

  test.for([
    ['a command', 'command: ls /nonexistent'],
    ['a task that finds out when it plans', 'fail: { msg: broken }'],
    ['a task whose arguments cannot be met', 'wait_for: { port: "{{zero}}" }'],
  ])('that is ignored lets the play go on: %s', async ([, module], { site }) => {
    const { exit, story, tallies, tasks } = await site.play(`
- hosts: all
  vars: { zero: "{{said.rc}}" }
  tasks:
    - { command: 'true', register: said, changed_when: false }
    - { name: bad, ${module!}, ignore_errors: true, register: bad }
    - { name: saw, debug: { msg: x }, when: bad.failed }
`)
    expect(exit).toBe(0)
    expect(story.slice(1)).toEqual(['here bad: failed', 'here saw: ok'])
    expect(tasks[1]!.ignored).toBe(true)
    expect(tallies.here).toMatchObject({ ok: 2, failed: 0, ignored: 1 })
  })

  test('of a host leaves the others alone', async ({ site }) => {
    const { exit, story, tallies } = await site.play(
      `
- hosts: all
  tasks:
    - { name: only on b, fail: { msg: broken }, when: inventory_hostname == 'b' }
    - { name: all, copy: { dest: '{{dir}}/{{inventory_hostname}}', content: x } }
`,
      { inventory: 'a\nb\nc' },
    )
    expect(exit).toBe(2)
    expect(story.filter((line) => line.endsWith('changed')).sort()).toEqual([
      'a all: changed',
      'c all: changed',
    ])
    expect(tallies.b).toMatchObject({ ok: 0, failed: 1 })
  })

  test.for([
    ['changed_when', 'changed_when: nope.foo'],
    ['failed_when', 'failed_when: nope.foo'],
  ])('of %s is told as the task’s own, with its place', async ([, keyword], { site }) => {
    const { exit, tasks } = await site.play(`
- hosts: all
  tasks:
    - name: task
      command: 'true'
      register: nope
      ${keyword!}
`)
    expect(exit).toBe(2)
    expect(tasks).toMatchObject([{ task: 'task', status: 'failed', at: { line: 7 } }])
    expect(tasks[0]!.message).toContain('foo')
  })
})

describe('users', () => {
  test('a play that becomes another asks for facts and handlers as that user', async ({ site }) => {
    const { users } = await site.play(`
- hosts: all
  become: true
  tasks: [{ command: 'true' }]
`)
    expect([...new Set(users)]).toEqual(['root'])
  })

  test('a segment, and a trip, is one user’s', async ({ site }) => {
    const { users, exit } = await site.play(`
- hosts: all
  tasks:
    - copy: { dest: '{{dir}}/1', content: x }
    - { copy: { dest: '{{dir}}/2', content: x }, become: true }
    - { copy: { dest: '{{dir}}/3', content: x }, become: true, become_user: www }
`)
    expect(exit).toBe(0)
    expect(users).toEqual(['login', 'login', 'root', 'root', 'www', 'www'])
  })

  test.for([
    ['the play', {}, '  become: true', '', 'root'],
    ['the play’s user', {}, '  become: true\n  become_user: www', '', 'www'],
    ['the task over the play', {}, '  become: true', ', become: false', 'login'],
    ['the flag', { become: { enabled: true, user: 'ops' } }, '', '', 'ops'],
    [
      'the inventory over the flag',
      { inventory: 'h ansible_become=false', become: { enabled: true, user: undefined } },
      '',
      '',
      'login',
    ],
    [
      'the inventory',
      { inventory: 'h ansible_become=true ansible_become_user=www' },
      '',
      '',
      'www',
    ],
    ['the inventory, in INI’s words', { inventory: 'h ansible_become=yes' }, '', '', 'root'],
    ['-e', { extraVars: ['ansible_become=true'] }, '', '', 'root'],
  ] as [string, PlayOptions, string, string, string][])(
    'become is said by %s',
    async ([, options, play, task, user], { site }) => {
      const { users } = await site.play(
        `- hosts: all\n${play}\n  tasks:\n    - { file: { path: /tmp, state: directory }${task} }\n`,
        options,
      )
      expect(users.at(-1)).toBe(user)
    },
  )
})
