import { describe, expect } from 'vitest'
import { test } from '../support/play.js'

const schema = {
  type: 'object',
  required: ['vip'],
  properties: {
    vip: { type: 'string', pattern: '^[0-9.]+$', description: 'the address that clients know' },
    weight: { type: 'integer', minimum: 0, description: 'a share of the traffic' },
    scheduler: { enum: ['rr', 'wlc'] },
    family: { type: 'string' },
  },
}
const role = {
  'roles/web/schema.json': JSON.stringify(schema),
  'roles/web/defaults/main.yml': 'weight: 1',
  'roles/web/defaults/Debian.yml': 'family: deb',
  'roles/web/tasks/main.yml': "- debug: { msg: '{{vip}} {{weight}}' }",
}
const yaml = '- hosts: web\n  roles: [web]\n'
const twoHosts = (line1: string, line2 = '') => ({ inventory: `[web]\nrs1 ${line1}\nrs2 ${line2}` })

describe('the variables of a role', () => {
  test.for([
    ['all well', twoHosts('vip=10.0.0.1', 'vip=10.0.0.1 weight=3'), []],
    [
      'missing on all hosts: told once',
      twoHosts(''),
      ['roles/web:1:1 role "web" needs "vip" | vip: the address that clients know'],
    ],
    [
      'missing on one',
      twoHosts('vip=10.0.0.1'),
      ['roles/web:1:1 role "web" needs "vip" (for rs2) | vip: the address that clients know'],
    ],
    [
      'misspelt',
      twoHosts('vip=10.0.0.1 wieght=2', 'vip=10.0.0.1'),
      ['inventory:2:25 role "web" has no variable "wieght" (for rs1) | did you mean "weight"?'],
    ],
    ['a stranger is nobody’s business', twoHosts('vip=10.0.0.1 color=2', 'vip=10.0.0.1'), []],
    [
      'a wrong type',
      twoHosts('vip=10.0.0.1 weight=heavy', 'vip=10.0.0.1'),
      [
        'inventory:2:25 "weight" of role "web" must be integer, not "heavy" (for rs1) | a share of the traffic',
      ],
    ],
    [
      'a wrong word',
      twoHosts('vip=10.0.0.1 scheduler=wcl', 'vip=10.0.0.1'),
      ['inventory:2:28 "scheduler" of role "web" cannot be "wcl" (for rs1) | did you mean "wlc"?'],
    ],
    ['a number written as text', twoHosts('vip=10.0.0.1 weight="3"', 'vip=10.0.0.1'), []],
  ] as const)('%s', async ([, options, want], { site }) => {
    await site.write(role)
    expect(await site.problems(yaml, options)).toEqual(want)
  })

  test('may be given where the role is used', async ({ site }) => {
    await site.write(role)
    expect(await site.problems('- hosts: all\n  roles: [{ role: web, vip: 10.0.0.1 }]\n')).toEqual(
      [],
    )
    expect(
      await site.problems('- hosts: all\n  roles: [{ role: web, vip: 10.0.0.1, wieght: 1 }]\n'),
    ).toEqual(['play.yml:2:47 role "web" has no variable "wieght" | did you mean "weight"?'])
  })

  test('that only a host can tell are not missing', async ({ site }) => {
    await site.write({
      ...role,
      'roles/web/schema.json': JSON.stringify({ ...schema, required: ['vip', 'family'] }),
    })
    expect(
      await site.problems(yaml, twoHosts('vip=10.0.0.1', "vip='{{ansible_hostname}}'")),
    ).toEqual([])
  })
})

describe('everything is found at once, before a host is contacted', () => {
  test('in tasks, templates, conditions and handlers', async ({ site }) => {
    await site.write({
      'templates/t.hbs': 'one\ntwo {{nope}}\n',
      'templates/good.hbs': '{{inventory_hostname}} {{ansible_hostname}}',
    })
    const problems = await site.problems(
      `
- hosts: all
  handlers:
    - { name: h, debug: { msg: '{{undefinedh}}' } }
  tasks:
    - debug: { msg: '{{vpi}}' }
    - { template: { src: t, dest: /tmp/x }, when: inventory_hostname == 'b' }
    - { template: { src: good, dest: /tmp/y } }
    - { template: { src: gone, dest: /tmp/z } }
    - { debug: { msg: x }, when: undefinedw }
    - { debug: { msg: x }, when: ansible_os_family == 'x' and undefinedlater }
    - { command: 'true', register: said, changed_when: said.nothing }
    - { debug: { msg: '{{said.stdout}}' } }
    - { debug: { msg: x }, loop: '{{vip}}' }
    - { debug: { msg: x }, notify: hh }
    - { file: { path: '{{dir}}', state: '{{vip}}' } }
`,
      { inventory: 'a vip=1\nb vip=1' },
    )
    expect(problems).toMatchInlineSnapshot(`
      [
        "play.yml:6:21 "vpi" is not defined | did you mean "vip"?",
        "play.yml:9:26 there is no template "gone" | looked in templates, ., ../templates, .., package/templates, package",
        "play.yml:10:34 "undefinedw" is not defined",
        "play.yml:14:34 loop must be a list, not 1",
        "play.yml:16:41 "state" of "file" cannot be 1 | one of: file, directory, touch, link, absent",
        "play.yml:4:32 "undefinedh" is not defined | set it, or give it a default",
        "templates/t.hbs:2:7 "nope" is not defined (for b) | set it, or give it a default",
        "play.yml:15:7 there is no handler "hh" | the handlers are: h",
      ]
    `)
  })

  test('variables that go round in circles', async ({ site }) => {
    expect(
      await site.problems(`
- hosts: all
  vars:
    a: '{{b}}'
    b: '{{c}}'
    c: 'x {{a}}'
  tasks:
    - debug: { msg: '{{b}}' }
`),
    ).toMatchInlineSnapshot(`
      [
        "play.yml:5:8 the variable "b" refers to itself: b -> c -> a -> b | give one of them another name",
      ]
    `)
  })

  test('a task that --tags leaves out is not looked at', async ({ site }) => {
    const tasks = '- hosts: all\n  tasks: [{ debug: { msg: "{{nope}}" }, tags: a }]\n'
    expect(await site.problems(tasks, { tags: ['b'] })).toEqual([])
    expect(await site.problems(tasks, { tags: ['a'] })).toHaveLength(1)
  })

  test('many hosts are named up to five', async ({ site }) => {
    const tasks =
      '- hosts: all\n  tasks: [{ debug: { msg: "{{nope}}" }, when: not well | default(false) }]\n'
    expect(await site.problems(tasks, { inventory: 'h[1:7]\nok well=True' })).toEqual([
      'play.yml:2:27 "nope" is not defined (for h1, h2, h3, h4, h5 and 2 more) | set it, or give it a default',
    ])
  })
})

describe('what the command line and the inventory say of hosts', () => {
  const play = '- hosts: web\n  tasks: [{ debug: { msg: x } }]\n'
  test.for([
    ['a group', { inventory: 'a' }, ['play.yml:1:10 "web" is no host and no group']],
    ['a limit', { limit: 'nope' }, ['--limit "nope" is no host and no group']],
    ['--check-hosts', { checkHosts: 'b' }, ['--check-hosts "b" is no host and no group']],
    [
      'two ports',
      { inventory: '[web]\na ansible_port=99999\nb ansible_port=x' },
      [
        'inventory:2:16 ansible_port cannot be 99999 | a port is 1 to 65535',
        'inventory:3:16 ansible_port cannot be "x" | a port is 1 to 65535',
      ],
    ],
    [
      'a connection',
      { inventory: '[web]\na ansible_connection=winrm' },
      ['inventory:2:22 ansible_connection cannot be "winrm" | one of: ssh, local'],
    ],
    [
      'arguments of ssh',
      { inventory: '[web]\na ansible_ssh_common_args="-o ProxyJump=x"' },
      ['inventory:2:27 ansible_ssh_common_args cannot be "-o ProxyJump=x"'],
    ],
  ] as const)('%s', async ([, options, want], { site }) => {
    const problems = await site.problems(play, { inventory: '[web]\na', ...options })
    expect(problems).toEqual(want.map((text) => expect.stringContaining(text) as string))
  })
})
