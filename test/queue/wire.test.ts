import { expect, it } from 'vitest'
import { Secret } from '../../src/core/sh.js'
import { decode, encode } from '../../src/queue/wire.js'
import { NotYet } from '../../src/site/scope.js'
import { Unsafe } from '../../src/site/unsafe.js'

it.each([
  [null],
  [undefined],
  ['text'],
  [[1, { a: [true, undefined] }]],
  [{ $: 'a key of its own', b: { $: [1] } }],
  [JSON.parse('{"__proto__": 1}') as object],
])('%j arrives as it was', (value) => {
  expect(decode(encode(value))).toEqual(value)
})

it('a secret arrives as one, and an unsafe text', () => {
  const { secret, text } = decode(
    encode({ secret: new Secret('s'), text: new Unsafe('{{ x }}') }),
  ) as {
    secret: Secret
    text: Unsafe
  }
  expect(secret.reveal()).toBe('s')
  expect(String(secret)).toBe('[REDACTED]')
  expect(text).toEqual(new Unsafe('{{ x }}'))
})

it('what a check does not know yet is not known on the other side, either', () => {
  const planned = Object.defineProperty({ changed: true }, 'stdout', {
    get: () => {
      throw new NotYet('r.stdout')
    },
  })
  const arrived = decode(encode({ planned })) as { planned: { stdout: string } }
  expect(() => arrived.planned.stdout).toThrow(NotYet)
  expect({ ...arrived.planned }).toEqual({ changed: true })
})
