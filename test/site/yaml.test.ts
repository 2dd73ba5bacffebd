import { describe, expect, it } from 'vitest'
import { InputErrors } from '../../src/core/errors.js'
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

describe('YamlFile', () => {
  it.each([
    ['a: yes', true],
    ['a: Off', false],
    ['a: y', 'y'],
    ['a: 0644', 420],
    ['a: "0644"', '0644'],
    ['a: 2026-01-02', '2026-01-02'],
    ['a: null', null],
    ['x: &x {p: 1}\na: {<<: *x, q: 2}', { p: 1, q: 2 }],
  ])('%s', (text, want) => {
    expect((new YamlFile('x.yml', text).value as { a: unknown }).a).toEqual(want)
  })

  it('knows where keys and values stand', () => {
    const yaml = new YamlFile('x.yml', 'a:\n  - b: 1\n    cc: two\n')
    expect(yaml.at(['a', 0, 'cc'])).toEqual({ file: 'x.yml', line: 3, col: 9 })
    expect(yaml.keyAt(['a', 0, 'cc'])).toEqual({ file: 'x.yml', line: 3, col: 5 })
    expect(yaml.at(['a', 0, 'missing', 'deeper'])).toEqual({ file: 'x.yml', line: 2, col: 5 })
  })

  it('finds keys that are numbers, and every key that comes twice', () => {
    const yaml = new YamlFile('x.yml', '80: {a: 1}\n443: {b: 2}\n')
    expect(yaml.at(['443', 'b'])).toEqual({ file: 'x.yml', line: 2, col: 10 })
    expect(yaml.keyAt(['443'])).toEqual({ file: 'x.yml', line: 2, col: 1 })
    expect(errorsOf('a: 1\na: 2\nb: {c: 1, c: 2}\na: 3\n').map(({ at }) => at)).toEqual([
      { file: 'x.yml', line: 2, col: 1 },
      { file: 'x.yml', line: 4, col: 1 },
      { file: 'x.yml', line: 3, col: 11 },
    ])
  })

  it.each([
    ['a: 1\na: 2', 2, 'keys must be unique', 'keep one'],
    ['a:\n\tb: 1', 2, 'YAML', 'tabs'],
    ['a: {{ x }}', 1, 'must be quoted', '{{ ... }}'],
    ['a: [1', 1, 'YAML', ''],
    ['a:\n  - {b: 1, c: 2, b: 3}', 2, 'keys must be unique', 'keep one'],
  ])('refuses %j', (text, line, message, hint) => {
    const [error] = errorsOf(text)
    expect(error?.at).toMatchObject({ file: 'x.yml', line })
    expect(error?.message).toContain(message)
    expect(error?.hint ?? '').toContain(hint)
  })
})
