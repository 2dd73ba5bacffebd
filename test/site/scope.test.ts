import { describe, expect, it } from 'vitest'
import { InputError } from '../../src/core/errors.js'
import { type Layer, NotYet, Scope } from '../../src/site/scope.js'
import type { Vars } from '../../src/site/vars.js'
import { Missing } from '../../src/site/view.js'

const vars = (values: Record<string, unknown>): Vars =>
  new Map(
    Object.entries(values).map(([name, value], i) => [
      name,
      { value, at: { file: 'v.yml', line: i + 1, col: 1 } },
    ]),
  )
const scope = (layers: Layer[], top: Layer[] = [], magic: Record<string, () => unknown> = {}) =>
  new Scope(layers, new Map(Object.entries(magic)), top)

describe('which layer wins', () => {
  const weak = { vars: vars({ a: 'weak', b: 'weak' }) }
  const strong = { vars: vars({ a: 'strong' }) }
  it.each<[string, Scope, string, unknown]>([
    ['the later', scope([weak, strong]), 'a', 'strong'],
    ['the only', scope([weak, strong]), 'b', 'weak'],
    ['the top', scope([weak], [strong]), 'a', 'strong'],
    ['a task’s over the layers', scope([weak]).within([vars({ a: 'task' })]), 'a', 'task'],
    [
      'the inner of two',
      scope([weak]).within([vars({ a: 'outer' }), vars({ a: 'inner' })]),
      'a',
      'inner',
    ],
    ['the top over a task’s', scope([weak], [strong]).within([vars({ a: 'task' })]), 'a', 'strong'],
    [
      'what is added over the top',
      scope([weak], [strong]).with([{ vars: vars({ a: 'item' }) }]),
      'a',
      'item',
    ],
    ['magic over all', scope([weak], [strong], { a: () => 'magic' }), 'a', 'magic'],
  ])('%s', (_, where, name, want) => {
    expect(where.get(name)).toBe(want)
    expect(where.has(name)).toBe(true)
    expect([...where.names()]).toContain(name)
  })

  it('finds a value as it was written, and where', () => {
    expect(scope([{ vars: vars({ x: '{{y}}' }) }]).find('x')).toEqual({
      value: '{{y}}',
      at: { file: 'v.yml', line: 1, col: 1 },
    })
  })
})

describe('rendering', () => {
  it.each<[string, unknown]>([
    ['plain', 'text'],
    ['through', 'n is 5'],
    ['number', 5],
    ['list', ['n is 5', 5]],
    ['map', { key: 5, '{{n}}': 'n is 5' }],
    ['nothing', null],
  ])('%s', (name, want) => {
    const values = vars({
      plain: 'text',
      n: 5,
      through: 'n is {{n}}',
      number: '{{n}}',
      list: ['{{through}}', '{{n}}'],
      // Keys are never rendered.
      map: { key: '{{n}}', '{{n}}': '{{through}}' },
      nothing: null,
    })
    expect(scope([{ vars: values }]).get(name)).toEqual(want)
  })

  it('leaves data as it is, alone and inside of a variable', () => {
    const data = { vars: vars({ said: 'a {{b}} c', deep: { list: ['{{'] } }), data: true }
    const where = scope([data, { vars: vars({ quote: '<{{said}}> {{deep.list.[0]}}' }) }])
    expect(where.get('said')).toBe('a {{b}} c')
    expect(where.get('deep')).toEqual({ list: ['{{'] })
    expect(where.get('quote')).toBe('<a {{b}} c> {{')
  })

  it('happens once', () => {
    let asked = 0
    const where = scope([{ vars: vars({ x: '{{m}}' }) }], [], { m: () => ++asked })
    expect([where.get('x'), where.get('x')]).toEqual([1, 1])
  })
})

describe('what has no value', () => {
  it('is missing, with the names there are', () => {
    try {
      scope([{ vars: vars({ a: 1 }) }], [], { m: () => 1 }).get('b')
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(Missing)
      expect((error as Missing).among).toEqual(['m', 'a'])
    }
  })

  it('is pending, when only a host can tell', () => {
    const where = scope([
      { vars: vars({ a: 1 }) },
      { vars: new Map(), pending: new Set(['a', 'b']) },
    ])
    expect(() => where.get('a')).toThrow(NotYet)
    expect(() => where.get('b')).toThrow('"b" is not known yet')
    expect(where.has('b')).toBe(true)
    expect(where.with([{ vars: vars({ a: 2 }) }]).get('a')).toBe(2)
    expect(() =>
      scope([{ vars: vars({ x: '{{b}}' }) }], [{ vars: new Map(), pending: new Set(['b']) }]).get(
        'x',
      ),
    ).toThrow(NotYet)
  })

  it.each<[Record<string, unknown>, string, number]>([
    [{ a: '{{a}}' }, 'the variable "a" refers to itself: a -> a', 1],
    [
      { a: '{{b}}', b: ['{{c}}'], c: { x: '{{a}}' } },
      'the variable "a" refers to itself: a -> b -> c -> a',
      1,
    ],
    [
      { x: 'see {{a}}', a: '{{b}}', b: '{{a}}' },
      'the variable "a" refers to itself: a -> b -> a',
      2,
    ],
  ])('goes round in circles: %j', (values, message, line) => {
    const where = scope([{ vars: vars(values) }])
    for (const _ of ['first', 'again']) {
      try {
        where.get(Object.keys(values)[0]!)
        expect.unreachable(_)
      } catch (error) {
        expect(error).toBeInstanceOf(InputError)
        expect((error as InputError).message).toBe(message)
        expect((error as InputError).at?.line).toBe(line)
      }
    }
  })
})
