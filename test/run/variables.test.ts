import { describe, expect } from 'vitest'
import { test } from '../support/play.js'

/** Everything that can set `x`, from weak to strong, and how. */
const levels = [
  ['role defaults', { role: { 'defaults/main.yml': 'x: role defaults' } }],
  ['family defaults', { role: { 'defaults/Debian.yml': 'x: family defaults' } }],
  ['group_vars', { files: { 'group_vars/web.yml': 'x: group_vars' } }],
  ['inventory', { host: 'x="inventory"' }],
  ['host_vars', { files: { 'host_vars/here.yml': 'x: host_vars' } }],
  ['play vars', { play: 'x: play vars' }],
  ['role vars', { role: { 'vars/main.yml': 'x: role vars' } }],
  ['role use', { use: 'x: role use' }],
  ['block', { block: 'x: block' }],
  ['task', { task: 'x: task' }],
  ['registered', { register: true }],
  ['extra', { extra: ['x=extra'] }],
] as const satisfies [string, Level][]

interface Level {
  role?: Record<string, string>
  files?: Record<string, string>
  host?: string
  play?: string
  use?: string
  block?: string
  task?: string
  register?: boolean
  extra?: string[]
}

describe('of all that set a variable the strongest wins', () => {
  test.for(levels.map(([name], i) => [name, i] as const))('%s', async ([name, top], { site }) => {
    const all: Level[] = levels.slice(0, top + 1).map(([, level]) => level)
    const of = <Key extends keyof Level>(key: Key) =>
      all.map((level) => level[key]).findLast((value) => value !== undefined)
    const roleFiles = Object.assign({}, ...all.map(({ role }) => role)) as Record<string, string>
    await site.write({
      'roles/web/defaults/main.yml': 'y: 1',
      'roles/web/tasks/main.yml': `
- { command: echo registered, changed_when: false${of('register') ? ', register: x' : ''} }
- block:
    - name: show
      # A registered x is a map.
      debug: { msg: '${of('register') && !of('extra') ? '{{x.stdout}}' : '{{x}}'}' }
      vars: { ${of('task') ?? 'z: 1'} }
  vars: { ${of('block') ?? 'z: 1'} }
`,
      ...(Object.assign({}, ...all.map(({ files }) => files)) as Record<string, string>),
      ...Object.fromEntries(
        Object.entries(roleFiles).map(([file, text]) => [`roles/web/${file}`, text]),
      ),
    })
    const { tasks } = await site.play(
      `
- hosts: all
  vars: { ${of('play') ?? 'z: 1'} }
  roles: [{ role: web, vars: { ${of('use') ?? 'z: 1'} } }]
`,
      { inventory: `[web]\nhere ${of('host') ?? ''}`, extraVars: of('extra') ?? [] },
    )
    expect(tasks.at(-1)!.message).toBe(name)
  })
})

describe('what is always there', () => {
  test.for([
    ['{{inventory_hostname}} {{inventory_hostname_short}}', 'a.example a'],
    ['{{join group_names ","}}', 'top,web'],
    ['{{join groups.web ","}}', 'a.example,b'],
    ['{{hostvars.b.colour}}', 'blue'],
    ['{{join hostvars.b.group_names " "}}', 'top web'],
    ['{{lookup (lookup hostvars "b") "colour"}}', 'blue'],
    ['{{ansible_host}} {{hostvars.b.ansible_host}}', 'a.example 192.0.2.2'],
    ['{{ansible_check_mode}}', 'false'],
    ['{{role_name}}.', '.'],
    ['{{join play_hosts ","}}', 'a.example'],
    ['{{join ansible_play_hosts ","}}', 'a.example'],
    ['{{playbook_dir}}', 'DIR'],
    ['{{ansible_hostname}}', 'HOSTNAME'],
    ['{{ansible_facts.hostname}}', 'HOSTNAME'],
  ])('%s', async ([text, want], { site }) => {
    const { hostname } = await import('node:os')
    const { tasks } = await site.play(
      `- hosts: a.example\n  tasks: [{ debug: { msg: '${text!}' } }]\n`,
      { inventory: '[web]\na.example\nb colour=blue ansible_host=192.0.2.2\n[top:children]\nweb' },
    )
    const short = hostname().split('.')[0]!
    expect(tasks[0]!.message).toBe(want!.replace('DIR', site.dir).replace('HOSTNAME', short))
  })

  test('the hosts of a play are its own, and those that failed are told apart', async ({
    site,
  }) => {
    const show = '{ debug: { msg: \'{{join play_hosts ","}} {{join ansible_play_hosts ","}}\' } }'
    const { tasks } = await site.play(
      `
- { hosts: all, tasks: [{ fail: { msg: broken }, when: inventory_hostname == 'a' }] }
- { hosts: 'a,b', tasks: [${show}] }
- { hosts: c, tasks: [${show}] }
`,
      { inventory: 'a\nb\nc' },
    )
    expect(tasks.slice(-2).map(({ host, message }) => `${host}: ${message}`)).toEqual([
      'b: a,b b',
      'c: c c',
    ])
  })

  test('a host sees what another registered, and that it failed', async ({ site }) => {
    const { tasks } = await site.play(
      `
- hosts: a
  tasks:
    - { command: echo token, register: said, changed_when: false }
- hosts: a, b
  tasks:
    - { fail: { msg: broken }, when: inventory_hostname == 'a' }
- hosts: b
  tasks:
    - debug: { msg: '{{hostvars.a.said.stdout}}' }
`,
      { inventory: 'a\nb' },
    )
    expect(tasks.at(-1)).toMatchObject({ host: 'b', message: 'token' })
  })
})

describe('values', () => {
  test('what comes from a host is data', async ({ site }) => {
    await site.write({ said: '{{inventory_hostname}}' })
    const { tasks } = await site.play(`
- hosts: all
  tasks:
    - { command: 'cat {{dir}}/said', register: said, changed_when: false }
    - { debug: { msg: '<{{said.stdout}}>' } }
`)
    expect(tasks[1]!.message).toBe('<{{inventory_hostname}}>')
  })

  test('keep their types through variables', async ({ site }) => {
    const { tasks } = await site.play(`
- hosts: all
  vars:
    number: 5
    list: [1, two]
    again: '{{list}}'
    name: '{{number}}'
  tasks:
    - { debug: { var: again } }
    - { debug: { msg: sum }, when: name + 1 == 6 }
`)
    expect(tasks.map(({ status }) => status)).toEqual(['ok', 'ok'])
    expect(tasks[0]!.message).toBe(JSON.stringify({ again: [1, 'two'] }, null, 2))
  })
})
