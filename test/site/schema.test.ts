import { describe, expect, it } from 'vitest'
import { resources } from '../../src/resources/registry.js'
import { checkSchema } from '../../src/site/schema.js'
import { YamlFile } from '../../src/site/yaml.js'

function check(schema: object, yaml: string) {
  const file = new YamlFile('a.yml', yaml)
  const { value, errors } = checkSchema(
    schema as Record<string, unknown>,
    file.value,
    '"thing"',
    (path, key) => (key ? file.keyAt(path) : file.at(path)),
  )
  const texts = errors.map(({ at, message, hint }) => {
    const place = at ? `${at.line}:${at.col} ` : ''
    return `${place}${message}${hint ? ` | ${hint}` : ''}`
  })
  return { value, texts }
}

const schema = {
  type: 'object',
  properties: {
    port: { type: 'integer', minimum: 1, description: 'where it listens' },
    state: { enum: ['started', 'stopped'] },
    names: { type: 'array', items: { type: 'string' } },
    flag: { type: 'boolean' },
    either: {
      anyOf: [{ type: 'integer' }, { type: 'string', pattern: '^x' }],
      description: 'n or x',
    },
  },
  required: ['port'],
  additionalProperties: false,
}

describe('messages', () => {
  it.each<[string, string[]]>([
    ['port: 80', []],
    ['port: eighty', ['1:7 "port" of "thing" must be integer, not "eighty" | where it listens']],
    ['state: started', ['1:1 "thing" needs "port" | port: where it listens']],
    ['port: 80\nstat: started', ['2:1 "thing" has no "stat" | did you mean "state"?']],
    [
      'port: 80\nzzz: 1',
      ['2:1 "thing" has no "zzz" | there are: port, state, names, flag, either'],
    ],
    [
      'port: 80\nstate: startd',
      ['2:8 "state" of "thing" cannot be "startd" | did you mean "started"?'],
    ],
    ['port: 80\nstate: zzz', ['2:8 "state" of "thing" cannot be "zzz" | one of: started, stopped']],
    ['port: 0', ['1:7 "port" of "thing" cannot be 0 | where it listens']],
    ['port: 80\nnames: [a, [b]]', ['2:12 "names.1" of "thing" must be string, not ["b"]']],
    ['port: 80\neither: y', ['2:9 "either" of "thing" cannot be "y" | n or x']],
    [
      'port: a\nstate: b\nzz: c',
      [
        '3:1 "thing" has no "zz" | there are: port, state, names, flag, either',
        '1:7 "port" of "thing" must be integer, not "a" | where it listens',
        '2:8 "state" of "thing" cannot be "b" | one of: started, stopped',
      ],
    ],
    ['port: 80\nnames: yes', ['2:8 "names" of "thing" must be array, not true']],
  ])('%j', (yaml, want) => {
    expect(check(schema, yaml).texts.sort()).toEqual(want.sort())
  })

  it('cuts a long value', () => {
    const [text] = check(schema, `port: ${'x'.repeat(100)}`).texts
    expect(text!.length).toBeLessThan(130)
    expect(text).toContain('...')
  })
})

it('a template passes any type until it is rendered', () => {
  const yaml = "port: '{{p}}'\nstate: '{{s}}'\nnames: '{{list}}'\nflag: '{{yes}}'\neither: '{{e}}'"
  expect(check(schema, yaml).texts).toEqual([])
})

it('a template inside of an alternative counts for that one alone', () => {
  const either = { anyOf: [{ type: 'integer' }, { type: 'array', items: { enum: ['a', 'b'] } }] }
  const list = { properties: { list: { type: 'array', items: either } } }
  expect(check(list, "list: [1, [a, '{{x}}'], [a]]").texts).toEqual([])
  expect(check(list, "list: [[c], ['{{x}}']]").texts).toEqual([
    '1:8 "list.0" of "thing" cannot be ["c"] | must match a schema in anyOf',
  ])
})

it('numbers and booleans written as text are taken as such, and the data itself stays', () => {
  const data = { port: '80', flag: 'true' }
  const { value } = checkSchema(schema, data, 'x', () => ({ file: 'a', line: 1, col: 1 }))
  expect(value).toEqual({ port: 80, flag: true })
  expect(data).toEqual({ port: '80', flag: 'true' })
})

it.each([
  ["mode: '0644'", true],
  ['mode: "644"', true],
  ['mode: 0644', false],
  ['mode: 644', false],
  ["mode: '0999'", false],
  ['mode: u+x', false],
])('of a file, %s: the octal trap is told', (mode, passes) => {
  const { texts } = check(resources.get('file')!.schema, `path: /x\n${mode}`)
  if (passes) expect(texts).toEqual([])
  else {
    expect(texts).toHaveLength(1)
    expect(texts[0]).toMatch(/^2:7 "mode" of "thing"/)
    expect(texts[0]).toContain('quoted: "0644"')
  }
})
