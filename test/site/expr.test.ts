import { describe, expect, test } from 'vitest'
import { type InputError, where } from '../../src/core/errors.js'
import { evaluate, holds, parseExpression, type Scope, UndefinedName } from '../../src/site/expr.js'
import { hasReferee, runPython } from './referee.js'

const VARS: Record<string, unknown> = {
  weight: 2,
  text: 'rs1.example.com',
  empty: '',
  none: 5,
  nothing: null,
  yes: true,
  no: false,
  ratio: 2.5,
  list: [3, 1, 2, 1],
  words: ['b', 'A', 'a', 'C'],
  vip: { address: '192.168.139.6', ports: [80, 443], 'a-b': 1 },
  servers: [
    { name: 'rs1', weight: 1, up: true },
    { name: 'rs2', weight: 2, up: false },
    { name: 'rs3', weight: 2, up: true, zone: { id: 'x' } },
  ],
  result: { changed: true, failed: false, rc: 0, stdout: 'a b\nc' },
  loop: { results: [{ changed: false }, { changed: true }] },
  skipped: { skipped: true, changed: false },
  json: '{"a": [1, null]}',
}
const AT = { file: 'site.yml', line: 4, col: 13 }

function scopeOf(vars: Record<string, unknown>): Scope {
  return {
    has: (name) => Object.hasOwn(vars, name),
    get: (name) => vars[name],
    names: () => Object.keys(vars),
  }
}

// What both must say: the value, by our hand here, and by the referee's below.
const TABLE: [expression: string, value: unknown][] = [
  ['1', 1],
  ['1_000 + 0x10', 1016],
  ["'a' 'b'", 'ab'],
  ["'a\\'b\\n'", "a'b\n"],
  ["'\\d'", '\\d'],
  ['True and true and not False', true],
  ['None == none', true],
  ["'\u00e9' | to_json", '"\\u00e9"'],
  ['5 == "5"', false],
  ['1 == 1.0 and true == 1', true],
  ["'a' < 'b' <= 'b' < 'c'", true],
  ['1 < 3 < 2', false],
  ['(1 < 3) == true', true],
  ['not 1 == 2', true],
  ['weight > 1 and weight != 3', true],
  ['weight or missing', 2],
  ['no and missing', false],
  ['2 + 3 * 4 - 1', 13],
  ['(2 + 3) * 4', 20],
  ['7 // 2 ~ 7 % 3', '31'],
  ['-7 // 2', -4],
  ['-7 % 3', 2],
  ['2 ** 3 ** 2', 64],
  ['7 / 2', 3.5],
  ['-weight', -2],
  ['1 + 2 ~ "x" == "12x"', undefined],
  ["'n=' ~ weight ~ yes ~ nothing", 'n=2TrueNone'],
  ['[1] + [2, 3]', [1, 2, 3]],
  ['vip.address', '192.168.139.6'],
  ["vip['a-b']", 1],
  ['vip.ports[0] + vip.ports.1', 523],
  ['list[-1]', 1],
  ['list[1:3]', [1, 2]],
  ['list[::-1]', [1, 2, 1, 3]],
  ['text[:3]', 'rs1'],
  ["'rs1' in text", true],
  ['80 in vip.ports', true],
  ["'address' in vip", true],
  ["'x' not in list", true],
  ['not 1 in list', false],
  ["'up' if weight else 'down'", 'up'],
  ['1 if no else 2 if no else 3', 3],
  ["{'a': [1, {'b': none}]}", undefined],
  ["{'a': 1}.a", 1],
  ['(1, 2)', [1, 2]],
  ['(1,)', [1]],
  ['[]', []],
  ['missing is defined', false],
  ['missing is not defined', true],
  ['vip.address is defined', true],
  ['vip.nope.more is undefined', true],
  ['list[9] is defined', false],
  ["missing | default('x')", 'x'],
  ["missing.a.b | d('x')", 'x'],
  ["empty | default('x')", ''],
  ["empty | default('x', true)", 'x'],
  ["nothing | default('x', boolean=true)", 'x'],
  ["(1 if no) | default('x')", 'x'],
  ["[] | first | default('x')", 'x'],
  ['missing | default(weight) + 1', 3],
  ['nothing is none', true],
  ['text is string and text is sequence and text is iterable', true],
  ['weight is number and weight is not string', true],
  ['ratio is integer', false],
  ['yes is boolean', true],
  ['vip is mapping and vip is sequence', true],
  ['weight is even and list[0] is odd', true],
  ['weight is divisibleby 2', true],
  ['weight is divisibleby(3)', false],
  ['yes is true and no is false', true],
  ['1 is true', false],
  ["text is match('rs\\\\d')", true],
  ["text is match('rs\\d')", true],
  ["text is match('example')", false],
  ["text is search('example')", true],
  ["text is search('EXAMPLE', ignorecase=true)", true],
  ["text is regex('^(?P<a>rs)1')", true],
  ["text is match('(?i)RS')", true],
  ["'a\nrs' is match('rs', multiline=true)", false],
  ["'a\nrs' is search('^rs', multiline=true)", true],
  ["text is not match('x') and text is match('rs')", true],
  ['weight is in [1, 2]', true],
  ['list is contains(3)', true],
  ['[1] is subset(list)', true],
  ['weight is eq 2 and weight is gt(1)', true],
  ['result is changed and result is not failed', true],
  ['result is succeeded and result is success', true],
  ['loop is changed', true],
  ['skipped is skipped', true],
  ['text | length', 15],
  ['list | count == 4', true],
  ["'5' | int + 1", 6],
  ["'5.9' | int", 5],
  ["'x' | int(7)", 7],
  ["'x' | int(default=7)", 7],
  ["'ff' | int(0, 16)", 255],
  ["'2.5' | float", 2.5],
  ["'x' | float(1.5)", 1.5],
  ["'yes' | bool and not 'off' | bool and '1' | bool", true],
  ["'maybe' | bool", false],
  ['weight | string', '2'],
  ['[1, "a", none, true] | string', "[1, 'a', None, True]"],
  ["text | upper ~ 'X' | lower", 'RS1.EXAMPLE.COMx'],
  ["' a ' | trim", 'a'],
  ['list | first + list | last', 4],
  ["list | join('-')", '3-1-2-1'],
  ["servers | join(',', attribute='name')", 'rs1,rs2,rs3'],
  ["'a b  c' | split", ['a', 'b', 'c']],
  ["'a,b' | split(',')", ['a', 'b']],
  ["'abc' | list", ['a', 'b', 'c']],
  ['vip | list', ['address', 'ports', 'a-b']],
  ['list | unique', [3, 1, 2]],
  ['list | sort', [1, 1, 2, 3]],
  ['list | sort(reverse=true)', [3, 2, 1, 1]],
  ['words | sort', ['A', 'a', 'b', 'C']],
  [
    "servers | sort(attribute='weight', reverse=true) | map(attribute='name') | list",
    ['rs2', 'rs3', 'rs1'],
  ],
  ['list | min ~ list | max', '13'],
  ['list | sum', 7],
  ["servers | sum(attribute='weight')", 5],
  ["servers | map(attribute='weight') | list", [1, 2, 2]],
  ["servers | map(attribute='zone.id', default='-') | list", ['-', '-', 'x']],
  ["['1', '2'] | map('int') | list", [1, 2]],
  ["words | map('replace', 'a', 'x') | list", ['b', 'A', 'x', 'C']],
  ["servers | selectattr('up') | map(attribute='name') | list", ['rs1', 'rs3']],
  ["servers | selectattr('weight', 'eq', 2) | list | length", 2],
  ["servers | rejectattr('weight', '==', 2) | list | length", 1],
  ["servers | selectattr('zone', 'defined') | list | length", 1],
  ["list | select('gt', 1) | list", [3, 2]],
  ["list | reject('odd') | list", [2]],
  ["words | select('match', '[a-z]') | list", ['b', 'a']],
  ["text | replace('.', '-')", 'rs1-example-com'],
  ["'aaa' | replace('a', 'b', 2)", 'bba'],
  ["text | regex_search('[0-9]+')", '1'],
  ["text | regex_search('x9')", null],
  ["text | regex_search('(\\\\w+)\\\\.(\\\\w+)', '\\\\2', '\\\\1')", ['example', 'rs1']],
  ["text | regex_replace('^(\\\\w+)\\\\.', '\\\\1-')", 'rs1-example.com'],
  ["text | regex_replace('(?P<n>rs)', '<\\\\g<n>>')", '<rs>1.example.com'],
  ["{'a': 1} | dict2items", [{ key: 'a', value: 1 }]],
  ["[{'key': 'a', 'value': 1}] | items2dict", { a: 1 }],
  ["[{'n': 'a', 'v': 1}] | items2dict(key_name='n', value_name='v')", { a: 1 }],
  ['(json | from_json).a[0]', 1],
  ['vip.ports | to_json', '[80, 443]'],
  ["{'a': {'b': [1, 'x']}} | to_json", '{"a": {"b": [1, "x"]}}'],
  ['-3 | abs', 3],
  ['2.5 | round', 2],
  ['2.75 | round(1)', 2.8],
  ["2.1 | round(0, 'ceil')", 3],
  ['list | reverse | list', [1, 2, 1, 3]],
  ["yes | ternary('a', 'b')", 'a'],
  ['list | difference([1])', [3, 2]],
  ['list | union([9])', [3, 1, 2, 9]],
  ['list | intersect([1, 3])', [3, 1]],
  ['[1, [2, [3]]] | flatten', [1, 2, 3]],
  ["'/etc/x.conf' | basename ~ '/etc/x.conf' | dirname", 'x.conf/etc'],
  ['result.rc == 0 and "b" in result.stdout', true],
  ['weight is defined and weight | int > 1', true],
  ['not missing is defined and not no', true],
  ['weight | int == 2 | int', true],
  ['1 + 1 | string | int', 2],
  ['list | length > 3 if list is defined else no', true],
]

describe('the language of when', () => {
  test.each(TABLE.filter(([, value]) => value !== undefined))('%s', (expression, value) => {
    expect(evaluate(expression, scopeOf(VARS), AT)).toEqual(value)
  })

  test('a map is written as in JSON', () => {
    expect(evaluate("{'a': [1, {'b': none}]}", scopeOf({}), AT)).toEqual({ a: [1, { b: null }] })
  })

  test.each([
    ['', 'an expression is missing', undefined, 13],
    ['a ==', 'the expression ends too early', undefined, 17],
    ['a = 1', 'unexpected "="', 'to compare, write ==', 15],
    ['a && b', 'unexpected "&"', 'write "and"', 15],
    ['a b', 'unexpected "b"', undefined, 15],
    ['[1 2]', 'unexpected "2"', 'expected ","', 16],
    ['(1', 'the expression ends too early', 'expected ")"', 15],
    ['x == "y', 'the quote " is never closed', undefined, 18],
    ['{{ x }}', 'unexpected "}"', undefined, 18],
    ['x | lenght', 'unknown filter "lenght"', 'did you mean "length"?', 17],
    ['x is defned', 'unknown test "defned"', 'did you mean "defined"?', 18],
    ['x | map("lenght")', 'unknown filter "lenght"', 'did you mean "length"?', 21],
    ['x | select("mach", "a")', 'unknown test "mach"', 'did you mean "match"?', 24],
    ['x | default(1, 2, 3)', 'too many arguments for "default"', undefined, 31],
    ['x | default(bolean=1)', '"default" has no argument "bolean"', 'did you mean "boolean"?', 25],
    ['x.split(",")', 'functions and methods cannot be called here', 'use a filter', 20],
    ['a is', 'the expression ends too early', 'expected the name of a test', 17],
  ])('%j is refused while it is read', (expression, message, hint, col) => {
    const error = errorOf(() => parseExpression(expression, AT))
    expect(error.message).toBe(message)
    if (hint !== undefined) expect(error.hint).toContain(hint)
    expect(error.at && where(error.at)).toBe(`site.yml:4:${col}`)
  })

  test.each([
    ['wieght > 1', '"wieght" is not defined', 'did you mean "weight"?', 13],
    ['weight > 1 and missing', '"missing" is not defined', undefined, 28],
    ['vip.adress', '"vip" has no "adress"', 'did you mean "address"?', 17],
    ['list[9] == 1', '"list" has no "9"', undefined, 18],
    ['1 + text', '"+" cannot work on a number and text: use ~ to join text', undefined, 13],
    ['weight > "1"', 'a number and text have no order: convert one of them', undefined, 13],
    ['1 / 0', 'division by zero', undefined, 13],
    ['weight | length', 'a number has no length', undefined, 13],
    ['text is changed', '"is changed" needs a registered result, and this is text', undefined, 13],
    ['text is match("(")', '"(" is not a regular expression', undefined, 13],
    ['[] | first', '"first" finds nothing in an empty list', undefined, 13],
    ['1 if no', 'the "if" does not hold, and there is no "else"', undefined, 13],
  ])('%j cannot be worked out', (expression, message, hint, col) => {
    const error = errorOf(() => evaluate(expression, scopeOf(VARS), AT))
    expect(error.message).toContain(message)
    expect(error.hint).toBe(hint)
    expect(error.at && where(error.at)).toBe(`site.yml:4:${col}`)
  })

  test('an undefined name has an error of its own kind', () => {
    expect(errorOf(() => evaluate('missing', scopeOf({}), AT))).toBeInstanceOf(UndefinedName)
  })

  test.each([
    'later',
    'later is defined',
    'later | default(1)',
    'later.x | d(1)',
    '[later] | first',
  ])('what the scope throws for %j goes through as it is', (expression) => {
    const notYet = new Error('not yet known')
    const scope: Scope = {
      has: () => true,
      get: () => {
        throw notYet
      },
      names: () => ['later'],
    }
    expect(() => evaluate(expression, scope, AT)).toThrow(notYet)
  })

  test.each([
    ['""', false],
    ['[]', false],
    ['0', false],
    ['none', false],
    ['{}', false],
    ['"false"', true],
    ['[0]', true],
  ])('%s holds: %s', (expression, expected) => {
    expect(holds(expression, scopeOf({}), AT)).toBe(expected)
  })
})

describe.runIf(hasReferee)('the language of when, beside ansible-core', () => {
  test('every expression of the table has the same value there', () => {
    const expressions = TABLE.map(([expression]) => expression)
    const found = runPython('referee-expr.py', { vars: VARS, expressions })
    const ours = expressions.map((expression) => ({ expression, ...outcome(expression) }))
    const theirs = (found as { value?: unknown; error?: string }[]).map((one, index) => ({
      expression: expressions[index],
      ...('error' in one ? { error: true } : { value: one.value }),
    }))
    expect(ours).toEqual(theirs)
  })
})

function outcome(expression: string): { value: unknown } | { error: true } {
  try {
    return { value: evaluate(expression, scopeOf(VARS), AT) }
  } catch {
    return { error: true }
  }
}

function errorOf(act: () => unknown): InputError {
  try {
    act()
  } catch (error) {
    return error as InputError
  }
  throw new Error('nothing was thrown')
}
