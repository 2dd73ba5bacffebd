import { describe, expect } from 'vitest'
import { test } from '../support/play.js'

describe('loop', () => {
  test('one act an item, with its name, and the results of all', async ({ site }) => {
    const { story, tasks } = await site.play(`
- hosts: all
  tasks:
    - name: each
      command: 'echo {{item}}'
      loop: [a, b, c]
      when: item != 'b'
      register: each
    - debug: { msg: '{{#each each.results}}{{item}}={{#if skipped}}-{{else}}{{stdout}}{{/if}};{{/each}}' }
`)
    expect(story.slice(0, 3)).toEqual([
      'here each (a): changed',
      'here each (b): skipped',
      'here each (c): changed',
    ])
    expect(tasks.at(-1)!.message).toBe('a=a;b=-;c=c;')
  })

  test('over maps, with a variable and a label of its own', async ({ site }) => {
    const { story } = await site.play(`
- hosts: all
  vars:
    servers: [{ name: rs1, port: 1 }, { name: rs2, port: 2 }]
  tasks:
    - name: labelled
      debug: { msg: '{{server.name}}:{{server.port}} {{item}}' }
      loop: '{{servers}}'
      loop_control: { loop_var: server, label: '{{server.name}}' }
      vars: { item: 'the outer one' }
    - { name: not labelled, debug: { msg: x }, with_items: '{{servers}}' }
`)
    expect(story).toEqual([
      'here labelled (rs1): ok',
      'here labelled (rs2): ok',
      'here not labelled ({"name":"rs1","port":1}): ok',
      'here not labelled ({"name":"rs2","port":2}): ok',
    ])
  })

  test('over nothing is skipped, with no results', async ({ site }) => {
    const { story, tasks } = await site.play(`
- hosts: all
  tasks:
    - { name: none, command: 'echo {{item}}', loop: [], register: none }
    - { name: count, debug: { msg: '{{length none.results}}' } }
`)
    expect(story[0]).toBe('here none: skipped')
    expect(tasks[1]!.message).toBe('0')
  })

  test('a task that needs no host has its name rendered like any other', async ({ site }) => {
    const { story } = await site.play(`
- hosts: all
  vars: { what: a thing }
  tasks:
    - { name: 'skip {{ what }}', fail: { msg: x }, when: false }
    - { name: 'none of {{ what }}', fail: { msg: x }, loop: [] }
    - { name: 'set {{ what }}', set_fact: { what: another } }
    - { name: 'wait for {{ what }}', pause: { seconds: 0 } }
    - { name: 'no {{ nothing }}', fail: { msg: x }, when: false }
`)
    expect(story).toEqual([
      'here skip a thing: skipped',
      'here none of a thing: skipped',
      'here set a thing: ok',
      'here wait for another: ok',
      'here no {{ nothing }}: skipped',
    ])
  })

  test('of which every turn is skipped is skipped, as one that nobody can work out', async ({
    site,
  }) => {
    const { story, tasks } = await site.play(`
- hosts: all
  tasks:
    - { name: none, command: 'echo {{item}}', loop: [1, 2], when: item > 2, register: none }
    - { name: unknown, command: 'echo {{item}}', loop: '{{ nobody.set }}', when: nobody is defined }
    - { name: count, debug: { msg: '{{length none.results}} {{ none.skipped }}' } }
`)
    expect(story).toEqual([
      'here none (1): skipped',
      'here none (2): skipped',
      'here unknown: skipped',
      'here count: ok',
    ])
    expect(tasks.at(-1)!.message).toBe('2 true')
  })

  test('counts its turns for index_var', async ({ site }) => {
    const { story } = await site.play(`
- hosts: all
  tasks:
    - name: numbered
      debug: { msg: x }
      loop: [a, b]
      loop_control: { index_var: i, label: '{{ i }} {{ item }}' }
`)
    expect(story).toEqual(['here numbered (0 a): ok', 'here numbered (1 b): ok'])
  })

  test('on one thing again and again goes turn after turn', async ({ site }) => {
    const { exit, tallies } = await site.play(`
- hosts: all
  tasks: [{ copy: { dest: '{{dir}}/x', content: '{{item}}' }, loop: [a, b, c] }]
`)
    expect(exit).toBe(0)
    expect(await site.read('x')).toBe('c')
    expect(tallies.here!.changed).toBe(3)
  })

  test('a turn that fails ends it', async ({ site }) => {
    const { story, tallies } = await site.play(`
- hosts: all
  tasks:
    - { name: each, command: 'test {{ item }} != 2', loop: [1, 2, 3] }
`)
    expect(story).toEqual(['here each (1): changed', 'here each (2): failed'])
    expect(tallies.here!.failed).toBe(1)
  })

  test('items are data: their braces stay', async ({ site }) => {
    await site.write({ list: '{{not a template' })
    await site.play(`
- hosts: all
  tasks:
    - { command: 'cat {{dir}}/list', register: list, changed_when: false }
    - { copy: { dest: '{{dir}}/copy', content: '{{item}}' }, loop: '{{list.stdout_lines}}' }
`)
    expect(await site.read('copy')).toBe('{{not a template')
  })
})

describe('results', () => {
  test.for([
    ['changed_when: false', 'changed_when: false', 'ok', 'false false 0'],
    [
      'changed_when on its own result',
      "changed_when: said.stdout == 'hi'",
      'changed',
      'true false 0',
    ],
    [
      'changed_when, all of a list',
      'changed_when: [said.rc == 0, said.rc == 1]',
      'ok',
      'false false 0',
    ],
    ['failed_when', 'failed_when: said.rc == 0', 'failed', 'false true 0'],
    [
      'failed_when, all of a list',
      "failed_when: [said.rc == 0, said.stdout == 'no']",
      'changed',
      'true false 0',
    ],
    ['an earlier result', 'changed_when: before.rc == 0', 'changed', 'true false 0'],
  ] as const)('%s', async ([, keyword, status, result], { site }) => {
    const { tasks } = await site.play(`
- hosts: all
  tasks:
    - { command: 'true', register: before, changed_when: false }
    - { name: said, command: echo hi, register: said, ignore_errors: true, ${keyword} }
    - copy:
        dest: '{{dir}}/result'
        content: '{{said.changed}} {{said.failed}} {{said.rc}}'
`)
    expect(tasks.find(({ task }) => task === 'said')!.status).toBe(status)
    expect(await site.read('result')).toBe(result)
  })

  test('of a skipped task say so', async ({ site }) => {
    const { story } = await site.play(`
- hosts: all
  tasks:
    - { command: 'true', register: said, when: false }
    - { name: seen, debug: { msg: x }, when: said is skipped and not said.changed }
`)
    expect(story[1]).toBe('here seen: ok')
  })
})

describe('include_tasks', () => {
  const role = {
    'roles/web/tasks/main.yml': `
- { command: echo el, register: kind, changed_when: false }
- include_tasks: 'persist-{{kind.stdout}}.yml'
  when: wanted
  vars: { colour: blue }
  become: true
- { name: after, debug: { msg: after } }
`,
    'roles/web/tasks/persist-el.yml': `
- { name: el, debug: { msg: '{{colour}}' } }
- { name: not always, debug: { msg: x }, when: false }
`,
  }
  const yaml = (wanted: boolean) => `- hosts: all\n  vars: { wanted: ${wanted} }\n  roles: [web]\n`

  test('by what only the host can tell, with what stands around it', async ({ site }) => {
    await site.write(role)
    const { story, tasks } = await site.play(yaml(true))
    expect(story).toEqual([
      'here web : command echo el: ok',
      'here web : el: ok',
      'here web : not always: skipped',
      'here web : after: ok',
    ])
    const row = tasks.find(({ task }) => task === 'web : el')!
    expect(row.message).toBe('blue')
    expect(row.id).toMatch(/roles\/web\/tasks\/main.yml:3:3$/)
  })

  test('not, when its condition is false', async ({ site }) => {
    await site.write(role)
    const { story } = await site.play(yaml(false))
    expect(story.map((line) => line.split(' : ')[1])).toEqual([
      'command echo el: ok',
      'include_tasks persist-{{kind.stdout}}.yml: skipped',
      'after: ok',
    ])
  })

  test('of a file that is not there fails on the host, with the files there are', async ({
    site,
  }) => {
    await site.write({
      ...role,
      'roles/web/tasks/main.yml': role['roles/web/tasks/main.yml'].replace('echo el', 'echo ele'),
    })
    const { exit, tasks } = await site.play(yaml(true))
    expect(exit).toBe(2)
    expect(tasks.at(-1)).toMatchObject({
      status: 'failed',
      message: 'role "web" has no tasks/persist-ele.yml',
      hint: 'did you mean "persist-el.yml"?',
      at: { line: 3 },
    })
  })
})

test('a block gives its tasks when, vars, tags and become', async ({ site }) => {
  const { story, users } = await site.play(`
- hosts: all
  vars: { colour: red }
  tasks:
    - block:
        - block:
            - { name: 'inner {{colour}} {{size}}', debug: { msg: x } }
          vars: { size: 1 }
        - { name: 'outer {{colour}}', debug: { msg: x }, vars: { colour: green } }
        - { name: unless, debug: { msg: x }, when: colour == 'red' }
        - { name: file, file: { path: '{{dir}}', state: directory }, become_user: www }
      vars: { colour: blue }
      when: inventory_hostname == 'here'
      become: true
`)
  expect(story.sort()).toEqual([
    'here file: ok',
    'here inner blue 1: ok',
    'here outer green: ok',
    'here unless: skipped',
  ])
  expect(users.at(-1)).toBe('www')
})

describe('a block, a role and a play say to their tasks', () => {
  const failing = `{ name: t, command: 'false' }`
  test.for([
    ['a block', `tasks: [{ block: [${failing}], ignore_errors: true }]`],
    ['a play', `ignore_errors: true\n  tasks: [${failing}]`],
    [
      'a task over its block',
      `tasks: [{ block: [{ name: t, command: 'false', ignore_errors: true }], ignore_errors: false }]`,
    ],
  ])('ignore_errors: %s', async ([, tasks], { site }) => {
    const { exit, tallies } = await site.play(`- hosts: all\n  ${tasks!}\n`)
    expect(exit).toBe(0)
    expect(tallies.here!.ignored).toBe(1)
  })

  test('no_log, check_mode, delegate_to and notify, of a block with a rescue too', async ({
    site,
  }) => {
    const { story, tasks } = await site.play(
      `
- hosts: a
  tasks:
    - block:
        - { name: hidden, copy: { dest: '{{dir}}/x', content: secret } }
        - { name: away, shell: 'echo "$DR_PLAY_STATE"', register: said, no_log: false, check_mode: false }
      rescue: [{ name: never, debug: { msg: x } }]
      no_log: true
      check_mode: true
      delegate_to: b
      notify: h
    - { name: tells, debug: { msg: '{{ said.stdout }}' } }
  handlers: [{ name: h, debug: { msg: x } }]
`,
      { inventory: 'a\nb' },
    )
    expect(story).toEqual(['a hidden: changed', 'a away: changed', 'a tells: ok', 'a h: ok'])
    expect(tasks[0]!.changes).toEqual([{ summary: 'hidden by no_log' }])
    expect(await site.has('x')).toBe(false)
    expect(tasks[2]!.message).toMatch(/state\/b$/)
  })

  test('run_once', async ({ site }) => {
    const { story } = await site.play(
      `
- hosts: all
  tasks:
    - run_once: true
      block:
        - { name: one, command: echo hi, register: said }
        - block: [{ name: two, command: 'false' }]
          rescue: [{ name: three, debug: { msg: x } }]
    - { name: all, debug: { msg: '{{ said.stdout }}' } }
`,
      { inventory: 'a\nb' },
    )
    expect(story.filter((line) => line.startsWith('a'))).toEqual([
      'a one: changed',
      'a two: failed',
      'a three: ok',
      'a all: ok',
    ])
  })
})

test('pre_tasks, roles, tasks and post_tasks run in that order', async ({ site }) => {
  await site.write({ 'roles/web/tasks/main.yml': '- { name: role, debug: { msg: x } }' })
  const { story } = await site.play(`
- hosts: all
  post_tasks: [{ name: post, debug: { msg: x } }]
  tasks: [{ name: task, debug: { msg: x } }]
  roles: [web]
  pre_tasks: [{ name: pre, debug: { msg: x } }]
`)
  expect(story).toEqual(['here pre: ok', 'here web : role: ok', 'here task: ok', 'here post: ok'])
})
