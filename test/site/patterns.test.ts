import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { InputError } from '../../src/core/errors.js'
import { parseIni } from '../../src/site/ini.js'
import type { Inventory } from '../../src/site/inventory.js'
import { InventoryBuilder } from '../../src/site/inventory-builder.js'
import { applyLimit, matchPattern } from '../../src/site/patterns.js'
import { hasReferee, judge } from './referee.js'

const TEXT = `lone
[web]
web[1:5]
[db]
db1
db2
web1
[app:children]
web
db
[we.b]
x1
[both]
both
[g-1]
192.168.0.1
2001:db8::1
[none]
`
const AT = { file: 'site.yml', line: 2, col: 10 }
const REST = ['lone', 'x1', 'both', '192.168.0.1', '2001:db8::1']
const WEB = ['web1', 'web2', 'web3', 'web4', 'web5']

function inventoryOf(text: string): Inventory {
  const builder = new InventoryBuilder()
  parseIni(text, 'inv', builder)
  expect(builder.errors).toEqual([])
  return builder.build()
}

const inventory = inventoryOf(TEXT)

const TABLE: [pattern: string, hosts: string[]][] = [
  ['all', [...REST, ...WEB, 'db1', 'db2']],
  ['*', [...REST, ...WEB, 'db1', 'db2']],
  ['web', WEB],
  ['web1:db1', ['web1', 'db1']],
  [' web1 , db1 ', ['web1', 'db1']],
  ['web:&db', ['web1']],
  ['web:!db', WEB.slice(1)],
  ['!db:web', WEB.slice(1)],
  ['&db', ['web1', 'db1', 'db2']],
  ['!app', REST],
  ['web:&db:!web1', []],
  ['~web[12]', ['web1', 'web2']],
  ['~(web|db)1', ['web1', 'db1']],
  ['~b', ['both']],
  ['~(?i)DB2', ['db2']],
  ['web[0]', ['web1']],
  ['web[0:2]', ['web1', 'web2', 'web3']],
  ['web[0-2]', ['web1', 'web2', 'web3']],
  ['web[1:]', WEB.slice(1)],
  ['web[-1]', ['web5']],
  ['web[3:99]', ['web4', 'web5']],
  ['web[99:]', []],
  ['web[2:1]', []],
  ['web[:2]', ['web2']],
  ['web[!1]', WEB.slice(1)],
  ['[w]eb1', ['web1']],
  ['we?1', ['web1']],
  ['web?', WEB],
  ['*1', ['192.168.0.1', '2001:db8::1', 'web1', 'db1', 'x1']],
  ['w*[5]', ['x1']],
  ['w*[6]', ['web1']],
  ['w*[0:99]', [...WEB, 'x1']],
  ['web:!web[0]', WEB.slice(1)],
  ['192.168.0.1', ['192.168.0.1']],
  ['192.168.0.1:db', ['192.168.0.1', 'db1', 'db2', 'web1']],
  ['2001:db8::1', ['2001:db8::1']],
  ['2001:db8::1,db1', ['2001:db8::1', 'db1']],
  ['localhost', ['localhost']],
  ['127.0.0.1,db1', ['127.0.0.1', 'db1']],
  ['localhost*', []],
  ['none', []],
  ['nope*', []],
  ['web,', WEB],
  [':web', WEB],
  ['web db', [...WEB, 'db1', 'db2']],
  ['we.b', ['x1']],
]

describe('a host pattern', () => {
  test.each(TABLE)('%s', (pattern, hosts) => {
    expect(matchPattern(pattern, inventory)).toEqual(hosts)
  })

  test('may be a list, as in hosts: [web, db]', () => {
    expect(matchPattern(['web', '!db', 'lone'], inventory)).toEqual([...WEB.slice(1), 'lone'])
  })

  test.each([
    ['wbe', '"wbe" is no host and no group', 'did you mean "web"?', 10],
    ['web:!bd', '"bd" is no host and no group', 'did you mean "db"?', 14],
    ['web, dbx1', '"dbx1" is no host and no group', 'did you mean "db1"?', 15],
    ['zzzzzz', '"zzzzzz" is no host and no group', 'knows neither', 10],
    ['web[10]', '"web[10]": there is no such host', 'it has 5', 10],
    ['~(web', '"(web" is not a regular expression', 'commas', 10],
    ['', 'the host pattern is empty', 'write "all"', 10],
    ['web:!', 'nothing follows the "!"', '!NAME leaves them out', 14],
    ['web[3-1]x', '"web[3-1]x" is not a pattern', 'from the lower one: rs[1-3]', 10],
    ['web1:22', '"web1:22" is no host', 'knows neither', 10],
  ])('%j is refused', (pattern, message, hint, col) => {
    const error = errorOf(() => matchPattern(pattern, inventory, AT))
    expect(error.message).toContain(message)
    expect(error.hint).toContain(hint)
    expect(error.at).toEqual({ ...AT, col })
  })
})

describe('a limit', () => {
  const all = matchPattern('all', inventory)
  const files: Record<string, string> = { 'failed.txt': 'web1\n\ndb2\n', 'typo.txt': 'web1\nbd2\n' }
  const limit = (text: string): string[] => applyLimit(all, text, inventory, (path) => files[path]!)

  test.each([
    ['web', WEB],
    ['web:!web1', WEB.slice(1)],
    ['@failed.txt', ['web1', 'db2']],
    ['@failed.txt,lone', ['lone', 'web1', 'db2']],
    ['@failed.txt:!db2', ['web1']],
  ])('%s', (text, hosts) => {
    expect(limit(text)).toEqual(hosts)
  })

  test('that is empty, or names nobody, is refused', () => {
    expect(errorOf(() => limit('')).message).toBe('the limit is empty')
    const error = errorOf(() => limit('@typo.txt'))
    expect(error.hint).toBe('did you mean "db2"?')
    expect(error.at).toEqual({ file: 'typo.txt', line: 2, col: 1 })
  })
})

describe.runIf(hasReferee)('host patterns, beside ansible-core', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dr-play-patterns-'))
  const file = join(folder, 'inventory')
  beforeAll(() => writeFileSync(file, TEXT))
  afterAll(() => rmSync(folder, { recursive: true }))

  test('the table is what Ansible says, too', () => {
    // One inventory each: Ansible's implicit localhost keeps the name it was first asked by.
    const verdicts = judge(
      TABLE.map(([pattern]) => ({ sources: [file], patterns: [[pattern, null]] })),
    )
    const theirs = verdicts.map(({ patterns }, index) => [TABLE[index]![0], patterns[0]])
    expect(TABLE.map(([pattern]) => [pattern, matchPattern(pattern, inventory)])).toEqual(theirs)
  })

  test('the command ansible --list-hosts says the same as its library', () => {
    const args = ['web,!db,lone', '-i', file, '--list-hosts', '--limit', '!web3']
    const { stdout } = spawnSync('ansible', args, { encoding: 'utf8' })
    const hosts = applyLimit(matchPattern('web,!db,lone', inventory), '!web3', inventory, () => '')
    expect(stdout.trim().split(/\s+/).slice(2)).toEqual(hosts)
  })

  test('random patterns and limits mean the same hosts', () => {
    const atom = fc.constantFrom(
      ...['web', 'db', 'app', 'all', 'lone', 'web1', 'web3', 'db2', 'we.b', 'g-1', 'none', 'both'],
      ...[
        '*',
        'w*',
        '*1',
        'we?',
        'web?',
        '[wd]*',
        'web[!2-4]',
        '~w',
        '~.*1$',
        '192.168.0.1',
        'ungrouped',
      ],
      ...['web[0]', 'web[1:2]', 'app[2:]', 'all[0:3]', '*[3]', 'db[-1]', 'w*[4:7]', 'web[1-1]'],
    )
    const part = fc
      .tuple(fc.constantFrom('', '', '&', '!'), atom)
      .map(([sign, text]) => sign + text)
    const pattern = fc
      .tuple(fc.array(part, { minLength: 1, maxLength: 4 }), fc.constantFrom(':', ',', ', '))
      .map(([parts, separator]) => parts.join(separator))
    const pairs = fc.sample(fc.tuple(pattern, fc.option(pattern)), { numRuns: 2000 })
    const [verdict] = judge([{ sources: [file], patterns: pairs }])
    const ours = pairs.map(([hosts, limit]) => {
      const matched = matchPattern(hosts, inventory)
      return limit === null ? matched : applyLimit(matched, limit, inventory, () => '')
    })
    expect(pairs.map((pair, index) => [...pair, ours[index]])).toEqual(
      pairs.map((pair, index) => [...pair, verdict!.patterns[index]]),
    )
  })
})

function errorOf(act: () => unknown): InputError {
  try {
    act()
  } catch (error) {
    if (error instanceof InputError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}
