import { describe, expect, it } from 'vitest'
import { InputErrors } from '../../src/core/errors.js'
import { Scope } from '../../src/site/scope.js'
import { Unsafe } from '../../src/site/unsafe.js'
import { YamlFile } from '../../src/site/yaml.js'

const errorsOf = (text: string) => {
  try {
    new YamlFile('x.yml', text)
  } catch (error) {
    if (error instanceof InputErrors) return error.errors
    throw error
  }
  return []
}

const place = (line: number, col: number) => ({ file: 'x.yml', line, col })

describe('YamlFile', () => {
  it.each([
    ['a: yes', true],
    ['a: Off', false],
    ['a: y', 'y'],
    ['a: 0644', 420],
    ['a: "0644"', '0644'],
    ['a: 2026-01-02', '2026-01-02'],
    ['a: null', null],
    ['a: 12345678901234567890', '12345678901234567890'],
    ['x: &x {p: 1}\na: {<<: *x, q: 2}', { p: 1, q: 2 }],
  ])('%s', (text, want) => {
    expect((new YamlFile('x.yml', text).value as { a: unknown }).a).toEqual(want)
  })

  it.each([
    ['a: [\n  1,\n]\n', [1]],
    ['a: [\n1,\n2\n]\n', [1, 2]],
    ['b: {\n  c: 1\n}\na: {\n  d: [\n  ],\n}\n', { d: [] }],
    ['a: "one\ntwo"\n', 'one two'],
    ['b: [\n]\na: |\n  {\n  }\n', '{\n}\n'],
    ['a: {b: [\n]\n}', { b: [] }],
    ['b: |\n  ]\na:\n  - [\n  ]\n', [[]]],
    ['a: |\n  text', 'text'],
    ['a: |+\n  text\n\n', 'text\n\n'],
  ])('lets pass what Ansible does, with %j', (text, want) => {
    expect((new YamlFile('x.yml', text).value as { a: unknown }).a).toEqual(want)
  })

  it('keeps texts of !unsafe from being templates, however deep', () => {
    const text = 'a: !unsafe "{{ x }}"\nb: !unsafe [{k: "{{ y }}"}, 5]\nc: !unsafe {k: "{{ z }}"}\n'
    const x = new Unsafe('{{ x }}')
    expect(new YamlFile('x.yml', text).value).toEqual({
      a: x,
      b: [{ k: new Unsafe('{{ y }}') }, 5],
      c: { k: new Unsafe('{{ z }}') },
    })
    const scope = new Scope([{ vars: new Map([['a', { value: x, at: place(1, 1) }]]) }], new Map())
    expect(scope.render(['{{ a }}!', x], place(1, 1))).toEqual(['{{ x }}!', '{{ x }}'])
  })

  it('is nothing when there is nothing in it', () => {
    expect(new YamlFile('x.yml', '# empty\n').value).toBeNull()
    expect(new YamlFile('x.yml', '').at(['a', 0])).toEqual(place(1, 1))
  })

  it('knows where keys and values stand', () => {
    const yaml = new YamlFile('x.yml', 'a:\n  - b: 1\n    cc: two\n')
    expect(yaml.at(['a', 0, 'cc'])).toEqual(place(3, 9))
    expect(yaml.keyAt(['a', 0, 'cc'])).toEqual(place(3, 5))
    expect(yaml.at(['a', 0, 'missing', 'deeper'])).toEqual(place(2, 5))
  })

  it.each<[text: string, path: (string | number)[], line: number, col: number]>([
    ['\uFEFFa: "x"', ['a'], 1, 4],
    ["a: 'x'", ['a'], 1, 4],
    ['a: !!str x', ['a'], 1, 10],
    ['a: | # > no\n  x\n', ['a'], 1, 4],
    ['a:\n  >-\n  x\n', ['a'], 2, 3],
    ['a: [1, {b: 2}]', ['a', 1, 'b'], 1, 12],
    ['a: [b: 2]', ['a', 0], 1, 5],
    ['a:\nb: 1', ['a'], 1, 1],
    ['- 1\n- # none\n- "3"\n-\n-\n', [1], 2, 1],
    ['- 1\n- # none\n- "3"\n-\n-\n', [3], 4, 1],
    ['- 1\n- # none\n- "3"\n-\n-\n', [4], 5, 1],
    ['- - 1\n  -\n', [0, 1], 2, 3],
    ['"yes": {"on": 1}', ['yes', 'on'], 1, 15],
    ['"0x10": 1', ['0x10'], 1, 9],
    ['a: &m {p: 1}\nb: *m', ['b'], 2, 4],
    ['a: &m {p: 1}\nb: *m', ['b', 'p'], 1, 11],
    ['a: &m {p: 1}\nb: {<<: *m, q: 2}', ['b', 'p'], 1, 11],
    ['a: &m {p: 1}\nc: &n {r: 1}\nb: {<<: [*m, *n]}', ['b', 'r'], 2, 11],
    ['a: &m {p: 1}\nb: {<<: *m, p: 2}', ['b', 'p'], 2, 16],
    ['a: [\n1,\n]\nb: 2', ['a', 0], 2, 1],
    ['a: [\n1,\n]\nb: 2', ['b'], 4, 4],
  ])('%j: %j stands in line %i, column %i', (text, path, line, col) => {
    expect(new YamlFile('x.yml', text).at(path)).toEqual(place(line, col))
  })

  it('finds keys that are numbers, and every key that comes twice', () => {
    const yaml = new YamlFile('x.yml', '80: {a: 1}\n443: {b: 2}\n')
    expect(yaml.at(['443', 'b'])).toEqual(place(2, 10))
    expect(yaml.keyAt(['443'])).toEqual(place(2, 1))
    expect(errorsOf('a: 1\na: 2\nb: {c: 1, c: 2}\na: 3\n').map(({ at }) => at)).toEqual([
      place(2, 1),
      place(3, 11),
      place(4, 1),
    ])
  })

  it.each<[text: string, line: number, col: number, message: string, hint: string]>([
    ['a: 1\na: 2', 2, 1, 'duplicate key', 'keep one'],
    ['a:\n  - {b: 1, c: 2, b: 3}', 2, 18, 'duplicate key', 'keep one'],
    ['"yes": 1\n\'yes\': 2', 2, 1, 'duplicate key', 'keep one'],
    ['a: {yes: 1}', 1, 5, 'a key is text, and YAML reads yes as true', 'in quotes: "yes"'],
    ['0x10: 1', 1, 1, 'a key is text, and YAML reads 0x10 as 16', 'in quotes: "0x10"'],
    ['~: 1', 1, 1, 'a key is text, and YAML reads ~ as null', 'in quotes: "~"'],
    ['true: 1', 1, 1, 'a key is text, and YAML reads true as a boolean', 'in quotes: "true"'],
    ['? &k off\n: 1', 1, 6, 'a key is text, and YAML reads off as false', 'in quotes: "off"'],
    [': 1', 1, 1, 'a key is text, and this one is empty', 'write a name'],
    ['a:\n\tb: 1', 2, 1, 'a tab where blanks must be', 'never with tabs'],
    ['a: {{ x }}', 1, 4, 'a value that starts with {{ must be quoted', '"{{ ... }}"'],
    ['- {{ x }}', 1, 3, 'a value that starts with {{ must be quoted', '"{{ ... }}"'],
    ['a: {{ x }}/b', 1, 11, 'a value that starts with {{ must be quoted', '"{{ ... }} ..."'],
    ['a: {{ x }} b: c', 1, 12, 'a value that starts with {{ must be quoted', '"{{ ... }} ..."'],
    ['a: b: c', 1, 5, 'a value with ": " in it must be quoted', 'quotes around'],
    ['- name: one: two', 1, 12, 'a value with ": " in it must be quoted', 'quotes around'],
    ['a: @x', 1, 4, 'a value cannot begin with @, ` or %', 'quotes around'],
    ['- `x`', 1, 3, 'a value cannot begin with', 'quotes around'],
    ['a: - b', 1, 4, 'a list begins on a line of its own', '[a, b]'],
    ['when: "x" == y', 1, 11, 'something follows the closing quote', `'"a" == b'`],
    ['a: "x"#y', 1, 7, 'a comment needs a blank before its #', 'quotes around'],
    ['a: [\t1]', 1, 6, 'a tab where blanks must be', 'never with tabs'],
    ["a: 'it's'", 1, 8, 'something follows the closing quote', ''],
    ['a: "x\nb: 1', 2, 1, 'a quote or bracket above is not closed', ''],
    ['a: [1', 1, 6, 'a [ or { is opened and not closed', ''],
    ['a: "\\d"', 1, 6, 'no such escape', 'single'],
    ['hosts: *', 1, 9, 'an alias needs a name', 'quote a text that begins with *'],
    ['hosts: *web', 1, 9, '*web means what is marked &web', 'quote a text that begins with *'],
    ['a: &x [*x]', 1, 8, '*x stands inside of &x itself', 'write out'],
    ['? [a]\n: 1', 1, 1, 'a key cannot be a list or a map', 'quote it'],
    ['<<: 3', 1, 1, '<< takes a map', '*name'],
    ['a: 1\nb: !python/none x', 2, 4, 'unknown tag !python/none', '!vault'],
    ['a: !!set {x: }', 1, 4, 'unknown tag set', '!vault'],
    ['a:\n  b: 1\n c: 2', 3, 2, 'this line is not indented as those above it', 'indentation'],
    ['- a: x\n   b: y', 2, 4, 'this line is not indented as those above it', 'indentation'],
    ['a:b\nc: d', 2, 2, 'this line fits to nothing above it', 'a missing ": "'],
    ['a: 1\n---\nb: 2', 2, 1, 'a second document begins here', 'keep one'],
    ['a: \u0001', 1, 4, 'non-printable', ''],
  ])('refuses %j', (text, line, col, message, hint) => {
    const errors = errorsOf(text)
    expect(errors).toHaveLength(1)
    expect(errors[0]?.at).toEqual(place(line, col))
    expect(errors[0]?.message).toMatch(/^YAML: /)
    expect(errors[0]?.message).toContain(message)
    expect(errors[0]?.hint ?? '').toContain(hint)
  })
})
