import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { DrPlayError, InputErrors, where } from '../../src/core/errors.js'
import { type LoadedInventory, loadInventory } from '../../src/site/load-inventory.js'
import { hasReferee, judge, type Verdict } from './referee.js'

const root = mkdtempSync(join(tmpdir(), 'dr-play-inventory-'))
afterAll(() => rmSync(root, { recursive: true }))
let count = 0

/** Writes files into a new folder; a text that starts with `#!` becomes executable. */
function folderOf(files: Record<string, string>): string {
  const folder = join(root, String(count++))
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    if (text.startsWith('#!')) chmodSync(path, 0o755)
  }
  return folder
}

function valuesOf(loaded: LoadedInventory, host: string): Record<string, unknown> {
  const entries = loaded.layers(host).flatMap(({ vars }) => [...vars])
  return Object.fromEntries(entries.map(([name, { value }]) => [name, value]))
}

/** An inventory of ours in the words of the referee. */
function verdictOf(loaded: LoadedInventory): Pick<Verdict, 'groups' | 'hostvars'> {
  const { hosts, groups } = loaded.inventory
  return {
    groups: Object.fromEntries(
      [...groups.values()].map(({ name, hosts, children }) => [
        name,
        { hosts: [...hosts], children: [...children] },
      ]),
    ),
    hostvars: Object.fromEntries([...hosts.keys()].map((host) => [host, valuesOf(loaded, host)])),
  }
}

const PRECEDENCE = {
  'inv/hosts': `
[web]
h1 own=host both=host
[web:vars]
own=group
who=group-web
both=group
tie=web
[tied]
h1
[tied:vars]
tie=tied
[strong]
h1
[strong:vars]
tie=strong
ansible_group_priority=10
[site:children]
web
tied
strong
[site:vars]
who=group-site
deep=site
all=site
[all:vars]
who=all
all=inventory
a1=inventory
a2=inventory
`,
  'inv/group_vars/all/main.yml': 'a1: group_vars-all\na2: group_vars-all\nweb: all',
  'inv/group_vars/site.yml': 'deep: group_vars-site\nweb: site',
  'inv/group_vars/web/10-a': 'web: first\nlast: first',
  'inv/group_vars/web/20-b.yaml': 'web: second\nlast: second',
  'inv/group_vars/web/sub/c.json': '{"last": "third"}',
  'inv/group_vars/web/.hidden.yml': 'last: hidden',
  'inv/group_vars/web/note.txt': 'last: note',
  'inv/group_vars/web/old.yml~': 'last: old',
  'inv/group_vars/web.yml': 'last: not read beside a folder of that name',
  'inv/host_vars/h1.yml': 'both: host_vars\nmap: {a: 1}\nhv: inventory',
  'play/group_vars/all.yml': 'a2: playbook\nmap: {b: 2}\n',
  'play/group_vars/web.yml': 'web: playbook\nown: playbook-group',
  'play/host_vars/h1.yaml': 'hv: playbook\nis: no\nmode: 0644\nnone:\n',
}

describe('loading an inventory', () => {
  test('gives the layers of a host in the order of precedence', () => {
    const folder = folderOf(PRECEDENCE)
    const loaded = loadInventory([join(folder, 'inv/hosts')], { playbookDir: join(folder, 'play') })
    expect(loaded.layers('h1').map(({ kind }) => kind)).toEqual([
      'inventory-all',
      ...['inventory-group', 'inventory-group', 'inventory-group', 'inventory-group'],
      'group_vars-all',
      'playbook-group_vars-all',
      ...['group_vars', 'group_vars', 'group_vars', 'group_vars'],
      'playbook-group_vars',
      'inventory-host',
      'host_vars',
      'playbook-host_vars',
    ])
    expect(valuesOf(loaded, 'h1')).toEqual({
      own: 'host',
      both: 'host_vars',
      who: 'group-web',
      tie: 'strong',
      deep: 'group_vars-site',
      all: 'site',
      a1: 'group_vars-all',
      a2: 'playbook',
      web: 'playbook',
      last: 'third',
      map: { a: 1 },
      hv: 'playbook',
      is: false,
      mode: 0o644,
      none: null,
    })
    const file = join(folder, 'inv/host_vars/h1.yml')
    const layer = loaded.layers('h1').find(({ source }) => source === file)
    expect(layer?.vars.get('hv')).toEqual({ value: 'inventory', at: { file, line: 3, col: 5 } })
  })

  test('the implicit localhost is local, and gets what all hosts get', () => {
    const folder = folderOf({ inv: 'h1', 'group_vars/all.yml': 'x: 1' })
    const loaded = loadInventory([join(folder, 'inv')])
    expect(valuesOf(loaded, 'localhost')).toEqual({ x: 1, ansible_connection: 'local' })
    expect([...loaded.inventory.hosts.keys()]).toEqual(['h1'])
  })

  test.each([
    ['there is no such file', {}, '', 'cannot read "', undefined],
    [
      'a broken vault',
      { inv: 'h1', 'host_vars/h1.yml': '$ANSIBLE_VAULT;1.1;AES256\n' },
      'inv',
      'the vault text is broken',
      'h1.yml:1:1',
    ],
    [
      'a list for variables',
      { inv: 'h1', 'host_vars/h1.yml': '- a' },
      'inv',
      'must be a map',
      'h1.yml:1:1',
    ],
    [
      'a duplicate key',
      { inv: 'h1', 'host_vars/h1.yml': 'a: 1\na: 2\n' },
      'inv',
      'duplicate key',
      'h1.yml:2:1',
    ],
    ['a tab', { inv: 'h1', 'host_vars/h1.yml': 'a:\n\tb: 1\n' }, 'inv', 'tab', 'h1.yml:2:1'],
    [
      'an unclosed list',
      { inv: 'h1', 'group_vars/all.yml': 'a: [1\n' },
      'inv',
      'YAML: ',
      'all.yml:',
    ],
    [
      'a key no group has',
      { 'i.yml': 'web:\n  hostz:\n    a:\n' },
      'i.yml',
      'group "web" cannot have "hostz"',
      'i.yml:2:3',
    ],
    [
      'a list of hosts',
      { 'i.yml': 'web:\n  hosts: [a]\n' },
      'i.yml',
      'hosts: this must be a map',
      'i.yml:2:10',
    ],
    [
      'a value for a host',
      { 'i.yml': 'web:\n  hosts:\n    a: 5\n' },
      'i.yml',
      'host "a": this must be a map',
      'i.yml:3:8',
    ],
    [
      'a group inside itself',
      { 'i.yml': 'w:\n  children:\n    w:\n' },
      'i.yml',
      'cannot be its own child',
      'i.yml:3:5',
    ],
    [
      'a plugin',
      { 'i.yml': 'plugin: constructed\n' },
      'i.yml',
      'plugins are not supported',
      'i.yml:1:1',
    ],
    [
      'a range without an end',
      { 'i.yml': 'w:\n  hosts:\n    a[1:]:\n' },
      'i.yml',
      'has no end',
      'i.yml:3:5',
    ],
    ['TOML', { 'i.toml': '[web.hosts]\n' }, 'i.toml', 'TOML', 'i.toml:1:1'],
    [
      'a script that fails',
      { s: '#!/bin/sh\necho woe >&2; exit 3\n' },
      's',
      '--list: woe',
      's:1:1',
    ],
    [
      'a script that prints no JSON',
      { s: '#!/bin/sh\necho nope\n' },
      's',
      'prints no JSON',
      's:1:1',
    ],
    [
      'a script with odd groups',
      { s: `#!/bin/sh\necho '{"w": {"hosts": "a"}}'\n` },
      's',
      'list of names',
      's:1:1',
    ],
  ])(
    '%s is an error with its place',
    (_what, files: Record<string, string>, source, message, place) => {
      const folder = folderOf({ '.keep': '', ...files })
      const [error] = errorsOf(() => {
        const loaded = loadInventory([join(folder, source || 'nowhere')])
        for (const host of loaded.inventory.hosts.keys()) loaded.layers(host)
      })
      expect(error?.message).toContain(message)
      const at = error?.at && where(error.at)
      if (place === undefined) expect(at).toBeUndefined()
      else expect(at).toContain(place)
    },
  )

  test('every error of every source comes at once', () => {
    const folder = folderOf({ a: '[x\nh y\n', 'b.yml': 'w: 5\nv: 6\n' })
    const sources = [join(folder, 'a'), join(folder, 'b.yml'), join(folder, 'gone')]
    expect(errorsOf(() => loadInventory(sources)).map(({ message }) => message)).toEqual([
      '"[x": the bracket [ is never closed',
      '"y" is not of the form name=value',
      'group "w": this must be a map',
      'group "v": this must be a map',
      expect.stringContaining('cannot read'),
    ])
  })
})

const NASTY = `
a:22 x=1   # comment
'quoted' b="two words" c='[1, "x"]' d=\\"5\\" e=a\\ b f=x#y g="#no"
q=1
[v6]
[2001:db8::1]:2222 ansible_user=root
fe80::1
2001:db8::[a:c]
w[01:10:3].x[a:b].com n=1
-odd:1
h:x:1
[web]
w01.xa.com n=2 l=1,2 s="'5'" m={'a':None,'b':[True]} z=
[web:vars] # yes
t=True
u=true
v = spaced value # kept
w=5 # gone
x='it''s'
y="a\\tb"
z=0x1F
o=010
p=
e==
[tail:children]
later
v6
web   # here
[later]
q5
a
[later:vars]
ansible_group_priority=3
n=7
[web:vars]
n=8
[all]
direct
[ungrouped]
explicit
`

const NASTY_YAML = `
all:
  hosts:
    lone:
    web[1:2]: {a: 1}
    h:2222: {x: yes, y: 0755, t: 1_000, d: 2020-01-01, s: "5", f: 1.5, n: ~}
    "[2001:db8::1]:23": {}
  vars: {top: 1}
  children:
    web:
      hosts:
        web1: {a: 2}
        web3: null
      vars:
        b: &b {c: 1}
        d: {<<: *b, e: [1, {f: 2}]}
        ansible_group_priority: 5
    db:
      children: {pg: }
    pg:
      hosts: d1
other:
  hosts: {o1: {}}
  children: web
ungrouped:
  hosts: {u1: }
`

const SCRIPT = `#!/bin/sh
case "$1" in
--list) echo '{"web": {"hosts": ["a", "c:22"], "vars": {"x": 1}, "children": ["sub"]}, "plain": ["p1"],
  "sub": {"hosts": ["s1"]}, "all": {"vars": {"t": "yes"}, "children": ["ungrouped"]}, "lone": {"v": 3}META}' ;;
--host) echo '{"of": "'$2'"}' ;;
esac
`
const META = ', "_meta": {"hostvars": {"a": {"v": 1}, "nobody": {"q": 1}}}'

const LIKE_ANSIBLE: [name: string, files: Record<string, string>, sources: string[]][] = [
  ['precedence', PRECEDENCE, ['inv/hosts']],
  ['nasty INI', { inv: NASTY }, ['inv']],
  ['nasty YAML', { 'inv.yml': NASTY_YAML }, ['inv.yml']],
  ['YAML without an extension', { inv: NASTY_YAML }, ['inv']],
  ['JSON', { 'inv.json': '{"web": {"hosts": {"a": {"n": 1}}}}' }, ['inv.json']],
  ['a script', { s: SCRIPT.replace('META', META) }, ['s']],
  ['a script called for each host', { s: SCRIPT.replace('META', '') }, ['s']],
  [
    'a folder',
    {
      'd/01': '[g]\nh1 x=1\n',
      'd/02-b.yml': 'g: {hosts: {h1: {x: 2}}}',
      'd/README': '[t]\nh3\n',
      'd/.hidden': 'junk [',
      'd/03.cfg': 'junk [',
      'd/04.ini': '[lost]\nh4',
      'd/sub/f': '[t]\nh2\n',
      'd/group_vars/g.yml': 'q: 1',
      'd/sub/group_vars/g.yml': 'q: 2',
      'd/s': SCRIPT.replace('META', META),
    },
    ['d'],
  ],
  [
    'several sources',
    {
      'one/inv': '[a]\nh1 x=1\n[a:vars]\ny=1\n',
      'one/group_vars/a.yml': 'z: one',
      'two/inv.yml': 'a: {hosts: {h1: {x: 2}, h2: }, vars: {y: 2}}\nb: {children: {a: }}',
      'two/group_vars/a.yml': 'z: two',
      'one/more': '[b:vars]\nw=1\n',
    },
    ['one/inv', 'two/inv.yml', 'one/more'],
  ],
]

describe.runIf(hasReferee)('inventories, beside ansible-core', () => {
  test.each(LIKE_ANSIBLE)('%s', (_name, files, names) => {
    const folder = folderOf(files)
    const sources = names.map((name) => join(folder, name))
    const playbookDir = join(folder, 'play')
    const [verdict] = judge([{ sources, playbookDir }])
    expect(verdict?.error).toBeUndefined()
    const ours = verdictOf(loadInventory(sources, { playbookDir }))
    expect(ours.groups).toEqual(verdict?.groups)
    expect(ours.hostvars).toEqual(verdict?.hostvars)
  })

  test('the command ansible-inventory --list says the same as its library', () => {
    const source = join(folderOf({ inv: NASTY }), 'inv')
    const { stdout } = spawnSync('ansible-inventory', ['-i', source, '--list'], {
      encoding: 'utf8',
    })
    const { _meta, ...groups } = JSON.parse(stdout) as Record<string, Record<string, unknown>>
    const ours = verdictOf(loadInventory([source]))
    const withVars = Object.entries(ours.hostvars).filter(
      ([, vars]) => Object.keys(vars).length > 0,
    )
    expect(_meta?.['hostvars']).toEqual(Object.fromEntries(withVars))
    for (const [name, { hosts = [], children = [] }] of Object.entries(groups)) {
      if (name !== 'all') expect({ hosts, children }).toEqual(ours.groups[name])
    }
  })

  test('a host list', () => {
    const [verdict] = judge([{ sources: ['a,b:22, c,'] }])
    const ours = verdictOf(loadInventory(['a,b:22, c,']))
    expect(ours).toEqual({ groups: verdict?.groups, hostvars: verdict?.hostvars })
  })

  test('random INI inventories', () => {
    const inventories = fc.sample(randomIni, { numRuns: 300 })
    const sources = inventories.map((text) => join(folderOf({ 'inv.hosts': text }), 'inv.hosts'))
    const verdicts = judge(sources.map((source) => ({ sources: [source] })))
    for (const [index, verdict] of verdicts.entries()) {
      const theirs = verdict.error
        ? 'refused'
        : { groups: verdict.groups, hostvars: verdict.hostvars }
      expect({ text: inventories[index]!.split(`\n`), is: outcomeOf(sources[index]!) }).toEqual({
        text: inventories[index]!.split(`\n`),
        is: theirs,
      })
    }
  })
})

function outcomeOf(source: string): unknown {
  try {
    return verdictOf(loadInventory([source]))
  } catch (error) {
    if (error instanceof InputErrors) return 'refused'
    throw error
  }
}

// All groups exist, so that most of what chance writes is valid.
const DECLARED = ['[a]', '[b]', '[c]', '[d-e]', '[f_1]']

const randomIni = ((): fc.Arbitrary<string> => {
  const group = fc.constantFrom('a', 'b', 'c', 'd-e', 'f_1')
  const host = fc.constantFrom(
    'h1',
    'h2',
    'h[1:3]',
    'x:22',
    '10.0.0.1:2200',
    'n[01:04:2].z',
    'p[a:c]',
  )
  const literal = fc.oneof(
    fc.constantFrom(
      '5',
      '-5',
      '1.5',
      'True',
      'true',
      'None',
      '010',
      '0x10',
      '1_000',
      '',
      '[1]',
      "['a', 2]",
    ),
    fc.constantFrom(
      "'x'",
      '"y z"',
      "{'k': (1, 2)}",
      '1,2',
      'a # b',
      '5 # c',
      'é',
      "u'x'",
      "b'x'",
      '1e3',
      '(',
      "'",
    ),
    fc.stringMatching(/^[a-z0-9'"[\](){},:.+\- #\\]{0,12}$/),
  )
  const name = fc.constantFrom('v1', 'v2', 'v3', 'ansible_port')
  const priority = fc
    .constantFrom('-1', '0', '2', '010', '10', 'high', '', 'None')
    .map((value) => `ansible_group_priority=${value}`)
  const setting = fc.tuple(name, literal).map(([key, value]) => `${key}=${value}`)
  const quoted = fc
    .tuple(name, literal)
    .map(([key, value]) => `${key}="${value.replace(/["\\]/g, '\\$&')}"`)
  const hostLine = fc
    .tuple(host, fc.array(fc.oneof(quoted, quoted, setting), { maxLength: 3 }))
    .map(([token, settings]) => [token, ...settings].join(' '))
  const section = fc.oneof(
    fc
      .tuple(group, fc.array(hostLine, { maxLength: 4 }))
      .map(([one, lines]) => [`[${one}]`, ...lines]),
    fc
      .tuple(group, fc.array(group, { maxLength: 2 }))
      .map(([one, lines]) => [`[${one}:children]`, ...lines]),
    fc
      .tuple(group, fc.array(fc.oneof(setting, setting, setting, priority), { maxLength: 3 }))
      .map(([one, lines]) => [`[${one}:vars]`, ...lines]),
  )
  return fc
    .tuple(fc.array(hostLine, { maxLength: 2 }), fc.array(section, { maxLength: 7 }))
    .map(([first, sections]) => [...first, ...sections.flat(), ...DECLARED].join('\n'))
})()

function errorsOf(act: () => unknown): readonly DrPlayError[] {
  try {
    act()
  } catch (error) {
    if (error instanceof InputErrors) return error.errors
    if (error instanceof DrPlayError) return [error]
    throw error
  }
  return []
}
