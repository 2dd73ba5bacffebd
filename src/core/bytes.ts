import { isUtf8 } from 'node:buffer'
import { InputError } from './errors.js'

/**
 * Bytes as text. A byte that is not UTF-8 becomes a lone surrogate, U+DC80 to U+DCFF, as in
 * Python (PEP 383): `bytesOf` makes the same bytes of it again, so that nothing is lost.
 */
export function textOf(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (isUtf8(buffer)) return buffer.toString('utf8')
  const units = Buffer.allocUnsafe(buffer.length * 2)
  let end = 0
  const put = (unit: number): void => void (end = units.writeUInt16LE(unit, end))
  for (let at = 0; at < buffer.length;) {
    const length = sequenceAt(buffer, at)
    if (length === 0) put(ESCAPE + buffer[at]!)
    else {
      const point = pointAt(buffer, at, length)
      if (point < 0x10000) put(point)
      else {
        put(0xd800 + ((point - 0x10000) >> 10))
        put(0xdc00 + ((point - 0x10000) & 0x3ff))
      }
    }
    at += length || 1
  }
  return units.toString('utf16le', 0, end)
}

/** The bytes that `textOf` made a text of. */
export function bytesOf(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text)
  const bytes = Buffer.allocUnsafe(text.length * 3)
  let end = 0
  let begin = 0
  const flush = (to: number): void => void (end += bytes.write(text.slice(begin, to), end))
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit >= 0xd800 && unit < 0xdc00 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00) at++
    else if (unit >= ESCAPE + 0x80 && unit <= ESCAPE + 0xff) {
      flush(at)
      bytes[end++] = unit - ESCAPE
      begin = at + 1
    }
  }
  flush(text.length)
  return bytes.subarray(0, end)
}

/** Whether a text was made of bytes that are not UTF-8. */
export const isEscaped = (text: string): boolean => !text.isWellFormed()

/** The text of a file of the user's. @throws InputError at the first byte that is not UTF-8 */
export function strictText(bytes: Uint8Array, file: string): string {
  const text = textOf(bytes)
  if (!isEscaped(text)) return text
  const before = text.slice(0, text.search(/[\udc80-\udcff]/u))
  const lines = before.split('\n')
  const at = { file, line: lines.length, col: lines.at(-1)!.length + 1 }
  const hint = `if it is Latin-1: iconv -f ISO-8859-1 -t UTF-8 ${file}`
  throw new InputError(at, 'this byte is not UTF-8 text', hint)
}

const ESCAPE = 0xdc00

/** The length of the UTF-8 sequence that begins at an offset; 0 where none does. RFC 3629, 4. */
function sequenceAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!
  if (first < 0x80) return 1
  const length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0
  const second = bytes[at + 1] ?? 0
  const lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
  const highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
  if (second < lowest || second > highest) return 0
  for (let next = 2; next < length; next++) {
    if (((bytes[at + next] ?? 0) & 0xc0) !== 0x80) return 0
  }
  return length
}

function pointAt(bytes: Uint8Array, at: number, length: number): number {
  let point = length === 1 ? bytes[at]! : bytes[at]! & (0xff >> (length + 1))
  for (let next = 1; next < length; next++) point = (point << 6) | (bytes[at + next]! & 0x3f)
  return point
}
