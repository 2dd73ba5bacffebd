import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DrPlayError } from '../../src/core/errors.js'
import { YamlFile } from '../../src/site/yaml.js'
import { hasReferee, runPython } from './referee.js'

type Answer = { value: unknown } | { error: string }

const theirs = (texts: readonly string[]) => runPython('referee-yaml.py', texts) as Answer[]

function ours(text: string): Answer {
  try {
    const { value } = new YamlFile('x.yml', text)
    return { value: JSON.parse(JSON.stringify(value, infinite)) as unknown }
  } catch (error) {
    if (error instanceof DrPlayError) return { error: error.message }
    throw error
  }
}

/** As the referee writes what JSON cannot. */
function infinite(_key: string, value: unknown): unknown {
  if (typeof value !== 'number' || Number.isFinite(value)) return value
  return { float: String(value).replace('Infinity', 'inf').toLowerCase() }
}

const SCALARS = [
  ...['yes', 'No', 'ON', 'off', 'y', 'N', 'true', 'TRUE', 'tRUE', 'null', '~', 'Null', 'nULL', ''],
  ...[
    '0',
    '-0',
    '+1',
    '007',
    '08',
    '0644',
    '0o644',
    '0x1F',
    '0xfg',
    '0b101',
    '1_000',
    '_1',
    '1__0',
  ],
  ...['1:30', '01:30', '08:30', '1:99', '12:30:45', '1:30.5', '52:54:00:12:34:56', '::1', 'a:b'],
  ...[
    '1.5',
    '.5',
    '+.5',
    '-1.',
    '.',
    '._',
    '1e3',
    '1e+3',
    '1.0e3',
    '1.0e+3',
    '.inf',
    '-.INF',
    '.NaN',
  ],
  ...['12345678901234567890', '1.2.3', '10.0.0.1/24', '1,5', '-', '--', '- -', '-x', '?x', ':x'],
  ...['"q"', "'it''s'", '"\\x41\\u00e9\\n\\/"', '"a\\\n    b"', "'a\n\n  b'", '"yes"', "'1'"],
  ...['!!str 1', '!!int "5"', '!!bool "yes"', '!!null ""', '!!float "1.5"'],
  ...[
    'a b',
    'a#b',
    'a #b',
    'a: b'.replace(': ', ':'),
    'http://x:80/',
    '{}',
    '[]',
    '{a: 1}',
    '[a, [b]]',
  ],
  ...['{a, b}', '{a: }', '{"a":1}', '[a: 1, b]', '[a,]', '{a: 1,}', '{? a : 1}', '"<<"', '=x'],
  ...[
    '|\n  a\n   b\n',
    '|-\n  a\n',
    '|+\n  a\n\n',
    '>\n  a\n  b\n\n  c\n   d\n',
    '>-\n  a\n',
    '|2\n   a\n',
  ],
  ...[
    '|\n\n  a\n',
    '|  # note\n  a\n',
    'a\n  b\n  c',
    '&x a',
    '&x {a: 1}',
    '$HOME',
    'a\\b',
    '"{{ x }}"',
  ],
]

const FILES = [
  'a: &x {p: 1, q: 2}\nb: {<<: *x, q: 3}\nc: *x\n',
  'a: &x {p: 1}\nd: &y {p: 2, r: 3}\nb:\n  <<: [*x, *y]\n  s: 4\n',
  'a: &x {p: 1}\nb:\n  s: 4\n  <<: *x\n  p: 5\n',
  '"<<": 1\na: 2\n',
  '"yes": 1\n3: 3\n1.5: 5\n~x: 6\n"0x10": 7\n12345678901234567890: 8\n',
  'a:\n- 1\n-   b: 2\n    c: 3\n- - 4\n  - 5\nd:\n  - 6\n',
  '? a\n: 1\n? b\n: - 2\n',
  '%YAML 1.1\n---\na: yes\n...\n',
  '# only\n\n---\n# a comment\na: 1 # and one more\n',
  'a: [\n  1, # one\n  2\n]\nb: {\n"c": 3\n}\n',
  'a: "one\ntwo"\nb: x\n',
  '{"a": [1, 2.5, null, true, "\\u00e9"], "b": {}}',
  'a: |\n  no line break at the end',
  'a: >+\n  x\n\nb:\n  |\n  y\n',
  'a: x\r\nb:\r\n  - y\r\n  - |\r\n    z\r\n',
  'é: ü\n"ключ": 值\n',
  '[1, 2]',
  'just text',
  '',
  '---\n',
  '- !vault-is-not\n',
  'a: 1\n---\nb: 2\n',
  '\ta: 1\n',
  'a: b: c\n',
  'a: 1\n b: 2\n',
  'a: [1\n',
  'a: "x\n',
  'a: @x\n',
  'a: *x\n',
  'a: "\\d"\n',
]

describe.skipIf(!hasReferee)('YAML as Ansible reads it', () => {
  const inMaps = SCALARS.flatMap((text) => [`k: ${text}\n`, `k:\n  - ${text}\n  - x\n`])

  test.each([
    ['the words, quotes and blocks of which a value may be made', inMaps],
    ['whole files', FILES],
  ])('%s', (_what, texts) => {
    const answers = theirs(texts)
    expect(texts.map((text) => [text, ours(text)])).toEqual(
      texts.map((text, i) => [text, sameKind(answers[i]!)]),
    )
  })

  test('keys: what becomes another name, or none, is refused', () => {
    const words = SCALARS.filter((text) => /^[^\s"'&!|>{}[\]?-][^\s:]*$/.test(text))
    const texts = words.map((word) => `k:\n  ${word}: 1\n`)
    const stays = theirs(texts).map((answer, i) => {
      const [key] = Object.keys(('value' in answer ? (answer.value as { k: object }) : { k: {} }).k)
      return key === words[i] && !['true', 'false', 'null'].includes(key!)
    })
    expect(stays.filter(Boolean).length).toBeGreaterThan(10)
    expect(stays.filter((each) => !each).length).toBeGreaterThan(10)
    expect(texts.map((text) => [text, 'value' in ours(text)])).toEqual(
      texts.map((text, i) => [text, stays[i]]),
    )
  })

  test('files made at random of sound parts', () => {
    const texts = fc.sample(sound, 1500)
    const answers = theirs(texts)
    expect(texts.map((text) => [text, ours(text)])).toEqual(
      texts.map((text, i) => [text, sameKind(answers[i]!)]),
    )
  })

  // The parser of PyYAML lets pass, or refuses, a few things more: a comment without a blank
  // before it, a block of lines without indentation, an empty key.
  test('rubble: what both can read means the same', () => {
    const texts = fc.sample(rubble, 4000)
    const both = theirs(texts)
      .map((answer, i) => ({ text: texts[i]!, answer, own: ours(texts[i]!) }))
      .filter(({ answer, own }) => 'value' in answer && 'value' in own)
    expect(both.length).toBeGreaterThan(100)
    expect(both.map(({ text, own }) => [text, own])).toEqual(
      both.map(({ text, answer }) => [text, answer]),
    )
  })
})

/** Of what is refused on both sides, the words differ. */
function sameKind(answer: Answer): Answer {
  return 'error' in answer ? { error: expect.any(String) as string } : answer
}

// A name may be given once only in a file.
const unanchored = SCALARS.filter((text) => !text.startsWith('&'))

/** Maps and lists, of what is above. */
const sound = fc
  .letrec<{ block: string[]; map: string[]; list: string[] }>((tie) => ({
    block: fc.oneof(
      { maxDepth: 2 },
      fc.constantFrom(...unanchored).map((text) => text.trimEnd().split('\n')),
      tie('map'),
      tie('list'),
    ),
    map: fc
      .uniqueArray(fc.constantFrom('a', 'b-c', '"d e"', '"yes"', '7', "'f'"), {
        minLength: 1,
        maxLength: 3,
      })
      .chain((keys) =>
        fc.tuple(...keys.map((key) => tie('block').map((lines) => under(`${key}:`, lines)))),
      )
      .map((entries) => entries.flat()),
    list: fc
      .array(tie('block'), { minLength: 1, maxLength: 4 })
      .map((items) => items.flatMap((lines) => under('-', lines))),
  }))
  .map.map((lines) => `${lines.join('\n')}\n`)

/** A value below its key or dash: on the same line when it is a scalar. */
function under(head: string, lines: string[]): string[] {
  const [first = '', ...others] = lines
  const scalar = SCALARS.some((text) => text.split('\n')[0] === first)
  return scalar && !isCollection(first)
    ? [`${head} ${first}`, ...others.map((line) => `  ${line}`)]
    : [head, ...lines.map((line) => `  ${line}`)]
}

function isCollection(line: string): boolean {
  return /^- |:$|: /.test(line)
}

const ATOMS = [
  ...['a', 'b: ', 'x', '1', '0', '0x1F', '010', '1:30', '.5', '1e3', 'yes', 'y', '~', '"q"', "'s'"],
  ...[
    ': ',
    ':',
    '- ',
    '-',
    '\n',
    '\n  ',
    '\n  ',
    '\n    ',
    ' ',
    '[',
    ']',
    '{',
    '}',
    ', ',
    ',',
    '# c',
  ],
  ...['#', '&a ', '*a ', '!!str ', '|', '>', '|-\n', '>+\n', '? ', '<<: ', '\t', '---\n', '%', '@'],
  ...['\\', '"\\n"', '=', '.', '_', '.inf', 'é', '"', "'"],
]

const rubble = fc
  .tuple(
    fc.constantFrom('k: ', 'k:\n  ', 'k:\n  - ', 'x: &a {p: 1}\nk:\n  j: ', 'k: [', '- '),
    fc.array(fc.constantFrom(...ATOMS), { minLength: 1, maxLength: 12 }),
  )
  .map(([head, atoms]) => `${head}${atoms.join('')}\n`)
