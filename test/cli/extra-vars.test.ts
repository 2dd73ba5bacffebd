import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseExtraVars } from '../../src/cli/extra-vars.js'
import { InputError, InputErrors } from '../../src/core/errors.js'

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'dr-play-vars-'))
  writeFileSync(join(dir, 'vars.yml'), 'a: 1\nb: [x, y]\n')
  writeFileSync(join(dir, 'vars.json'), '{"a": {"b": true}}')
  writeFileSync(join(dir, 'list.yml'), '- a\n')
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const parse = (sources: readonly string[]) =>
  parseExtraVars(sources.map((source) => source.replace('DIR', dir)))

describe('-e', () => {
  it.each<[string[], Record<string, unknown>]>([
    [[], {}],
    [['a=1'], { a: '1' }],
    [['a=1 b=two'], { a: '1', b: 'two' }],
    [['a="x y" b=\'1 2\''], { a: 'x y', b: '1 2' }],
    [['a='], { a: '' }],
    [['a=b=c'], { a: 'b=c' }],
    [['a={{vip}}'], { a: '{{vip}}' }],
    [['{"a": 1, "b": [true, null]}'], { a: 1, b: [true, null] }],
    [[' {a: yes}'], { a: true }],
    [['@DIR/vars.yml'], { a: 1, b: ['x', 'y'] }],
    [['@DIR/vars.json'], { a: { b: true } }],
    [['@DIR/vars.yml', 'a=2', 'c=3'], { a: '2', b: ['x', 'y'], c: '3' }],
  ])('%j', (sources, want) => {
    const values = [...parse(sources)].map(([name, { value }]) => [name, value] as const)
    expect(Object.fromEntries(values)).toEqual(want)
  })

  it.each<[string, string]>([
    ['a', '"a" is not key=value'],
    ['=1', '"=1" is not key=value'],
    ['a=1 b', '"b" is not key=value'],
    ["a='open", 'quote'],
    ['[1, 2]', 'variables must be a map'],
    ['{"a": ', 'YAML'],
    ['@DIR/gone.yml', 'there is no such file'],
    ['@DIR/list.yml', 'variables must be a map'],
  ])('refuses %j', (source, message) => {
    try {
      parse([source])
      expect.unreachable()
    } catch (error) {
      if (!(error instanceof InputError || error instanceof InputErrors)) throw error
      expect(error.message).toContain(message)
    }
  })
})
