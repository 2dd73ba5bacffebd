import { textOf } from './bytes.js'
import type { Frame, ProgressListener } from './transport.js'

/** What a host may say, in bytes. */
export const limits = {
  /** Kept of what a step prints on stdout, and of what it prints on stderr. */
  kept: 4 * 1024 * 1024,
  /** Kept of what one stream is ahead of the other. */
  ahead: 16 * 1024 * 1024,
  /** Heard in a trip, kept or not. */
  trip: 1024 * 1024 * 1024,
  /** A mark with what it says. */
  mark: 4096,
}

/** A host said what the steps that were sent cannot have said. */
export class Implausible extends Error {}

/** Cuts what an `encode`d trip prints into frames. Bytes may come in pieces cut anywhere. */
export class FrameDecoder {
  readonly #stdout: Cutter
  readonly #stderr: Cutter
  #frames = 0
  #heard = 0

  /** @param count of the trip's steps */
  constructor(
    nonce: string,
    readonly count: number,
    progress: ProgressListener = () => undefined,
  ) {
    this.#stdout = new Cutter(`@${nonce}`, count, /^(\d{1,3}|skipped)$/)
    // On stderr one mark stands before the first step, and one after each that is over.
    const tell = (marks: number, message: string): void => progress(marks - 1, message)
    this.#stderr = new Cutter(`@${nonce}`, count, /^$/, tell)
  }

  get done(): boolean {
    return this.#frames === this.count
  }

  /**
   * The frames that these bytes complete. After the last one nothing is kept.
   *
   * @throws Implausible
   */
  push(stream: 'stdout' | 'stderr', bytes: Uint8Array): Frame[] {
    if (this.done) return []
    this.#heard += bytes.length
    if (this.#heard > limits.trip) throw new Implausible('it printed more than 1 GiB at once')
    const cutter = stream === 'stdout' ? this.#stdout : this.#stderr
    cutter.push(bytes)
    const frames: Frame[] = []
    while (this.#stdout.waits && this.#stderr.waits) {
      const out = this.#stdout.take()
      const err = this.#stderr.take()
      // What came before the trip's first mark is older than the trip.
      if (out.note === '') continue
      frames.push(this.#frame(out, err))
    }
    return frames
  }

  #frame(out: Piece, err: Piece): Frame {
    const cut = { ...(out.cut && { stdout: out.size }), ...(err.cut && { stderr: err.size }) }
    return {
      step: this.#frames++,
      status: out.note === 'skipped' ? 'skipped' : Number(out.note),
      stdout: textOf(out.bytes),
      stderr: textOf(err.bytes),
      ...(out.cut || err.cut ? { cut } : {}),
    }
  }
}

interface Piece {
  note: string
  bytes: Uint8Array
  /** Bytes that came, kept or not. */
  size: number
  cut: boolean
}

/** Cuts a stream at lines that begin, anywhere, with a mark: `TEXT MARK[ NOTE]\n`. */
class Cutter {
  readonly #pieces: Piece[] = []
  readonly #mark: Buffer
  #text = new Growing()
  /** What may be the begin of a mark. */
  #rest: Uint8Array = Buffer.alloc(0)
  #marks = 0
  /** Bytes in the pieces that wait for the other stream. */
  #ahead = 0

  constructor(
    mark: string,
    private readonly count: number,
    private readonly note: RegExp,
    private readonly progress: (marks: number, message: string) => void = () => undefined,
  ) {
    this.#mark = Buffer.from(mark)
  }

  get waits(): boolean {
    return this.#pieces.length > 0
  }

  take(): Piece {
    const piece = this.#pieces.shift()!
    this.#ahead -= piece.bytes.length
    return piece
  }

  push(bytes: Uint8Array): void {
    const data = Buffer.concat([this.#rest, bytes])
    let at = 0
    for (;;) {
      const found = data.indexOf(this.#mark, at)
      if (found < 0) break
      this.#add(data.subarray(at, found))
      const end = data.indexOf('\n', found)
      if ((end < 0 ? data.length : end) - found > limits.mark)
        throw new Implausible('a mark of its shell has no end')
      if (end < 0) return this.#leave(data.subarray(found))
      this.#hear(data.toString('utf8', found + this.#mark.length, end).trim())
      at = end + 1
    }
    const safe = Math.max(at, data.length - this.#mark.length + 1)
    this.#add(data.subarray(at, safe))
    this.#leave(data.subarray(safe))
  }

  /** A copy: the bytes that it is a part of are let go. */
  #leave(rest: Uint8Array): void {
    this.#rest = Buffer.from(rest)
  }

  #add(bytes: Uint8Array): void {
    this.#text.add(bytes, Math.min(limits.kept, limits.ahead - this.#ahead))
  }

  #hear(note: string): void {
    if (note.startsWith('progress ')) {
      return this.progress(this.#marks, note.slice('progress '.length))
    }
    const [, ended, status = ''] = /^ended (\d{1,9})(?: (\S*))?$/.exec(note) ?? []
    if (ended === undefined) return this.#end(note)
    if (Number(ended) > this.count) throw new Implausible('it ended steps that there are not')
    // The trip's own mark is one more.
    while (this.#marks <= Number(ended)) this.#end(status)
  }

  #end(note: string): void {
    const isFirst = this.#marks === 0
    if (isFirst ? note !== '' : !this.note.test(note))
      throw new Implausible('a mark of its shell says what it cannot say')
    if (++this.#marks > this.count + 1)
      throw new Implausible('it ended more steps than it was asked for')
    const { bytes, size } = this.#text
    this.#pieces.push({ note, bytes, size, cut: size > bytes.length })
    this.#ahead += bytes.length
    this.#text = new Growing()
  }
}

/** Bytes that come in pieces, copied: a piece of one byte may be part of a large buffer. */
class Growing {
  /** Of all that came. */
  size = 0
  #buffer = Buffer.alloc(0)
  #length = 0

  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length)
  }

  /** @param limit the bytes that are kept */
  add(bytes: Uint8Array, limit: number): void {
    this.size += bytes.length
    const length = Math.min(bytes.length, Math.max(0, limit - this.#length))
    if (this.#length + length > this.#buffer.length) {
      const more = Buffer.alloc(Math.max(1024, 2 * this.#buffer.length, this.#length + length))
      more.set(this.bytes)
      this.#buffer = more
    }
    this.#buffer.set(bytes.subarray(0, length), this.#length)
    this.#length += length
  }
}
