import { randomBytes } from 'node:crypto'
import { FrameDecoder, Implausible } from '../core/decoding.js'
import { DrPlayError, Unreachable } from '../core/errors.js'
import { encode, type Portion } from '../core/framing.js'
import type { Sh } from '../core/sh.js'
import type { Frame, Limit, Limits, Mode, ProgressListener } from '../core/transport.js'
import type { Pipe, Stream } from './pipe.js'
import { sparing } from './progress.js'
import { Queue } from './queue.js'

/** Time that a host has for the looks at it, one after another: what only reads takes moments. */
const LOOK: Limit = { seconds: 300, ends: 'host' }

/** Bytes a second that a script takes, at the least, to get to the host. */
const SLOWEST = 10_000

/** Seconds that a step which was ended has to be over. */
const LAST_WORDS = 10

/** The longest that a timer waits, in milliseconds. */
const LONGEST = 2 ** 31 - 1

export const newNonce = (): string => randomBytes(16).toString('hex')

/** What a trip asks of those who have it go. */
export interface TripOptions {
  progress?: ProgressListener | undefined
  limits?: Limits | undefined
  /** Ends the step under way, and leaves the shell as it is. */
  endStep?: () => Promise<void>
}

/** One trip on the pipe of a shell: what is sent, what is heard, and how long it may take. */
export class Exchange {
  readonly frames = new Queue<Frame>()
  readonly #decoder: FrameDecoder
  readonly #portions: Portion[]
  #timer: NodeJS.Timeout | undefined
  /** The step whose limit is over. */
  #ended: { step: number; seconds: number; over: Promise<void> } | undefined
  #step = 0
  #looking = false

  constructor(
    private readonly host: string,
    private readonly pipe: Pipe,
    steps: readonly Sh[],
    mode: Mode,
    private readonly options: TripOptions,
  ) {
    const nonce = newNonce()
    const isTimed = (step: number): boolean => this.#limit(step).ends === 'step'
    this.#portions = encode(steps, mode, nonce, isTimed)
    this.#decoder = new FrameDecoder(nonce, steps.length, sparing(options.progress))
    void this.frames.closed.then(() => clearTimeout(this.#timer))
    if (this.#decoder.done) this.frames.end()
  }

  /** Sends what the host begins with. */
  send(): void {
    this.pipe.write(this.#portions[0]?.text ?? '')
  }

  /** From now on it takes the host's time. */
  begin(): void {
    if (!this.#decoder.done) this.#watch()
  }

  hear(stream: Stream, bytes: Uint8Array): void {
    try {
      for (const frame of this.#decoder.push(stream, bytes)) this.#next(frame)
    } catch (error) {
      if (!(error instanceof Implausible)) throw error
      const message = `${this.host} does not answer as the shell that was started there: ${error.message}`
      this.#giveUp(new Unreachable(message, 'is it the host that it should be, and is it sound?'))
    }
  }

  #next(frame: Frame): void {
    const ended = this.#ended?.step === frame.step ? this.#ended : undefined
    this.frames.push(ended ? { ...frame, timedOut: ended.seconds } : frame)
    this.#step = frame.step + 1
    if (this.#decoder.done) return this.frames.end()
    this.#watch()
    if (this.#portions[0]?.steps !== this.#step) return
    this.#portions.shift()
    // Who ends the step that is over must not meet the next one.
    void (ended?.over ?? Promise.resolve()).then(() => this.send())
  }

  #limit(step: number): Limit {
    return this.options.limits?.[step] ?? LOOK
  }

  #watch(): void {
    const { seconds, ends } = this.#limit(this.#step)
    const goesOn = this.#looking && ends === 'host'
    this.#looking = ends === 'host'
    if (goesOn) return
    clearTimeout(this.#timer)
    if (seconds === Infinity) return
    const sending = (this.#portions[0]?.text.length ?? 0) / SLOWEST
    this.#wait(seconds + sending, () =>
      ends === 'step' ? this.#endStep(seconds) : this.#giveUp(this.#late(seconds)),
    )
  }

  #wait(seconds: number, then: () => void): void {
    this.#timer = setTimeout(then, Math.min(seconds * 1000, LONGEST))
  }

  #endStep(seconds: number): void {
    const over = this.options.endStep?.() ?? Promise.resolve()
    this.#ended = { step: this.#step, seconds, over }
    this.#wait(LAST_WORDS, () => this.#giveUp(this.#late(seconds)))
  }

  #late(seconds: number): Unreachable {
    return new Unreachable(
      `${this.host} gave no answer within ${seconds} s, and still takes its time`,
      'look there for what hangs: ps, dmesg, a network file system whose server is gone',
    )
  }

  #giveUp(error: DrPlayError): void {
    this.frames.fail(error)
    this.pipe.close()
  }
}
