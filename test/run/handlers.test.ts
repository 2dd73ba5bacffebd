import { describe, expect } from 'vitest'
import { test } from '../support/play.js'

const log = (word: string) => `shell: 'echo ${word} >>{{dir}}/log'`

/** The names of the handlers on a host's list. */
const owed = (list: string) =>
  list
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { handler: string }).handler)

describe('a handler', () => {
  test('runs once, after the tasks, only when notified, in the order of the play', async ({
    site,
  }) => {
    const yaml = `
- hosts: all
  handlers:
    - { name: first, ${log('first')} }
    - { name: never, ${log('never')} }
    - { name: second, ${log('second')} }
  tasks:
    - { copy: { dest: '{{dir}}/a', content: x }, notify: second }
    - { copy: { dest: '{{dir}}/b', content: x }, notify: [second, first] }
    - { name: end, copy: { dest: '{{dir}}/c', content: x } }
`
    const first = await site.play(yaml)
    expect(first.story.slice(2)).toEqual([
      'here end: changed',
      'here first: changed',
      'here second: changed',
    ])
    expect(await site.read('log')).toBe('first\nsecond\n')
    expect(first.tallies.here!.trips).toBe(4)
    const second = await site.play(yaml)
    expect(second.tallies.here).toMatchObject({ ok: 3, changed: 0, trips: 1 })
    expect(await site.read('log')).toBe('first\nsecond\n')
  })

  test('listens to a topic', async ({ site }) => {
    await site.play(`
- hosts: all
  handlers:
    - { name: one, ${log('one')}, listen: web changed }
    - { name: two, ${log('two')}, listen: [other, web changed] }
  tasks:
    - { copy: { dest: '{{dir}}/a', content: x }, notify: web changed }
`)
    expect(await site.read('log')).toBe('one\ntwo\n')
  })

  test('runs again when it is notified again after a flush, and at the end of each part', async ({
    site,
  }) => {
    await site.play(`
- hosts: all
  pre_tasks: [{ copy: { dest: '{{dir}}/a', content: x }, notify: h }]
  tasks:
    - { ${log('task')} }
    - { copy: { dest: '{{dir}}/b', content: x }, notify: h }
    - meta: flush_handlers
    - { ${log('flushed')} }
    - { copy: { dest: '{{dir}}/c', content: x }, notify: h }
  post_tasks: [{ ${log('post')} }]
  handlers: [{ name: h, ${log('h')} }]
`)
    expect(await site.read('log')).toBe('h\ntask\nh\nflushed\nh\npost\n')
  })

  test('between two parts costs nothing when none is notified', async ({ site }) => {
    const file = (name: string) => `{ file: { path: '{{dir}}/${name}', state: touch } }`
    const { tallies, story } = await site.play(`
- hosts: all
  pre_tasks: [${file('a')}]
  tasks: [${file('b')}]
  post_tasks: [${file('c')}]
`)
    expect(story).toHaveLength(3)
    expect(tallies.here!.trips).toBe(3)
  })

  test('two that notify each other come to an end', async ({ site }) => {
    await site.play(`
- hosts: all
  tasks: [{ command: 'true', notify: a }]
  handlers:
    - { name: a, ${log('a')}, notify: b }
    - { name: b, ${log('b')}, notify: a }
`)
    expect(await site.read('log')).toBe('a\nb\na\nb\n')
  })

  test.for([
    ['same', ['b']],
    ['a : same', ['a']],
    ['only in a', ['a only']],
    ['b : same', ['b']],
    ['shadowed', ['play']],
    ['a : shadowed', ['a shadowed']],
  ] as const)(
    'by the name "%s" is that of the list which is read last',
    async ([name, want], { site }) => {
      await site.write({
        'roles/a/tasks/main.yml': '[]',
        'roles/b/tasks/main.yml': '[]',
        'roles/a/handlers/main.yml': `
- { name: same, ${log('a')} }
- { name: only in a, ${log('a only')} }
- { name: shadowed, ${log('a shadowed')} }
`,
        'roles/b/handlers/main.yml': `- { name: same, ${log('b')} }\n`,
      })
      const { exit } = await site.play(`
- hosts: all
  roles: [a, b]
  tasks: [{ command: 'true', notify: '${name}' }]
  handlers: [{ name: shadowed, ${log('play')} }]
`)
      expect(exit).toBe(0)
      expect((await site.read('log')).trimEnd().split('\n')).toEqual(want)
    },
  )

  test('two of one name in one list are an error, unless something else notifies them', async ({
    site,
  }) => {
    const yaml = (listen: string) => `
- hosts: all
  tasks: [{ command: 'true', notify: topic }]
  handlers:
    - { name: one, ${log('1')}, listen: topic }
    - { name: one, ${log('2')}${listen} }
`
    expect(await site.problems(yaml(''))).toEqual([
      'play.yml:6:7 a handler "one" stands in this list already: this one would never run | give it another name, or a topic to listen to',
    ])
    await site.play(yaml(', listen: topic'))
    expect(await site.read('log')).toBe('1\n2\n')
  })

  test('notifies another', async ({ site }) => {
    await site.play(`
- hosts: all
  handlers:
    - { name: one, ${log('one')}, notify: two }
    - { name: two, ${log('two')}, notify: two }
  tasks:
    - { copy: { dest: '{{dir}}/a', content: x }, notify: one }
`)
    expect(await site.read('log')).toBe('one\ntwo\n')
  })

  test.for([
    ['changed_when is false', 'changed_when: false', false],
    ['changed_when is true', 'changed_when: true', true],
    ['it failed, ignored', 'failed_when: true, ignore_errors: true', false],
    ['its failure was none', 'failed_when: false', true],
  ] as const)('of a command of which %s', async ([, keywords, runs], { site }) => {
    const { exit, tallies } = await site.play(`
- hosts: all
  handlers:
    - { name: h, ${log('h')} }
  tasks:
    - { command: 'true', notify: h, ${keywords} }
    - debug: { msg: the end }
`)
    expect(exit).toBe(0)
    expect(await site.has('log')).toBe(runs)
    expect(await site.has('state/here/pending')).toBe(false)
    expect(tallies.here!.changed).toBe(runs ? 2 : 0)
  })

  test('of a role that is used twice runs once', async ({ site }) => {
    await site.write({
      'roles/web/tasks/main.yml': `- { copy: { dest: '{{dir}}/{{port}}', content: x }, notify: h }`,
      'roles/web/handlers/main.yml': `- { name: h, ${log('h')} }`,
    })
    await site.play(`
- hosts: all
  roles:
    - { role: web, port: 80 }
    - { role: web, port: 81 }
`)
    expect(await site.read('log')).toBe('h\n')
  })

  test('of a role sees what the role was given', async ({ site }) => {
    await site.write({
      'roles/web/tasks/main.yml': `- { copy: { dest: '{{dir}}/a', content: x }, notify: h }`,
      'roles/web/handlers/main.yml': `- { name: h, ${log('{{port}}')} }`,
    })
    const { exit } = await site.play(`
- hosts: all
  roles: [{ role: web, port: 80 }]
`)
    expect(exit).toBe(0)
    expect(await site.read('log')).toBe('80\n')
  })

  test('runs as its own user', async ({ site }) => {
    const { users, exit } = await site.play(`
- hosts: all
  handlers:
    - { name: one, ${log('one')}, become: true }
    - { name: two, ${log('two')}, become: true, become_user: www }
  tasks:
    - { copy: { dest: '{{dir}}/a', content: x }, notify: [one, two] }
`)
    expect(exit).toBe(0)
    expect(await site.read('log')).toBe('one\ntwo\n')
    expect([...new Set(users)]).toEqual(['login', 'root', 'www'])
  })

  test('that cannot be worked out fails as a task does, with its place', async ({ site }) => {
    const { exit, tasks } = await site.play(`
- hosts: all
  handlers:
    - { name: h, debug: { msg: '{{said.nothing}}' } }
  tasks:
    - { command: 'true', register: said, notify: h }
`)
    expect(exit).toBe(2)
    expect(tasks[1]).toMatchObject({ task: 'h', status: 'failed', at: { line: 4 } })
  })

  test('that reads what a check only planned is left out', async ({ site }) => {
    const { exit, story } = await site.play(
      `
- hosts: all
  handlers:
    - { name: h, debug: { msg: '{{said.stdout}}' } }
  tasks:
    - { name: t, command: echo hi, register: said, notify: h }
`,
      { check: true },
    )
    expect(exit).toBe(3)
    expect(story).toEqual(['here t: changed', 'here h: skipped'])
  })
})

describe('a run that breaks off', () => {
  const yaml = (broken: boolean) => `
- hosts: all
  handlers:
    - { name: restart, ${log('restarted')} }
    - { name: not here, ${log('no')}, when: false }
  tasks:
    - { copy: { dest: '{{dir}}/a', content: x }, notify: [restart, not here] }
    - { command: '${broken ? 'false' : 'true'}', changed_when: false }
`
  test('owes its handlers, and the next run pays', async ({ site }) => {
    const first = await site.play(yaml(true))
    expect(first.exit).toBe(2)
    expect(await site.has('log')).toBe(false)
    expect(owed(await site.read('state/here/pending'))).toEqual(['restart'])

    const second = await site.play(yaml(false))
    expect(second.exit).toBe(0)
    expect(second.events.filter(({ event }) => event === 'note')).toMatchObject([
      { host: 'here', message: expect.stringContaining('"restart"') as string },
    ])
    expect(await site.read('log')).toBe('restarted\n')
    expect(await site.has('state/here/pending')).toBe(false)

    const third = await site.play(yaml(false))
    expect(third.tallies.here!.changed).toBe(0)
    expect(await site.read('log')).toBe('restarted\n')
  })

  test('owes it again for a change that comes after it in one trip', async ({ site }) => {
    // What the list was when b was about to be put in place, h having run in the same trip.
    const look = 'cp {{dir}}/state/here/pending {{dir}}/then'
    const { tallies } = await site.play(`
- hosts: all
  handlers:
    - { name: h, copy: { dest: '{{dir}}/h', content: x } }
  tasks:
    - { copy: { dest: '{{dir}}/a', content: x }, notify: h }
    - meta: flush_handlers
    - { copy: { dest: '{{dir}}/b', content: x, validate: 'sh -c "${look} #%s"' }, notify: h }
`)
    expect(tallies.here!.changed).toBe(3)
    expect(owed(await site.read('then'))).toEqual(['h'])
    expect(await site.has('state/here/pending')).toBe(false)
  })

  test('is not paid for by a check', async ({ site }) => {
    await site.play(yaml(true))
    const { exit, story } = await site.play(yaml(false), { check: true })
    expect(exit).toBe(3)
    expect(story.at(-1)).toBe('here restart: changed')
    expect(await site.has('log')).toBe(false)
    expect(owed(await site.read('state/here/pending'))).toEqual(['restart'])
  })

  test.for([
    ['become', '  become: true', 'state/here-root'],
    ['become_user', '  become: true\n  become_user: www', 'state/here-www'],
  ])('owes it to the user it worked as: %s', async ([, become, state], { site }) => {
    const as = (broken: boolean) => yaml(broken).replace('- hosts: all', `- hosts: all\n${become!}`)
    await site.play(as(true))
    expect(owed(await site.read(`${state!}/pending`))).toEqual(['restart'])
    const { events } = await site.play(as(false))
    expect(await site.read('log')).toBe('restarted\n')
    expect(events.filter(({ event }) => event === 'note')).toHaveLength(1)
    expect(await site.has(`${state!}/pending`)).toBe(false)
  })

  test('strikes off, as that user, what turns out to need no change', async ({ site }) => {
    await site.write({ 'state/here-root/pending': 'in state\n' })
    const { users } = await site.play(`
- hosts: all
  handlers:
    - { name: in state, file: { path: '{{dir}}', state: directory } }
  tasks:
    - { file: { path: '{{dir}}', state: directory }, become: true }
`)
    expect(await site.has('state/here-root/pending')).toBe(false)
    expect(users).toEqual(['login', 'root', 'login', 'root'])
  })

  test('is paid for once, though several plays have the handler', async ({ site }) => {
    await site.play(yaml(true))
    const { events } = await site.play(`${yaml(false)}${yaml(false)}`)
    expect(await site.read('log')).toBe('restarted\n')
    expect(events.filter(({ event }) => event === 'note')).toHaveLength(1)
  })

  test('leaves what no play knows on the list', async ({ site }) => {
    await site.write({ 'state/here/pending': 'somebody else\n' })
    await site.play(yaml(false))
    expect(await site.read('state/here/pending')).toBe('somebody else\n')
  })

  test('changes nothing where it cannot note what it will owe', async ({ site }) => {
    await site.write({ 'state/here': 'a file where a folder must be' })
    const { exit, tallies, events } = await site.play(yaml(false))
    expect(exit).toBe(2)
    expect(tallies.here!.failed).toBe(1)
    expect(await site.has('a')).toBe(false)
    expect(events.find(({ event }) => event === 'host')).toMatchObject({
      message: expect.stringContaining('state/here') as string,
    })
  })
})
