import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FrameDecoder, Implausible, limits } from '../../src/core/decoding.js'
import type { Frame } from '../../src/core/transport.js'
import { runs } from '../support/form.js'

const NONCE = 'ab'.repeat(16)
const MARK = `@${NONCE}`
const MIB = 1024 * 1024

/** What a decoder makes of stdout, where stderr has all its marks. */
function decode(count: number, stdout: string | Uint8Array, cut = Infinity): Frame[] {
  const decoder = new FrameDecoder(NONCE, count)
  decoder.push('stderr', Buffer.from(`${MARK}\n`.repeat(count + 1)))
  const bytes = Buffer.from(stdout)
  const frames: Frame[] = []
  for (let at = 0; at < bytes.length; at += cut)
    frames.push(...decoder.push('stdout', bytes.subarray(at, at + cut)))
  return frames
}

describe('a host that says what its shell cannot say', () => {
  const begin = `${MARK}\n`
  const one = `${begin}out ${MARK} 0\n`
  test.each<[string, number, string]>([
    ['ends steps that there are not', 2, `${one}${MARK} ended 99999999999 0\n`],
    ['ends one step too many', 2, `${one}${MARK} ended 3 0\n`],
    [
      'ends more steps than it was asked for, in one packet',
      1,
      `${begin}${`${MARK} 0\n`.repeat(3)}`,
    ],
    ['gives a status that is no number', 1, `${begin}${MARK} fine\n`],
    ['gives a status below none', 1, `${begin}${MARK} -1\n`],
    ['gives a status of ten thousand digits', 1, `${begin}${MARK} ${'9'.repeat(10_000)}\n`],
    ['gives no status', 1, `${begin}${MARK}\n`],
    ['begins with a status', 1, `${MARK} 0\n`],
    ['ends with a status that is no number', 1, `${begin}${MARK} ended 1 x\n`],
    ['ends a mark never', 1, `${begin}${MARK} ${'x'.repeat(limits.mark)}`],
    [
      'tells of its progress without an end',
      1,
      `${begin}${MARK} progress ${'x'.repeat(limits.mark)}`,
    ],
  ])('%s', (_, count, stdout) => {
    for (const cut of [1, 7, Infinity])
      expect(() => {
        // What comes after the last frame is not looked at.
        if (decode(count, stdout, cut).length === count) throw new Implausible('ignored')
      }).toThrow(Implausible)
  })

  test('on stderr as well', () => {
    for (const text of [`${MARK} 0\n`, `${MARK} ended 2\n`, `${MARK}\n`.repeat(4)]) {
      const decoder = new FrameDecoder(NONCE, 1)
      expect(() => decoder.push('stderr', Buffer.from(text))).toThrow(Implausible)
    }
  })

  test('prints for ever', () => {
    const decoder = new FrameDecoder(NONCE, 1)
    const bytes = Buffer.alloc(MIB, 'x')
    for (let heard = 0; heard < limits.trip; heard += MIB) decoder.push('stdout', bytes)
    expect(() => decoder.push('stdout', bytes)).toThrow(/more than 1 GiB/)
  })

  test('law: whatever marks say, it ends in as many frames as there are steps, or is refused', () => {
    const note = fc.constantFrom('', ' 0', ' 255', ' skipped', ' ended 1 0', ' ended 7 0', ' x')
    const piece = fc.tuple(fc.constantFrom('', 'out', '\n'), note)
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 8 }),
        fc.integer({ min: 0, max: 3 }),
        fc.integer({ min: 1, max: 40 }),
        (pieces, count, cut) => {
          const text = pieces.map(([out, said]) => `${out}${MARK}${said}\n`).join('')
          let frames: Frame[] = []
          try {
            frames = decode(count, text, cut)
          } catch (error) {
            expect(error).toBeInstanceOf(Implausible)
          }
          expect(frames.length).toBeLessThanOrEqual(count)
          for (const { status } of frames)
            expect(status === 'skipped' || (status >= 0 && status <= 999)).toBe(true)
        },
      ),
      { numRuns: runs(500) },
    )
  })
})

describe('much output', () => {
  test('is cut, and how much it was is said', () => {
    const out = Buffer.concat([Buffer.alloc(limits.kept, 'a'), Buffer.from('bcd')])
    const text = Buffer.concat([Buffer.from(`${MARK}\n`), out, Buffer.from(`${MARK} 3\n`)])
    const [frame] = decode(1, text)
    expect(frame).toMatchObject({ status: 3, stderr: '', cut: { stdout: limits.kept + 3 } })
    expect(frame!.stdout.length).toBe(limits.kept)
    expect(frame!.stdout.endsWith('aa')).toBe(true)
  })

  test('of the limit is whole', () => {
    const out = Buffer.alloc(limits.kept, 'a')
    const text = Buffer.concat([Buffer.from(`${MARK}\n`), out, Buffer.from(`${MARK} 0\n`)])
    const [frame] = decode(1, text)
    expect(frame!.cut).toBeUndefined()
    expect(frame!.stdout.length).toBe(limits.kept)
  })

  test('of a stream whose other one keeps silent is not kept without an end', () => {
    const decoder = new FrameDecoder(NONCE, 10)
    const step = Buffer.concat([Buffer.alloc(3 * MIB, 'a'), Buffer.from(`${MARK} 0\n`)])
    decoder.push('stdout', Buffer.from(`${MARK}\n`))
    for (let i = 0; i < 10; i++) decoder.push('stdout', step)
    const frames = decoder.push('stderr', Buffer.from(`${MARK}\n`.repeat(11)))
    const kept = frames.map(({ stdout }) => stdout.length)
    expect(kept.reduce((sum, each) => sum + each, 0)).toBe(limits.ahead)
    expect(kept[0]).toBe(3 * MIB)
    expect(frames[9]!.cut).toEqual({ stdout: 3 * MIB })
  })

  test('in pieces of one byte is no more work than in large ones', () => {
    const out = 'x'.repeat(2 * MIB)
    const [frame] = decode(1, `${MARK}\n${out}${MARK} 0\n`, 1)
    expect(frame!.stdout).toBe(out)
  })

  test('that comes after the last step is not kept', () => {
    const decoder = new FrameDecoder(NONCE, 1)
    decoder.push('stderr', Buffer.from(`${MARK}\n${MARK}\n`))
    expect(decoder.push('stdout', Buffer.from(`${MARK}\n${MARK} 0\n`))).toHaveLength(1)
    const late = Buffer.alloc(MIB, 'x')
    for (let i = 0; i < 2048; i++) expect(decoder.push('stdout', late)).toEqual([])
  })
})

test('what is not UTF-8 comes as it is, cut wherever', () => {
  const bytes = [0xc3, 0xa4, 0xff, 0xe2, 0x82, 0xc3, 0xed, 0xa0, 0x80, 0xf0, 0x9f, 0x98, 0x80]
  const text = Buffer.concat([
    Buffer.from(`${MARK}\n`),
    Buffer.from(bytes),
    Buffer.from(`${MARK} 0\n`),
  ])
  const said = 'ä\udcff\udce2\udc82\udcc3\udced\udca0\udc80😀'
  for (const cut of [1, 2, 3, Infinity]) expect(decode(1, text, cut)[0]!.stdout).toBe(said)
})
