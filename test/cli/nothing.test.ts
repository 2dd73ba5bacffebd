import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { drPlay } from '../support/command-line.js'

const folder = mkdtempSync(join(tmpdir(), 'dr-play-nothing-'))
afterAll(() => rmSync(folder, { recursive: true }))

const path = (name: string) => join(folder, name)
const write = (files: Readonly<Record<string, string>>) => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(path(name)), { recursive: true })
    writeFileSync(path(name), text)
  }
}

const LOCAL = 'ansible_connection=local'
write({
  hosts: `a ${LOCAL}\nb ${LOCAL}\n[one]\na\n[none]\n`,
  'only-ini/hosts.ini': `a ${LOCAL}\n`,
  'only-ini/group_vars/all.yml': 'x: 1\n',
  'deep/more/hosts.cfg': `a ${LOCAL}\n`,
  'both/hosts.ini': `b ${LOCAL}\n`,
  'both/others': `a ${LOCAL}\n`,
  'empty.yml': '{}\n',
  'comments.yml': '# nothing yet\n',
  'groups.yml': 'all: {children: {web: {}}}\n',
  comments: '# nothing yet\n[web]\n',
  'all.yml': '- {hosts: all, tasks: [{debug: {msg: hi}, tags: [web, db]}]}\n',
  'always.yml': '- {hosts: all, tasks: [{debug: {msg: hi}, tags: always}]}\n',
  'none.yml': '- {hosts: none, tasks: [{name: t, debug: {msg: hi}}]}\n',
  'two.yml':
    '- {hosts: none, tasks: [{name: t, debug: {msg: hi}, tags: t}]}\n- {hosts: one, tasks: [{name: u, debug: {msg: hi}}]}\n',
  'late.yml':
    '- {hosts: one, tasks: [{name: u, debug: {msg: hi}}]}\n- {hosts: none, tasks: [{name: t, debug: {msg: hi}}]}\n',
  'inner.yml': '- {debug: {msg: inside}, tags: inside}\n',
  'include.yml': '- {hosts: all, tasks: [{include_tasks: inner.yml, tags: always}]}\n',
  'open.yml':
    '- {hosts: all, tasks: [{include_tasks: "{{ inventory_hostname }}.yml", tags: always, when: false}]}\n',
})

const run = (words: string) =>
  drPlay(...words.split(' ').map((word) => (word.startsWith('@') ? path(word.slice(1)) : word)))

describe('a run on nothing is an error, and says why', () => {
  it.each([
    [
      'a folder with an ini file alone',
      '@all.yml -i @only-ini',
      [/passed over: .*only-ini\/hosts\.ini\n/, /-i .*only-ini\/hosts\.ini, or call it .*hosts\n/],
    ],
    ['the same further down', '@all.yml -i @deep', [/passed over: .*deep\/more\/hosts\.cfg\n/]],
    ['an empty map', '@all.yml -i @empty.yml', [/-i .*empty\.yml: the inventory has no hosts\n/]],
    ['a YAML file of comments', '@all.yml -i @comments.yml', [/the inventory has no hosts\n/]],
    ['a YAML file of groups', '@all.yml -i @groups.yml', [/the inventory has no hosts\n/]],
    ['an INI file of comments', '@all.yml -i @comments', [/the inventory has no hosts\n/]],
    ['a list of hosts without any', '@all.yml -i ,', [/the inventory has no hosts\n/]],
    [
      'a group without hosts',
      '@none.yml -i @hosts',
      [/none\.yml:1:11: no play has a host: none is in none\n/, /the inventory has a, b\n/],
    ],
    [
      'a pattern of hosts that are taken away again',
      '@all.yml -i @hosts --limit one:!a',
      [/--limit: "one:!a" leaves no host of the plays\n {2}they are for b, a\n/],
    ],
    ['a limit of other hosts', '@two.yml -i @hosts --limit b', [/"b" leaves no host of the plays/]],
    [
      'a tag that no task has',
      '@all.yml -i @hosts -t wbe',
      [/--tags: no task has the tag "wbe"\n {2}did you mean "web"\?\n/],
    ],
    [
      'a tag where tasks run always',
      '@always.yml -i @hosts -t nosuchtag',
      [/no task has the tag "nosuchtag"\n {2}the tags are: always\n/],
    ],
    ['a tag of a play without hosts', '@two.yml -i @hosts -t t', [/no task has the tag "t"/]],
    [
      'a tag that an included file lacks',
      '@include.yml -i @hosts -t other',
      [/no task has the tag "other"/],
    ],
    [
      'all tags skipped',
      '@all.yml -i @hosts --skip-tags db',
      [/--skip-tags: without the tag "db" no task is left\n/],
    ],
    [
      'a first task whose play has no hosts',
      '@late.yml -i @hosts --start-at-task t',
      [/--start-at-task: from "t" on no play has a host\n/],
    ],
    [
      'a check of no host',
      '@all.yml -i @hosts --check-hosts z*',
      [/--check-hosts: "z\*" means no host of the plays\n {2}all hosts would be changed/],
    ],
    [
      'a check of other hosts',
      '@two.yml -i @hosts --check-hosts b',
      [/means no host of the plays/],
    ],
    ['two playbooks alike', '@all.yml @two.yml -i @hosts -t x', [/the tag "x"/]],
    ['a syntax check', '@all.yml -i @empty.yml --syntax-check', [/has no hosts/]],
  ])('%s', async (_, words, says) => {
    const { exit, stdout, stderr } = await run(words)
    for (const each of says) expect(stderr).toMatch(each)
    expect(stderr).toMatch(/^1 error; no host was contacted$/m)
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' })
  })

  it('lint finds it, too', async () => {
    const { exit, stdout } = await run('lint @none.yml -i @hosts')
    expect(exit).toBe(1)
    expect(stdout).toContain('no play has a host: none is in none [input/playbook]\n')
  })
})

describe('a run on something', () => {
  it.each([
    ['one of several plays has hosts', '@two.yml -i @hosts', 'everything in state on 1 host'],
    ['a folder that has another file, too', '@all.yml -i @both', 'everything in state on 1 host'],
    ['localhost, which every inventory has', '@local.yml -i @empty.yml', 'on 1 host'],
    [
      'an included file has the tag',
      '@include.yml -i @hosts -t inside',
      'ok           b: debug inside',
    ],
    ['only a host can tell what is included', '@open.yml -i @hosts -t x', 'on 2 hosts'],
    [
      'tasks that run always are meant',
      '@always.yml -i @hosts -t always',
      'ok           a: debug hi',
    ],
    ['a play has no tasks', '@bare.yml -i @hosts', 'on 2 hosts'],
  ])('%s', async (_, words, says) => {
    write({
      'local.yml': '- {hosts: localhost, tasks: [{debug: {msg: hi}}]}\n',
      'bare.yml': '- {hosts: all}\n',
    })
    const { exit, stdout, stderr } = await run(words)
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' })
    expect(stdout).toContain(says)
  })

  it('one of two playbooks has the tag: the other one is passed over, with a warning', async () => {
    const { exit, stdout, stderr } = await run('@two.yml @all.yml -i @hosts -t web')
    expect(exit).toBe(0)
    expect(stderr).toMatch(/^warning: .*two\.yml is passed over: no task has the tag "web"\n$/)
    expect(stdout.match(/everything in state/g)).toHaveLength(1)
  })
})
