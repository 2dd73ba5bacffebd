import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { schemaText, type SchemaKind } from '../../src/cli/schema.js'
import { InputError } from '../../src/core/errors.js'
import { resources } from '../../src/resources/registry.js'
import { loadPlaybook } from '../../src/site/playbook.js'
import { Files } from '../../src/site/files.js'
import { YamlFile } from '../../src/site/yaml.js'
import { drPlay } from '../support/command-line.js'

const root = resolve(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

/** Strict: a generator that makes nonsense is an error, not a schema that lets all pass. */
const ajv = new Ajv({ allErrors: true, strict: true, strictRequired: false, allowUnionTypes: true })
const compiled = (kind: SchemaKind, role?: string) =>
  ajv.compile(JSON.parse(schemaText(kind, role)) as object)
const validators = {
  playbook: compiled('playbook'),
  tasks: compiled('tasks'),
  vars: compiled('vars'),
}

/** What is wrong, the branches of alternatives left out. */
function errorsOf(kind: keyof typeof validators, yaml: string): string[] {
  const validate = validators[kind]
  validate(new YamlFile('a.yml', yaml).value)
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message!} ${JSON.stringify(params)}`,
  )
}

const yamlFiles = (dir: string): string[] =>
  (readdirSync(join(root, dir), { recursive: true }) as string[])
    .filter((name) => /\.ya?ml$/.test(name))
    .map((name) => join(dir, name))
const shipped: [keyof typeof validators, string][] = [
  ...yamlFiles('playbooks').map((path): ['playbook', string] => ['playbook', path]),
  ...yamlFiles('roles').map((path): ['tasks' | 'vars', string] => [
    /\/(tasks|handlers)\//.test(path) ? 'tasks' : 'vars',
    path,
  ]),
]

describe('what is shipped', () => {
  it.each(shipped)('as a %s file, %s holds', (kind, path) => {
    expect(errorsOf(kind, read(path))).toEqual([])
  })

  it.each(shipped)('as a %s file, %s tells editors so', (kind, path) => {
    const schema = relative(dirname(path), join('schemas', `${kind}.json`))
    expect(read(path).split('\n')[0]).toBe(`# yaml-language-server: $schema=${schema}`)
  })

  /** `npm run docs` is this test, told to write. */
  it.each(Object.keys(validators))('the schema of %s is the one in schemas/', async (kind) => {
    const text = schemaText(kind as SchemaKind)
    await expect(text).toMatchFileSnapshot(join(root, `schemas/${kind}.json`))
  })

  it.each(readdirSync(join(root, 'roles')))('the role %s has a schema for editors', (role) => {
    const schema = read(`roles/${role}/schema.json`)
    const names = Object.keys((JSON.parse(schema) as { properties: object }).properties)
    expect(names).not.toEqual([])
    for (const name of names) expect(compiled('role', role)({ [name]: null })).toBe(false)
  })
})

const inPlay = (task: string) =>
  `- hosts: all\n  tasks:\n    - ${task.replaceAll('\n', '\n      ')}\n`

/** The loader's own opinion, so that the two cannot drift apart. */
function refusedByLoader(yaml: string): boolean {
  const problems: InputError[] = []
  const files = new Files('play.yml', root, root)
  files.yaml = () => new YamlFile('play.yml', yaml)
  loadPlaybook('play.yml', files, resources, problems)
  return problems.length > 0
}

describe('a task', () => {
  it.each([
    'debug: { msg: x }',
    'debug: x',
    'debug: [a, b]',
    'debug: msg=x',
    'fail:',
    'ansible.builtin.debug: { var: x }',
    'ansible.posix.sysctl: { name: a.b, value: 1 }',
    'service: name=httpd state=started',
    'service: { name: httpd, enabled: "true" }',
    'service: { name: httpd, state: "{{ x }}" }',
    'wait_for: { port: "{{ x }}", timeout: 5 }',
    'wait_for: { port: "80" }',
    'command: ls\nargs: { chdir: /tmp }',
    'command: { argv: [ls, -l] }',
    'file: { path: "{{ x }}", mode: "0644" }',
    'file: { path: /x, state: "{{ x }}", src: y }',
    'sysctl: { values: { a.b: "{{ x }}", c.d: 2 } }',
    'sysctl: { values: "{{ x }}" }',
    'package: { name: [a, "{{ x }}"] }',
    'ipvs_service: { address: 10.0.0.1, real_servers: [{ address: 10.0.0.2, weight: "3" }] }',
    'block: [{ debug: { msg: x } }]\nwhen: [a, b]',
    'debug: { msg: x }\nwhen: true\nloop: [1]\nloop_control: { loop_var: y }\nnotify: [a]',
  ])('%j is fine', (task) => {
    expect(errorsOf('playbook', inPlay(task))).toEqual([])
    expect(errorsOf('tasks', `- ${task.replaceAll('\n', '\n  ')}\n`)).toEqual([])
    expect(refusedByLoader(inPlay(task))).toBe(false)
  })

  it.each([
    ['sysclt: { name: a }', '{"additionalProperty":"sysclt"}'],
    ['name: x', 'must match exactly one schema in oneOf'],
    ['debug: { msg: x }\ncommand: ls', 'must match exactly one schema in oneOf'],
    ['debug: { msg: x }\nansible.builtin.command: ls', 'exactly one schema'],
    ['debug: { msg: x }\nwhn: a', '{"additionalProperty":"whn"}'],
    ['debug: { mgs: x }', '{"additionalProperty":"mgs"}'],
    ['ansible.builtin.debug: { mgs: x }', '{"additionalProperty":"mgs"}'],
    ['debug: { msg: x, var: y }', 'must match exactly one schema'],
    ['template:', '/0/tasks/0/template must be object'],
    ['file: /tmp/x', '/0/tasks/0/file must match pattern'],
    ['file: { path: /x, mode: 0644 }', '/0/tasks/0/file/mode must be string'],
    ['file: { path: x }', '/0/tasks/0/file/path must match pattern'],
    ['file: { path: /x, src: y }', "/0/tasks/0/file must have required property 'state'"],
    ['file: { path: /x, src: y, state: touch }', '/0/tasks/0/file/state must be equal to constant'],
    ['service: { name: httpd, state: begun }', '/state must be equal to one of'],
    ['service: { name: httpd }', "must have required property 'state'"],
    ['service: { name: httpd, enabled: perhaps }', '/enabled must match pattern'],
    ['wait_for: { port: eighty }', '/port must match pattern'],
    ['wait_for: { path: /x, host: y }', 'must have property port when property host is present'],
    ['ipvs_service: { address: a, real_servers: [{ weight: 1 }] }', "required property 'address'"],
    ['debug: { msg: x }\nignore_errors: maybe', '/ignore_errors must be boolean'],
    ['debug: { msg: x }\nloop: [1]\nloop_control: { lable: x }', '{"additionalProperty":"lable"}'],
    ['debug: { msg: x }\nargs: [a]', '/args must be object'],
    ['block: { debug: { msg: x } }', '/block must be array'],
    ['block: [{ debgu: x }]', '{"additionalProperty":"debgu"}'],
    ['block: []\nregister: x', '{"additionalProperty":"register"}'],
    ['import_tasks: x.yml\nloop: [1]', '{"additionalProperty":"loop"}'],
  ])('%j is refused', (task, want) => {
    expect(errorsOf('playbook', inPlay(task)).join('\n')).toContain(want)
    if (!task.startsWith('import_tasks')) expect(refusedByLoader(inPlay(task))).toBe(true)
  })
})

describe('a play', () => {
  it.each([
    ['hosts: all', ' must be array'],
    ['[]', 'must NOT have fewer than 1 items'],
    ['- tasks: []', "must have required property 'hosts'"],
    ['- { hosts: all, task: [] }', '{"additionalProperty":"task"}'],
    ['- { hosts: all, serial: few }', '/0/serial must match pattern'],
    ['- { hosts: all, become: maybe }', '/0/become must be boolean'],
    ['- { hosts: all, max_fail_percentage: half }', '/0/max_fail_percentage must be number'],
    ['- { hosts: all, vars: [1] }', '/0/vars must be object'],
    ['- { hosts: all, roles: web }', '/0/roles must be array'],
    ['- { hosts: all, roles: [5] }', '/0/roles/0 must be string'],
    ['- { hosts: all, roles: [{ tags: a }] }', "/0/roles/0 must have required property 'role'"],
  ])('%j is refused', (yaml, want) => {
    expect(errorsOf('playbook', yaml).join('\n')).toContain(want)
    expect(refusedByLoader(yaml)).toBe(true)
  })

  it('with all there is to it is fine', () => {
    const yaml = [
      '- name: x',
      '  hosts: [a, "b:!c"]',
      '  serial: [1, 30%, "{{ x }}"]',
      '  roles: [a, { role: b, port: 80, when: x, tags: [y] }]',
      '  handlers: [{ name: z, debug: x, listen: [a] }]',
      '  tasks:',
    ].join('\n')
    expect(errorsOf('playbook', yaml)).toEqual([])
  })
})

describe('variables', () => {
  it.each(['vip: 192.168.139.6', 'weight: "{{ x }}"', 'anything: else', '', 'weight: "3"'])(
    '%j is fine',
    (yaml) => {
      expect(errorsOf('vars', yaml)).toEqual([])
    },
  )

  it.each([
    ['vip: 192.168.139', '/vip must match pattern'],
    ['scheduler: best', '/scheduler must be equal to one of'],
    ['weight: -1', '/weight must be >= 0'],
    ['- a', 'must be object,null'],
  ])('%j is refused', (yaml, want) => {
    expect(errorsOf('vars', yaml).join('\n')).toContain(want)
  })

  it('of a role that there is not', () => {
    expect(() => schemaText('role', 'drector')).toThrow('there is no role "drector"')
    expect(() => schemaText('role')).toThrow(InputError)
  })
})

describe('dr-play schema', () => {
  const run = async (...args: string[]) => (await drPlay('schema', ...args)).stdout

  it.each<[string[], SchemaKind]>([
    [[], 'playbook'],
    [['playbook'], 'playbook'],
    [['tasks'], 'tasks'],
    [['vars'], 'vars'],
  ])('%j prints that of a %s file', async (args, kind) => {
    expect(await run(...args)).toBe(schemaText(kind))
  })

  it('prints that of a role', async () => {
    expect(JSON.parse(await run('role', 'director'))).toHaveProperty('properties.scheduler')
  })
})
