import { describe, expect, test } from 'vitest'
import { literalOrText } from '../../src/site/literal.js'
import { hasReferee, runPython } from './referee.js'

const SAME = Symbol('the text itself')

const TABLE: [text: string, value: unknown][] = [
  ['5', 5],
  ['-5', -5],
  ['- 5', -5],
  ['+5', 5],
  ['-0', 0],
  ['--5', SAME],
  ['1_000', 1000],
  ['1__0', SAME],
  ['0_0', 0],
  ['00', 0],
  ['010', SAME],
  ['08', SAME],
  ['0x1F', 31],
  ['0x_f', 15],
  ['0xFFg', SAME],
  ['0o17', 15],
  ['0b11', 3],
  ['0b12', SAME],
  ['1.5', 1.5],
  ['.5', 0.5],
  ['1.e3', 1000],
  ['1_0.5', 10.5],
  ['-1.5e-3', -0.0015],
  ['1_e3', SAME],
  ['1._5', SAME],
  ['1.2.3', SAME],
  ['192.168.139.6', SAME],
  ['inf', SAME],
  ['True', true],
  ['False', false],
  ['None', null],
  ['true', SAME],
  ['yes', SAME],
  ['null', SAME],
  ['-True', SAME],
  ['Ellipsis', SAME],
  ["'x'", 'x'],
  ['"x"', 'x'],
  ["'it''s'", 'its'],
  ["'a' 'b'", 'ab'],
  ["'a'b'c'", SAME],
  ["u'x'", 'x'],
  ["r'\\d'", '\\d'],
  ["f'x'", SAME],
  ["'\\x41\\u0042\\101\\q\\n'", 'ABA\\q\n'],
  ["'\\x4'", SAME],
  ["'\\''", "'"],
  ['"""x"""', 'x'],
  ["'a", SAME],
  ["''", ''],
  ['', SAME],
  [' 5', 5],
  ['5 # c', 5],
  ['5#', 5],
  ['#x', SAME],
  ['a # c', SAME],
  ["'a' # z", 'a'],
  ['[1, 2,]', [1, 2]],
  ['[]', []],
  ['[,]', SAME],
  ['[1 2]', SAME],
  ['[true]', SAME],
  ['[1]x', SAME],
  ['()', []],
  ['(1)', 1],
  ['(1,)', [1]],
  ['(1', SAME],
  ['1,', [1]],
  ['80,443', [80, 443]],
  ['a,b', SAME],
  [',', SAME],
  ['{}', {}],
  ["{'a': {'b': (1, None)}}", { a: { b: [1, null] } }],
  ["{1: 'x', 2: 'y',}", { 1: 'x', 2: 'y' }],
  ["{'a':", SAME],
  ['-(5)', -5],
  ['1-1', SAME],
  ['a b', SAME],
  ['{{ x }}', SAME],
]

// No type of ours keeps these as they are, or Ansible itself breaks on them.
const TEXT_HERE = ['{[1]: 2}', '{1, 2}', '1+2j', '12345678901234567890', '1e999']

describe('a Python literal', () => {
  test.each(TABLE)('%j', (text, value) => {
    expect(literalOrText(text)).toEqual(value === SAME ? text : value)
  })

  test.each(TEXT_HERE)('%j stays text', (text) => {
    expect(literalOrText(text)).toBe(text)
  })

  test('a key called __proto__ is a key like any other', () => {
    expect(Object.keys(literalOrText("{'__proto__': 1}") as object)).toEqual(['__proto__'])
  })
})

describe.runIf(hasReferee)('a Python literal, beside Python', () => {
  test('every line of the table', () => {
    const texts = TABLE.map(([text]) => text)
    const theirs = runPython('referee-literal.py', texts)
    expect(texts.map((text) => [text, literalOrText(text)])).toEqual(
      texts.map((text, index) => [text, (theirs as unknown[])[index]]),
    )
  })
})
