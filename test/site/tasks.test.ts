import { describe, expect } from 'vitest'
import { test, type TestSite } from '../support/play.js'

const problems = (site: TestSite, task: string) =>
  site.problems(
    `- hosts: all\n  vars: { x: 1 }\n  tasks:\n    - ${task.replaceAll('\n', '\n      ')}\n`,
  )

describe('what is wrong with a task', () => {
  test.for<[string, string, string[]]>([
    [
      'an unknown module',
      'sysclt: { name: a }',
      ['4:7 unknown module "sysclt" | did you mean "sysctl"?'],
    ],
    [
      'a module like no other',
      'zzzzzz: {}',
      ['4:7 unknown module "zzzzzz" | the modules are: address,'],
    ],
    [
      'a misspelt keyword',
      'debug: { msg: x }\nwhn: true',
      ['5:7 unknown keyword "whn" in a task | did you mean "when"?'],
    ],
    [
      'a keyword that is not ours',
      'debug: { msg: x }\nasync: 5',
      ['5:7 unknown keyword "async" in a task'],
    ],
    [
      'only a misspelt keyword',
      'regster: x',
      ['4:7 unknown keyword "regster" in a task | did you mean "register"?'],
    ],
    ['no module', 'name: x', ['4:7 this task names no module']],
    [
      'two modules',
      'debug: { msg: x }\ncommand: ls',
      ['5:7 a task runs one module, not "debug" and "command"'],
    ],
    ['text where a map must be', 'file: /tmp/x', ['4:7 the arguments of "file" must be a map']],
    ['a missing argument', 'file: { state: directory }', ['4:13 "file" needs "path"']],
    [
      'no arguments at all',
      'template:',
      ['4:7 "template" needs "src"', '4:7 "template" needs "dest"'],
    ],
    ['neither of two', 'command: {}', ['4:16 "command" needs "cmd" or "argv" | cmd: ']],
    ['a condition that does not parse', 'debug: { msg: x }\nwhen: a ==', ['5:17 ']],
    ['a condition in braces', "debug: { msg: x }\nwhen: '{{x}}'", ['5:']],
    ['an unknown test', 'debug: { msg: x }\nfailed_when: x is funny', ['5:']],
    [
      'a wrong type',
      'debug: { msg: x }\nignore_errors: perhaps',
      ['5:7 "ignore_errors" must be true or false'],
    ],
    ['vars that are none', 'debug: { msg: x }\nvars: [a]', ['5:13 variables must be a map']],
    [
      'a block with strangers',
      'block: [{ debug: { msg: x } }]\nloop: []',
      ['5:7 unknown keyword "loop" in a block'],
    ],
    [
      'a task inside a block',
      'block: [{ debgu: { msg: x } }]',
      ['4:17 unknown module "debgu" | did you mean "debug"?'],
    ],
    [
      'an include with what is for one task',
      "include_tasks: '{{ x }}.yml'\nuntil: x\ndelegate_to: a\nnope: 1",
      [
        '7:7 unknown keyword "nope" in a task',
        '5:7 unknown keyword "until" in include_tasks',
        '6:7 unknown keyword "delegate_to" in include_tasks',
      ],
    ],
    [
      'an include of a file that is nowhere',
      'include_tasks: a.yml',
      ['4:22 there is no task file "a.yml" | looked for '],
    ],
    ['an include of nothing', 'include_tasks:', ['4:7 "include_tasks" needs "file"']],
    [
      'apply with strangers',
      "include_tasks: { file: '{{ x }}', apply: { tag: a } }",
      ['4:50 unknown keyword "tag" in apply | did you mean "tags"?'],
    ],
    [
      'a role that is nowhere, imported and included',
      'block:\n  - import_role: { name: gone }\n  - include_role: { name: gone }',
      ['5:32 there is no role "gone"', '6:33 there is no role "gone"'],
    ],
    [
      'import_role by a template',
      "import_role: { name: '{{ x }}' }",
      [
        '4:28 import_role is done before any host is known: "name" can hold no template | use include_role',
      ],
    ],
    ['import_role of nothing', 'import_role: {}', ['4:20 "import_role" needs "name"']],
    [
      'import_role with a loop',
      'import_role: { name: gone }\nloop: [1]',
      ['5:7 unknown keyword "loop" in import_role', '4:28 there is no role "gone"'],
    ],
    [
      'loop_control with strangers',
      'debug: { msg: x }\nloop: [1]\nloop_control: { lable: x }',
      ['6:23 unknown keyword "lable" in loop_control | did you mean "label"?'],
    ],
  ])('%s', async ([, task, want], { site }) => {
    const found = await problems(site, task)
    expect(found).toHaveLength(want.length)
    want.forEach((text, i) => expect(found[i]).toContain(`play.yml:${text}`))
  })
})

describe('what is right', () => {
  test.for([
    ['a bare string', 'command: ls -l', { module: 'command', args: { cmd: 'ls -l' } }],
    ['a map', 'command: { argv: [ls] }', { args: { argv: ['ls'] } }],
    ['with its collection', 'ansible.builtin.debug: { msg: x }', { module: 'debug' }],
    ['of posix', 'ansible.posix.sysctl: { name: a.b, value: 1 }', { module: 'sysctl' }],
    [
      'named by its module and first text',
      'file: { state: directory, path: /tmp }',
      { title: 'file directory' },
    ],
    ['a number for a name', 'name: 7\ndebug: { msg: x }', { title: '7' }],
    ['words with commas', 'debug: { msg: x }\ntags: a, b', { tags: ['a', 'b'] }],
    ['one condition', 'debug: { msg: x }\nwhen: x == 1', { when: [{ text: 'x == 1' }] }],
    ['a boolean condition', 'debug: { msg: x }\nwhen: false', { when: [{ text: 'false' }] }],
  ] as const)('%s', async ([, task, want], { site }) => {
    const { plays } = await site.load(
      `- hosts: all\n  vars: { x: 1 }\n  tasks:\n    - ${task.replaceAll('\n', '\n      ')}\n`,
    )
    expect(plays[0]!.play.tasks[0]).toMatchObject(want)
  })
})
