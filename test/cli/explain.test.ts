import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasReferee } from '../site/referee.js'
import { drPlayIn } from '../support/command-line.js'

const dir = mkdtempSync(join(tmpdir(), 'dr-play-explain-'))
afterAll(() => rmSync(dir, { recursive: true }))

const files: Record<string, string> = {
  inventory:
    '[web]\na size=host\nb\n[db]\nc\n[all:vars]\nsize=all\nonly=all\n[web:vars]\nsize=group\n',
  'group_vars/all.yml': 'size: all-file\n',
  'group_vars/web.yml':
    'size: web-file\nurl: "http://{{ size }}/{{ only }}"\nhole: "{{ nobody }}"\n',
  'host_vars/a.yml': 'size: host-file\n',
  'roles/r/defaults/main.yml': 'size: role-default\nlow: 1\n',
  'roles/r/defaults/Debian.yml': 'package: apache2\nlow: 2\n',
  'roles/r/defaults/RedHat.yml': 'package: httpd\n',
  'roles/r/vars/main.yml': 'size: role-vars\n',
  'roles/r/tasks/main.yml':
    '- name: look\n  command: uptime\n  register: up\n- name: small\n  debug: {msg: x}\n  vars: {size: task}\n',
  'play.yml': `- name: the web
  hosts: web
  vars: {size: play, os: "{{ ansible_os_family }}"}
  roles: [{role: r, tags: x, depth: 5}]
- name: the rest
  hosts: all
  tasks: [debug: {msg: x}]
`,
}
beforeAll(() => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true })
    writeFileSync(join(dir, name), text)
  }
})

const env = { PATH: process.env.PATH, HOME: dir, ANSIBLE_LOCAL_TEMP: dir }
async function explain(...args: string[]) {
  const { stdout, ...said } = await drPlayIn(dir)('explain', ...args, '-i', 'inventory')
  return { ...said, stdout: stdout.replaceAll(`${dir}/`, '') }
}

describe('dr-play explain', () => {
  it('lists the places of the inventory, the weakest first', async () => {
    expect(await explain('size', '--host', 'a')).toEqual({
      exit: 0,
      stderr: '',
      stdout: `size on a

outside of plays
    inventory:7:6           "all"        group "all" in the inventory
    inventory:10:6          "group"      group "web" in the inventory
    group_vars/all.yml:1:7  "all-file"   group_vars/all.yml
    group_vars/web.yml:1:7  "web-file"   group_vars/web.yml
    inventory:2:8           "host"       host "a" in the inventory
  > host_vars/a.yml:1:7     "host-file"  host_vars/a.yml
  = "host-file"
`,
    })
  })

  it('tells play and task apart where they see another value', async () => {
    const { stdout } = await explain('size', 'play.yml', '--host', 'b', '-o', 'json')
    const { explanations } = JSON.parse(stdout) as {
      explanations: { places: string[]; definitions: object[]; value: unknown }[]
    }
    expect(explanations.map(({ places, value }) => [places, value])).toEqual([
      [['play "the web" (play.yml:1:3)'], 'role-vars'],
      [['play "the web" (play.yml:1:3), task "r : small" (roles/r/tasks/main.yml:4:3)'], 'task'],
      [['play "the rest" (play.yml:5:3)'], 'web-file'],
    ])
    expect(explanations[1]!.definitions).toEqual(
      [
        ['defaults of role "r"', 'role-default', 'roles/r/defaults/main.yml', 1, 7],
        ['group "all" in the inventory', 'all', 'inventory', 7, 6],
        ['group "web" in the inventory', 'group', 'inventory', 10, 6],
        ['group_vars/all.yml', 'all-file', 'group_vars/all.yml', 1, 7],
        ['group_vars/web.yml', 'web-file', 'group_vars/web.yml', 1, 7],
        ['vars of the play', 'play', 'play.yml', 3, 16],
        ['vars of role "r"', 'role-vars', 'roles/r/vars/main.yml', 1, 7],
        ['vars of a task, a block, or the use of a role', 'task', 'roles/r/tasks/main.yml', 6, 16],
      ].map(([source, value, file, line, col], i, { length }) => {
        const wins = i === length - 1 && { wins: true }
        return { source, value, file, line, col, ...wins }
      }),
    )
  })

  it.each([
    ['-e wins', ['size', '--host', 'a', '-e', 'size=big'], ['> -e size=big', '= "big"']],
    ['a value is rendered', ['url', '--host', 'a'], ['= "http://host-file/all"']],
    ['a part of the role use', ['depth', 'play.yml', '--host', 'a'], ['role "r"\n', '= 5']],
    [
      'what nobody set',
      ['hole', '--host', 'a'],
      ['not known: it cannot be worked out: group_vars/web.yml:3:7: "nobody" is not defined'],
    ],
    [
      'a default that depends on the host',
      ['package', 'play.yml', '--host', 'a'],
      ['  ? roles/r/defaults/Debian.yml:1:10  "apache2"', '"httpd"', 'only the host can tell'],
    ],
    [
      'and may not be set there',
      ['low', 'play.yml', '--host', 'a'],
      ['    roles/r/defaults/main.yml:2:6  ', '  ? roles/r/defaults/Debian.yml:2:6  '],
    ],
    ['a fact', ['ansible_os_family', '--host', 'a'], ['facts of the host', 'only the host can']],
    ['read by another', ['os', 'play.yml', '--host', 'a'], ['(it reads "ansible_os_family")']],
    [
      'a result',
      ['up', 'play.yml', '--host', 'a'],
      ['? roles/r/tasks/main.yml:1:3', 'the result of task "r : look"', 'only the host can tell'],
    ],
    ['a name of ours', ['group_names', '--host', 'a'], ['worked out by dr-play', '= ["web"]']],
    ['a host of one play', ['only', 'play.yml', '--host', 'c'], ['play "the rest"', '= "all"']],
  ])('%s', async (_what, args, says) => {
    const { exit, stdout, stderr } = await explain(...args)
    expect(stderr).toBe('')
    for (const part of says) expect(stdout).toContain(part)
    expect(exit).toBe(0)
  })

  it.each([
    [['sise', '--host', 'a'], 'nothing sets "sise" for a\n  did you mean "size"'],
    [['nothing_like_it', '--host', 'a'], 'a playbook after the host shows its roles too'],
    [['size', '--host', 'd'], '"d" is no host and no group'],
    [['size', '--host', 'web'], '"web" is not one host'],
    [['size'], "required option '--host <host>' not specified"],
    [['size', 'ply.yml', '--host', 'a'], 'there is no playbook "ply.yml"'],
  ])('%j is an error', async (args, message) => {
    const { exit, stdout, stderr } = await explain(...args)
    expect(stderr).toContain(message)
    expect(stdout).toBe('')
    expect(exit).toBe(1)
  })

  it.runIf(hasReferee)('tells nothing that is sealed', async () => {
    const run = (...args: string[]) =>
      spawnSync('ansible-vault', args, { cwd: dir, encoding: 'utf8', env }).stdout
    writeFileSync(join(dir, 'pw'), 'word')
    mkdirSync(join(dir, 'host_vars/b'))
    const inline = run('encrypt_string', '--vault-password-file', 'pw', '-n', 'pin', 's3cret-pin')
    writeFileSync(join(dir, 'host_vars/b/open.yml'), `${inline}\nboth: "{{ pin }}/{{ key }}!"\n`)
    writeFileSync(join(dir, 'host_vars/b/sealed.yml'), 'key: s3cret-key\n')
    run('encrypt', '--vault-password-file', 'pw', 'host_vars/b/sealed.yml')
    const flags = ['--host', 'b', '--vault-password-file', 'pw']
    expect((await explain('pin', ...flags)).stdout).toMatch(
      /b\/open.yml:1:\d+ +"\[vault\]"[^]*= "\[vault\]"/,
    )
    expect((await explain('key', ...flags)).stdout).toMatch(/b\/sealed.yml:1:6 +"\[vault\]"/)
    expect((await explain('both', ...flags)).stdout).toContain('= "[vault]/[vault]!"')
    const json = (await explain('both', ...flags, '-o', 'json')).stdout
    expect(JSON.parse(json)).toMatchObject({ explanations: [{ value: '[vault]/[vault]!' }] })
    expect((await explain('key', '--host', 'b')).stderr).toContain('no password is given')
  })
})
