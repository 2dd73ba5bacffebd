import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { YamlFile } from '../../src/site/yaml.js'
import { hasReferee } from '../site/referee.js'
import { drPlayIn, type Said } from '../support/command-line.js'

const dir = mkdtempSync(join(tmpdir(), 'dr-play-inventory-cli-'))
afterAll(() => rmSync(dir, { recursive: true }))

const env = { PATH: process.env.PATH, HOME: dir, ANSIBLE_LOCAL_TEMP: dir, LC_ALL: 'C.UTF-8' }
const ours = (...args: string[]) => drPlayIn(join(dir, 'cwd'))('inventory', ...args)
function theirs(...args: string[]): Promise<Said> {
  const options = { cwd: join(dir, 'cwd'), env }
  return new Promise((done) => {
    const child = execFile('ansible-inventory', args, options, (_, stdout, stderr) =>
      done({ exit: child.exitCode ?? -1, stdout, stderr }),
    )
  })
}

const SEALED = `!vault |
      $ANSIBLE_VAULT;1.1;AES256
      3133333731
`
const files = {
  'cwd/group_vars/all.yml': 'from_cwd: 1\n',
  'book/group_vars/web.yml': 'from_book: {a: [1, "x", null, true, "it\'s"]}\n',
  'book/host_vars/b': 'from_book: host\n',
  ini: `lonely n=1
[web]
b:2222 text='two words' none=None yes=True
a list=[1,'x'] float=1.5 path=C:\\\\x
[db]
a
c
[site:children]
db
web
empty
[empty]
[db:vars]
ansible_group_priority=7
name=db # no comment
[web:vars]
name=web
[site:vars]
groups=hidden
inventory_hostname=hidden
`,
  'dir/10.yml': `all:
  vars: {t: yes, s: "a'b", em: "", y: "yes", num: "12", zero: 0x10, m: "l1\\nl2\\n", u: "é\\t"}
  children:
    web: {hosts: {a: {k: v, m: [{b: 1, a: {}}]}, b: }, vars: {w: [], long: "${'word '.repeat(30)}"}}
    db: {hosts: {a: , c: }, children: {web: , empty: }}
`,
  'dir/20': '[web]\nd x=~ off\n'.replace(' off', ''),
  'dir/group_vars/web/a.yml': 'w: 2\nmap: {z: 1, a: 2}\n',
  'unsafe.yml': 'all: {hosts: {a: {u: !unsafe "{{ x }}", l: !unsafe ["{{ y }}", 5]}}}\n',
  'dir/host_vars/a.json': '{"k": {"deep": [1, 2.5, false]}}',
  'sealed.yml': `all:\n  hosts:\n    a:\n      open: 1\n      pw: ${SEALED.replaceAll('\n      ', '\n        ')}`,
}

beforeAll(() => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true })
    writeFileSync(join(dir, name), text)
  }
})

const sources = ['../ini', '../dir', 'x,y:22,']
const forms = [
  ['--graph'],
  ['--graph', '--vars'],
  ['--graph', '--vars', '--playbook-dir', '../book'],
  ['--list'],
  ['--list', '--yaml'],
  ['--list', '--playbook-dir', '../book'],
]
const cases = [
  ...sources.flatMap((source) => forms.map((form) => ['-i', source, ...form])),
  ['-i', '../ini', '-i', '../dir', '--list'],
  ['-i', '../ini', '-i', '../dir', '--graph', 'web', '--vars'],
  ['-i', '../dir', '--host', 'a'],
  ['-i', '../dir', '--host', 'a', '--yaml'],
  ['-i', '../dir', '--host', 'web[1]'],
  ['-i', '../sealed.yml', '--list'],
  ['-i', '../sealed.yml', '--host', 'a'],
  ['-i', '../unsafe.yml', '--list'],
  ['-i', '../unsafe.yml', '--graph', '--vars'],
]

const read = (args: readonly string[], text: string): unknown => {
  if (args.includes('--graph')) return text
  return args.includes('--yaml') ? new YamlFile('out', text).value : JSON.parse(text)
}

describe.runIf(hasReferee)('dr-play inventory prints what ansible-inventory prints:', () => {
  it.concurrent.each(cases)('%s %s %s %s %s %s', async (...words) => {
    const args = words.filter((word): word is string => typeof word === 'string')
    const [mine, referee] = await Promise.all([ours(...args), theirs(...args)])
    expect(mine.stderr).toBe('')
    expect(referee.exit, referee.stderr).toBe(0)
    expect(read(args, mine.stdout)).toEqual(read(args, referee.stdout))
  })

  it('JSON even to the byte', async () => {
    const args = ['-i', '../ini', '-i', '../dir', '--list']
    expect((await ours(...args)).stdout).toBe((await theirs(...args)).stdout)
  })

  it('!unsafe with its tag, so that it can be read again', async () => {
    const { stdout } = await ours('-i', '../unsafe.yml', '--list', '--yaml')
    writeFileSync(join(dir, 'unsafe-again.yml'), stdout)
    const again = await theirs('-i', '../unsafe-again.yml', '--list')
    expect(again.stdout).toBe((await theirs('-i', '../unsafe.yml', '--list')).stdout)
  })

  it('sealed values as they are, and readable again as YAML', async () => {
    const { stdout } = await ours('-i', '../sealed.yml', '--yaml')
    writeFileSync(join(dir, 'again.yml'), stdout)
    const again = await theirs('-i', '../again.yml', '--list')
    expect(JSON.parse(again.stdout)).toMatchObject({
      _meta: {
        hostvars: { a: { open: 1, pw: { __ansible_vault: expect.any(String) as string } } },
      },
    })
  })
})

describe('dr-play inventory', () => {
  it.each([
    [[], 'no inventory is given'],
    [['-i', '../ini'], 'nothing is asked for'],
    [['-i', '../ini', '--list', '--graph'], "'--list' cannot be used with option '--graph'"],
    [['-i', '../ini', '--graph', '--host', 'a'], "cannot be used with option '--host"],
    [['-i', '../ini', '--graph', 'wbe'], '"wbe" is not a group\n  did you mean "web"?'],
    [['-i', '../ini', '--host', 'lonly'], 'did you mean "lonely"?'],
    [['-i', '../ini', '--host', 'web'], '"web" means 2 hosts\n  name one host'],
    [['-i', '../nowhere', '--list'], 'there is no such file'],
  ])('%j is an error', async (args, message) => {
    const { exit, stdout, stderr } = await ours(...args)
    expect(stderr).toContain(message)
    expect(stdout).toBe('')
    expect(exit).toBe(1)
  })

  it('shows nothing that is sealed in a graph', async () => {
    const { stdout } = await ours('-i', '../sealed.yml', '--graph', '--vars')
    expect(stdout).toContain('{pw = [vault]}')
  })
})
