import { describe, expect } from 'vitest'
import { test } from '../support/play.js'

const yaml = '- hosts: all\n  roles: [web]\n'
const debug = '- debug: { msg: x }\n'

describe('a role', () => {
  test('is its folder', async ({ site }) => {
    await site.write({
      'roles/web/tasks/main.yml': '- { name: one, debug: { msg: x } }\n- import_tasks: two.yml\n',
      'roles/web/tasks/two.yaml': 'not read: it is two.yml that is asked for',
      'roles/web/tasks/two.yml': '- { name: two, debug: { msg: x } }\n',
      'roles/web/handlers/main.yaml': '- { name: h, debug: { msg: x } }\n',
      'roles/web/defaults/main.yml': 'a: 1\nb: [2]\n',
      'roles/web/defaults/RedHat.yml': 'a: 2\n',
      'roles/web/vars/main.yml': 'c: 3\n',
      'roles/web/schema.json': '{ "type": "object", "properties": {} }',
    })
    await site.write({ 'roles/web/tasks/two.yaml': debug })
    const { plays } = await site.load(yaml)
    const { play } = plays[0]!
    const { role } = play.roles[0]!
    expect(play.tasks.map(({ name }) => name)).toEqual(['web : one', 'web : two'])
    expect(play.handlers).toMatchObject([{ name: 'web : h', title: 'h', role: { name: 'web' } }])
    expect(role.defaults.get('b')).toEqual({
      value: [2],
      at: { file: site.path('roles/web/defaults/main.yml'), line: 2, col: 4 },
    })
    expect([...role.familyDefaults.keys()]).toEqual(['RedHat'])
    expect(role.vars.get('c')!.value).toBe(3)
    expect([...role.taskFiles.keys()].sort()).toEqual(['main', 'two'])
    expect(role.schema).toMatchObject({ type: 'object' })
  })

  test('needs only what it needs', async ({ site }) => {
    await site.write({ 'roles/web/tasks/main.yml': debug })
    const { plays } = await site.load(yaml)
    expect(plays[0]!.play.roles[0]!.role).toMatchObject({ handlers: [], schema: undefined })
  })

  test.for<[string, Record<string, string>, string[]]>([
    [
      'a file that nobody includes is read all the same',
      { 'tasks/main.yml': debug, 'tasks/other.yml': '- debgu: { msg: x }' },
      ['roles/web/tasks/other.yml:1:3 unknown module "debgu" | did you mean "debug"?'],
    ],
    [
      'a file that is not there',
      { 'tasks/main.yml': '- import_tasks: gone.yml' },
      ['roles/web/tasks/main.yml:1:17 there is no task file "roles/web/tasks/gone.yml"'],
    ],
    [
      'an included file that is not there',
      { 'tasks/main.yml': '- include_tasks: mian.yml' },
      ['roles/web/tasks/main.yml:1:18 role "web" has no tasks/mian.yml | did you mean "main.yml"?'],
    ],
    [
      'a schema that is none',
      { 'tasks/main.yml': debug, 'schema.json': '{ "type": "strnig" }' },
      ['roles/web/schema.json:1:1 this is no JSON Schema: '],
    ],
    [
      'a schema that is no JSON',
      { 'tasks/main.yml': debug, 'schema.json': '{ "type": }' },
      ['roles/web/schema.json:1:1 this is no JSON Schema: '],
    ],
    [
      'defaults that are no map',
      { 'tasks/main.yml': debug, 'defaults/main.yml': '- a' },
      ['roles/web/defaults/main.yml:1:1 variables must be a map'],
    ],
    [
      'a handler that nobody has',
      {
        'tasks/main.yml': '- { debug: { msg: x }, notify: restrat }',
        'handlers/main.yml': '- { name: restart, debug: { msg: x } }',
      },
      ['roles/web/tasks/main.yml:1:3 there is no handler "restrat" | did you mean "restart"?'],
    ],
    [
      'tasks that import themselves',
      { 'tasks/main.yml': '- import_tasks: main.yml' },
      ['roles/web/tasks/main.yml:1:17 "roles/web/tasks/main.yml" imports itself'],
    ],
  ])('%s', async ([, files, want], { site }) => {
    await site.write(
      Object.fromEntries(Object.entries(files).map(([name, text]) => [`roles/web/${name}`, text])),
    )
    const problems = await site.problems(yaml)
    expect(problems).toHaveLength(want.length)
    for (const [i, text] of want.entries()) expect(problems[i]).toContain(text)
  })
})
