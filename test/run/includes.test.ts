import { describe, expect } from 'vitest'
import { test } from '../support/play.js'

const say = (name: string, msg: string) => `- { name: ${name}, debug: { msg: '${msg}' } }\n`

describe('include_tasks', () => {
  test('is found beside the file that includes it, or beside the playbook', async ({ site }) => {
    await site.write({
      'sub/one.yml': `- include_tasks: two.yml\n- include_tasks: beside.yml\n`,
      'sub/two.yml': say('two', 'x'),
      'beside.yml': say('beside', 'x'),
    })
    const { story } = await site.play(`
- hosts: all
  tasks:
    - include_tasks: sub/one.yml
    - { name: after, debug: { msg: x } }
`)
    expect(story).toEqual(['here two: ok', 'here beside: ok', 'here after: ok'])
  })

  test('its condition is for itself, its variables are for what it takes in', async ({ site }) => {
    await site.write({
      'go.yml': `- set_fact: { go: false }\n${say('still here', '{{ colour }} {{ said.stdout }}')}`,
    })
    const { tasks, story } = await site.play(`
- hosts: all
  tasks:
    - set_fact: { go: true }
    - { command: echo hi, register: said, changed_when: false }
    - { include_tasks: go.yml, when: go, vars: { colour: 'very {{ shade }}', shade: red } }
    - { include_tasks: go.yml, when: go, register: left }
    - { name: left out, debug: { msg: x }, when: left is skipped }
`)
    expect(tasks.find(({ task }) => task === 'still here')!.message).toBe('very red hi')
    expect(story.slice(-2)).toEqual(['here include_tasks go.yml: skipped', 'here left out: ok'])
  })

  test('in a loop, with an item that is data, and a loop inside', async ({ site }) => {
    await site.write({
      'each.yml': `- include_tasks: inner.yml
  loop: [x, y]
  loop_control: { loop_var: inner }
`,
      'inner.yml': say('says', '{{ item }} {{ inner }} {{ n }}'),
    })
    const { tasks } = await site.play(`
- hosts: all
  tasks:
    - command: echo '{' '{ not one'
      register: odd
    - include_tasks: each.yml
      loop: [1, '{{ odd.stdout }}']
      when: item != 2
      vars: { n: 'n{{ item }}' }
`)
    expect(tasks.slice(1).map(({ message }) => message)).toEqual([
      '1 x n1',
      '1 y n1',
      '{ { not one x n{ { not one',
      '{ { not one y n{ { not one',
    ])
  })

  test('by a name that only the host can tell, whose tasks register what others read', async ({
    site,
  }) => {
    await site.write({
      'Debian.yml': `- { command: echo deb, register: family, changed_when: false }\n`,
      'on-1.yml': `- { command: echo one, register: number, changed_when: false }\n`,
    })
    const { tasks } = await site.play(`
- hosts: all
  vars: { n: 1 }
  tasks:
    - include_tasks: '{{ ansible_os_family }}.yml'
    - include_tasks: on-{{ n }}.yml
    - { debug: { msg: '{{ family.stdout }} {{ number.stdout }}' } }
`)
    expect(tasks.at(-1)!.message).toBe('deb one')
  })

  test('its own tags do not reach inside; apply does', async ({ site }) => {
    await site.write({ 'in.yml': say('in', '{{ colour }}') })
    const yaml = (args: string) => `
- hosts: all
  vars: { colour: red }
  tasks: [{ include_tasks: ${args}, tags: t }]
`
    const played = (args: string) => site.play(yaml(args), { tags: ['t'] })
    expect((await played('in.yml')).story).toEqual([])
    const { story, users } = await played('{ file: in.yml, apply: { tags: t, become: true } }')
    expect(story).toEqual(['here in: ok'])
    expect(users).toEqual(['login'])
  })

  test('with run_once its tasks are the first host’s alone', async ({ site }) => {
    await site.write({ 'in.yml': say('in', 'x') })
    const { story } = await site.play(
      `
- hosts: all
  tasks:
    - { include_tasks: in.yml, run_once: true }
    - { name: after, debug: { msg: x } }
`,
      { inventory: 'a\nb' },
    )
    expect(story.sort()).toEqual(['a after: ok', 'a in: ok', 'b after: ok'])
  })

  test('may include itself, as long as something ends it', async ({ site }) => {
    await site.write({
      'count.yml': `
- { shell: 'echo x >>{{dir}}/n; wc -l <{{dir}}/n', register: lines }
- { include_tasks: count.yml, when: lines.stdout | int < 3 }
`,
    })
    const { exit } = await site.play('- hosts: all\n  tasks: [{ include_tasks: count.yml }]\n')
    expect(exit).toBe(0)
    expect(await site.read('n')).toBe('x\nx\nx\n')
    await site.write({ 'count.yml': '- include_tasks: count.yml\n' })
    expect(await site.problems('- hosts: all\n  tasks: [{ include_tasks: count.yml }]\n')).toEqual([
      'count.yml:1:3 this includes itself, more than 50 times over',
    ])
  })

  test('what is wrong in a file is told before any host is contacted, though it may never be reached', async ({
    site,
  }) => {
    await site.write({ 'rescue.yml': '- debgu: { msg: x }\n- { debug: { msg: x }, whn: 1 }\n' })
    const yaml = (when: string) => `
- hosts: all
  tasks:
    - { command: 'true', register: said }
    - { include_tasks: rescue.yml, when: ${when} }
`
    const wrong = [
      'rescue.yml:1:3 unknown module "debgu" | did you mean "debug"?',
      'rescue.yml:2:24 unknown keyword "whn" in a task | did you mean "when"?',
    ]
    expect(await site.problems(yaml('said is failed'))).toEqual(wrong)
    expect(await site.problems(yaml('false'))).toEqual(wrong)
  })

  test('in handlers', async ({ site }) => {
    await site.write({ 'h.yml': say('one', 'x') + say('two', 'x') })
    const { story } = await site.play(`
- hosts: all
  tasks: [{ name: t, command: 'true', notify: [all of them, topic] }]
  handlers:
    - { name: all of them, include_tasks: h.yml }
    - { include_tasks: h.yml, listen: topic }
`)
    expect(story).toEqual([
      'here t: changed',
      ...['one', 'two', 'one', 'two'].map((h) => `here ${h}: ok`),
    ])
  })
})

describe('a role among tasks', () => {
  const role = {
    'roles/web/defaults/main.yml': 'port: 80\n',
    'roles/web/tasks/main.yml': `${say('main', '{{ port }} {{ colour }}')}- { command: 'true', notify: h }\n`,
    'roles/web/tasks/other.yml': say('other', '{{ port }}'),
    'roles/web/handlers/main.yml': say('h', 'handler {{ colour }}'),
    'roles/web/meta/main.yml': 'dependencies: [base]\n',
    'roles/base/tasks/main.yml': say('base', 'x'),
  }
  const messages = (tasks: { task: string; message?: string }[]) =>
    tasks.flatMap(({ task, message }) => (message === undefined ? [] : `${task}: ${message}`))

  test('import_role: its tasks with their dependencies, its handlers, its defaults for the play', async ({
    site,
  }) => {
    await site.write(role)
    const { tasks, exit } = await site.play(`
- hosts: all
  tasks:
    - import_role: { name: web }
      vars: { colour: red }
      tags: t
    - import_role: { name: web, tasks_from: other.yml }
      vars: { colour: blue }
    - { name: after, debug: { msg: '{{ port }}' } }
`)
    expect(exit).toBe(0)
    expect(messages(tasks)).toEqual([
      'base : base: x',
      'web : main: 80 red',
      'web : other: 80',
      'after: 80',
      'web : h: handler blue',
    ])
  })

  test('include_role: in a loop, by the name of the turn; its defaults stay inside', async ({
    site,
  }) => {
    await site.write(role)
    const { tasks, exit } = await site.play(`
- hosts: all
  vars: { colour: blue }
  tasks:
    - include_role: { name: '{{ item }}', tasks_from: '{{ file }}' }
      loop: [web]
      vars: { file: other }
    - include_role: { name: web }
      vars: { port: 81 }
    - { name: after, debug: { msg: '{{ defined "port" }}' } }
`)
    expect(exit).toBe(0)
    expect(messages(tasks)).toEqual([
      'base : base: x',
      'web : other: 80',
      'web : main: 81 blue',
      'after: false',
      'web : h: handler blue',
    ])
  })

  test('a role that imports another brings its handlers and defaults to every play', async ({
    site,
  }) => {
    await site.write({
      ...role,
      'roles/top/tasks/main.yml': '- import_role: { name: web }\n',
    })
    const play = `- hosts: all\n  vars: { colour: red }\n  roles: [top]\n`
    const { tasks, exit } = await site.play(play + play)
    expect(exit).toBe(0)
    expect(messages(tasks).filter((line) => line.includes('handler'))).toHaveLength(2)
  })

  test.for<[string, Record<string, string>, string, string[]]>([
    [
      'imports that go round',
      { 'roles/web/tasks/main.yml': '- import_role: { name: web }\n' },
      '- import_role: { name: web }',
      [
        'roles/web/tasks/main.yml:1:24 the role "web" depends on itself: web -> web | take one of the dependencies out of its meta/main.yml',
      ],
    ],
    [
      'a file that the role has not',
      role,
      '- include_role: { name: web, tasks_from: othr.yml }',
      ['play.yml:3:29 role "web" has no tasks/othr.yml | did you mean "other.yml"?'],
    ],
    [
      'what is wrong in the role',
      { 'roles/web/tasks/main.yml': '- debgu: {}\n' },
      "- { command: 'true', register: x }\n    - { include_role: { name: web }, when: x is failed }",
      ['roles/web/tasks/main.yml:1:3 unknown module "debgu" | did you mean "debug"?'],
    ],
    [
      'what is wrong with its variables',
      {
        ...role,
        'roles/web/schema.json':
          '{ "type": "object", "properties": { "port": { "type": "integer" } } }',
      },
      '- include_role: { name: web }\n      vars: { port: many, colour: red }',
      ['play.yml:4:21 "port" of role "web" must be integer, not "many"'],
    ],
  ])('%s', async ([, files, task, want], { site }) => {
    await site.write(files)
    expect(await site.problems(`- hosts: all\n  tasks:\n    ${task}\n`)).toEqual(want)
  })
})
