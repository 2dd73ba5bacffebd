import { describe, expect } from 'vitest'
import { test } from '../support/play.js'

const task = '{ debug: { msg: x } }'

describe('what is wrong with a playbook, each with its place', () => {
  test.for<[string, string, string[]]>([
    ['nothing in it', '', ['play.yml:1:1 this playbook has no plays']],
    ['a map', 'hosts: all', ['play.yml:1:1 a playbook must be a list']],
    ['an entry that is none', '- all', ['play.yml:1:3 an entry of a playbook must be a map']],
    ['no hosts', `- tasks: [${task}]`, ['play.yml:1:3 this play has no "hosts"']],
    [
      'a misspelt keyword',
      `- hosts: all\n  task: [${task}]`,
      ['play.yml:2:3 unknown keyword "task" in a play | did you mean "tasks"?'],
    ],
    [
      'wrong types',
      '- hosts: all\n  become: maybe\n  max_fail_percentage: half\n  vars: [1]\n  tasks: { a: b }\n  serial: few',
      [
        'play.yml:2:3 "become" must be true or false',
        'play.yml:3:3 "max_fail_percentage" must be a number',
        'play.yml:4:9 variables must be a map',
        'play.yml:5:10 tasks must be a list',
        'play.yml:6:3 serial cannot be "few"',
      ],
    ],
    [
      'roles that are no list',
      '- hosts: all\n  roles: web',
      ['play.yml:2:3 "roles" must be a list'],
    ],
    [
      'roles that are none',
      '- hosts: all\n  roles:\n    - 5\n    - null\n    - { tags: a }\n    - gone',
      [
        'play.yml:3:7 a role is a name',
        'play.yml:4:7 a role is a name',
        'play.yml:5:7 this role has no name',
        'play.yml:6:7 there is no role "gone"',
      ],
    ],
    ['broken YAML', '- hosts: all\n  tasks: [', ['YAML']],
    ['a key twice', '- hosts: all\n  hosts: web', ['play.yml:2:3 YAML']],
    ['a tab', '- hosts: all\n\ttasks: []', ['YAML indents with spaces']],
    [
      'a template without quotes',
      '- hosts: all\n  tasks:\n    - debug: { msg: {{x}} }',
      ['play.yml:3:21 YAML: a value that starts with {{ must be quoted'],
    ],
    [
      'all of it at once',
      '- hosts: all\n  tasks: [{ sysclt: { name: x } }, { debug: { masg: x } }]\n- { name: two }',
      [
        'play.yml:2:13 unknown module "sysclt" | did you mean "sysctl"?',
        'play.yml:2:47 "debug" has no "masg" | did you mean "msg"?',
        'play.yml:3:3 this play has no "hosts"',
      ],
    ],
  ])('%s', async ([, yaml, want], { site }) => {
    const problems = await site.problems(yaml)
    for (const text of want) expect(problems.join('\n')).toContain(text)
    if (!want[0]!.includes('YAML')) expect(problems).toHaveLength(want.length)
  })
})

describe('plays', () => {
  test('have the name they are given, or that of their hosts', async ({ site }) => {
    const { plays } = await site.load('- { hosts: [a, b], name: first }\n- { hosts: "a,b" }\n', {
      inventory: 'a\nb',
    })
    expect(plays.map(({ play }) => play.name)).toEqual(['first', 'a,b'])
    expect(plays.map(({ hosts }) => hosts.map(({ name }) => name))).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ])
  })

  test('take in other files', async ({ site }) => {
    await site.write({
      'more/tasks.yml': `- ${task}\n- import_tasks: deeper.yml\n  when: deep\n`,
      'more/deeper.yml': '- { name: deep, debug: { msg: x }, when: deeper }\n',
    })
    const { plays } = await site.load(
      `- hosts: all\n  vars: { deep: true, deeper: true }\n  tasks:\n    - import_tasks: more/tasks.yml\n      tags: imported\n      vars: { a: 1 }\n`,
    )
    const [first, deep] = plays[0]!.play.tasks
    expect(first!.tags).toEqual(['imported'])
    expect(deep).toMatchObject({ name: 'deep', tags: ['imported'] })
    expect(deep!.when.map(({ text }) => text)).toEqual(['deep', 'deeper'])
    expect(deep!.at).toMatchObject({ file: site.path('more/deeper.yml'), line: 1 })
  })

  test('that take in what is not there, or themselves', async ({ site }) => {
    await site.write({
      'a.yml': '- import_tasks: b.yml\n',
      'b.yml': '- import_tasks: a.yml\n',
    })
    expect(
      await site.problems(
        '- hosts: all\n  tasks: [{ import_tasks: gone.yml }, { import_tasks: a.yml }]\n',
      ),
    ).toEqual([
      'play.yml:2:27 there is no task file "gone.yml" | it is looked for beside the file that imports it',
      expect.stringMatching(/^b.yml:1:17 .*a.yml.* itself/),
    ])
  })
})
