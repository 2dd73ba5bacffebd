import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { Seal } from '../../src/queue/seal.js'

const key = () => randomBytes(32).toString('base64')

it('opens what it sealed, in its place, and nothing else', () => {
  const [text, other] = [key(), key()]
  const seal = new Seal(text, 'a file')
  const secret = Buffer.from('a secret, a secret, a secret')
  const sealed = seal.close(secret, 'run 1')
  expect(Buffer.from(sealed, 'base64').includes('secret')).toBe(false)
  expect(new Seal(`${text}\n`, 'again').open(sealed, 'run 1')).toEqual(secret)
  expect(seal.open(sealed, 'run 2')).toBeUndefined()
  expect(new Seal(other, 'another').open(sealed, 'run 1')).toBeUndefined()
  expect(seal.open('', 'run 1')).toBeUndefined()
  const bytes = Buffer.from(sealed, 'base64')
  for (const at of [0, 12, 28, bytes.length - 1]) {
    const changed = Buffer.from(bytes)
    changed[at]! ^= 1
    expect(seal.open(changed.toString('base64'), 'run 1')).toBeUndefined()
  }
  expect(seal.close(secret, 'run 1')).not.toBe(sealed)
})

it('tells keys apart by what says nothing about them', () => {
  const text = key()
  expect(new Seal(text, 'a').id).toBe(new Seal(Buffer.from(text, 'base64').toString('hex'), 'b').id)
  expect(new Seal(text, 'a').id).not.toBe(new Seal(key(), 'b').id)
})

it.each([
  ['', 'not base64'],
  ['a pass phrase', 'not base64'],
  ['c2hvcnQ=', 'it has 5 bytes, and needs 32'],
])('"%s" is no key', (text, why) => {
  expect(() => new Seal(text, 'FILE')).toThrow(
    `FILE holds no key: it ${why.replace(/^it /, '').replace('not base64', 'is not base64')}`,
  )
})
