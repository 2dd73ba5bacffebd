import { describe, expect, it } from 'vitest'
import { InputError, where } from '../../src/core/errors.js'
import { evaluate } from '../../src/site/expr.js'

const vars: Record<string, unknown> = {
  name: 'rs1',
  list: [1, 2, 3],
  map: { a: 1 },
  hosts: [{ rip: '10.0.0.1' }, {}],
}
const names = {
  get: (name: string) => vars[name],
  has: (name: string) => name in vars,
  names: () => Object.keys(vars),
}

function said(source: string): string {
  try {
    return `no error: ${JSON.stringify(evaluate(source, names, { file: 'p.yml', line: 4, col: 11 }))}`
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    const { at, message, hint } = error
    return `${at ? where(at) : ''} ${message}${hint ? ` | ${hint}` : ''}`
  }
}

describe('what a wrong expression is told', () => {
  it.each<[string, string]>([
    ['map[1:2]', 'only lists and text can be sliced, and this is a map'],
    ['list[::0]', 'the step of a slice cannot be 0'],
    ["list['a':]", 'the bounds of a slice are whole numbers'],
    ['name | sum', 'this must be a number, and is text'],
    ['name | round', 'this must be a number, and is text'],
    ['1.5 | round(1, "up")', 'round takes "common", "ceil" or "floor"'],
    ['list | map | list', 'map needs a filter, or attribute="name"'],
    ["hosts | map(attribute='rip') | list", 'an item has no "rip"'],
    ['hosts | selectattr | list', 'the name of an attribute is missing'],
    ['name | dict2items', 'this must be a map, and is text'],
    ['1 in name', 'text cannot hold a number: use | string'],
    ['1 in 5', '"in" needs a list, a map or text, and this is a number'],
    ["list is match('a')", '"is match" needs text, and this is a list'],
    ['name is divisibleby(2)', 'this needs a number'],
    ["name | regex_search('r', 'x')", String.raw`"x" is no group: write '\\1' or '\\g<name>'`],
  ])('%s', (source, want) => {
    expect(said(source)).toBe(`p.yml:4:11 ${want}`)
  })

  it.each([
    ["'{' | from_json", 'p.yml:4:11 not JSON: '],
    ["name | regex_search('(')", 'p.yml:4:11 "(" is not a regular expression: '],
  ])('%s, with the words of who reads it', (source, want) => {
    expect(said(source)).toContain(want)
  })
})
