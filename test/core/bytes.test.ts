import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytesOf, isEscaped, strictText, textOf } from '../../src/core/bytes.js'
import { InputError, where } from '../../src/core/errors.js'
import { runs } from '../support/form.js'

describe('bytes as text, and back', () => {
  test.each<[string, number[], string]>([
    ['Latin-1', [0x66, 0xfc, 0x72], 'f\udcfcr'],
    ['a sequence that is cut', [0xe2, 0x82], '\udce2\udc82'],
    ['too long a form of a slash', [0xc0, 0xaf], '\udcc0\udcaf'],
    ['too long a form of three bytes', [0xe0, 0x80, 0xaf], '\udce0\udc80\udcaf'],
    ['a surrogate', [0xed, 0xa0, 0x80], '\udced\udca0\udc80'],
    ['above the last character', [0xf4, 0x90, 0x80, 0x80], '\udcf4\udc90\udc80\udc80'],
    ['the last character', [0xf4, 0x8f, 0xbf, 0xbf, 0xff], '\u{10ffff}\udcff'],
    ['a byte order mark', [0xef, 0xbb, 0xbf, 0xff], '\ufeff\udcff'],
    ['the replacement character itself', [0xef, 0xbf, 0xbd], '\ufffd'],
  ])('%s', (_, bytes, text) => {
    expect(textOf(Buffer.from(bytes))).toBe(text)
    expect([...bytesOf(text)]).toEqual(bytes)
  })

  test('law: any bytes come back', () => {
    const byte = fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0xc3, 0xe2, 0xf0, 0x80))
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 60 }), (bytes) => {
        const buffer = Buffer.from(bytes)
        expect([...bytesOf(textOf(buffer))]).toEqual(bytes)
        expect(isEscaped(textOf(buffer))).toBe(!valid(buffer))
      }),
      { numRuns: runs(2000) },
    )
  })

  test('law: what is UTF-8 is what it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        expect(textOf(Buffer.from(text))).toBe(text)
        expect(bytesOf(text).equals(Buffer.from(text))).toBe(true)
      }),
      { numRuns: runs(500) },
    )
  })
})

function valid(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}

test('a file that is not UTF-8 is an error at its first such byte', () => {
  const bytes = Buffer.from('a: 1\nb: fär\n', 'latin1')
  const error: unknown = (() => {
    try {
      return strictText(bytes, 'vars.yml')
    } catch (reason) {
      return reason
    }
  })()
  expect(error).toBeInstanceOf(InputError)
  const { at, message, hint } = error as InputError
  expect(`${where(at!)} ${message}`).toBe('vars.yml:2:5 this byte is not UTF-8 text')
  expect(hint).toContain('iconv -f ISO-8859-1 -t UTF-8 vars.yml')
  expect(strictText(Buffer.from('a: ä\n'), 'vars.yml')).toBe('a: ä\n')
})
