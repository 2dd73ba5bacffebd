import { Unreachable } from '../core/errors.js'
import type { Sh } from '../core/sh.js'
import type { Become, Frame, Mode } from '../core/transport.js'
import { shellCommand } from './become.js'
import { unlessAborted, within } from './bounds.js'
import { Exchange, newNonce, type TripOptions } from './exchange.js'
import { greet, type Greeting, type Place } from './greeting.js'
import type { Pipe, Start } from './pipe.js'

/** Milliseconds that a new shell has to answer; a slow password check is part of it. */
const PATIENCE = 60_000

export interface ShellOptions {
  host: string
  start: Start
  become: Become | undefined
  /** Ends the wait for it. */
  signal?: AbortSignal
  /** Milliseconds; 60,000 where nothing else is said. */
  patience?: number | undefined
}

/** One long-lived sh on a host. */
export class Shell {
  #exchange: Exchange | undefined

  private constructor(
    readonly host: string,
    readonly pipe: Pipe,
    private readonly greeting: Greeting,
  ) {}

  /**
   * A shell that was asked to get ready, and need not have answered: the first trip goes after that
   * at once. Only where sudo wants a password does its answer have to be waited for.
   *
   * @throws Unreachable when that password is refused, or no shell answers; Interrupted
   */
  static async start(options: ShellOptions): Promise<Shell> {
    const { host, start, become, signal, patience = PATIENCE } = options
    const id = newNonce()
    const pipe = await openPipe(host, start(shellCommand(become, id)), patience, signal)
    const greeting = greet(host, pipe, become, id, patience)
    greeting.place.catch(() => pipe.close())
    if (become?.password) await unlessAborted(greeting.place, signal)
    return new Shell(host, pipe, greeting)
  }

  /** Where it runs. @throws Unreachable */
  get place(): Promise<Place> {
    return this.greeting.place
  }

  /** @throws Unreachable when no shell answers, sudo refuses, or it ends before its work does. */
  async *trip(
    steps: readonly Sh[],
    mode: Mode,
    options: TripOptions = {},
  ): AsyncGenerator<Frame, void, undefined> {
    const exchange = new Exchange(this.host, this.pipe, steps, mode, options)
    const { frames } = exchange
    this.#exchange = exchange
    this.pipe.listen((stream, bytes) => {
      this.greeting.hear(stream, bytes)
      exchange.hear(stream, bytes)
    })
    void this.place.then(
      () => exchange.begin(),
      (error: unknown) => frames.fail(error as Error),
    )
    void Promise.all([this.pipe.ended, this.place]).then(
      ([why]) => frames.fail(this.#gone(why)),
      () => undefined,
    )
    exchange.send()
    try {
      yield* frames
    } finally {
      // What is left of a trip that is not listened to must not go to the next one.
      await frames.closed
    }
  }

  /** Ends the trip under way, if there is one. */
  fail(error: Error): void {
    this.#exchange?.frames.fail(error)
  }

  /** Resolves when the shell is gone. */
  async close(): Promise<void> {
    this.pipe.write('exit\n')
    await this.pipe.exited
    this.pipe.close()
  }

  #gone(why: string): Unreachable {
    return new Unreachable(
      `${this.host}: the shell was lost in the middle of a run: ${why}`,
      'what had begun may be half done; run again, and the rest is completed',
    )
  }
}

/** A pipe that comes too late is closed. @throws Unreachable, Interrupted */
async function openPipe(
  host: string,
  opening: Promise<Pipe>,
  patience: number,
  signal: AbortSignal | undefined,
): Promise<Pipe> {
  try {
    const pipe = await unlessAborted(within(opening, patience), signal)
    if (pipe) return pipe
    throw new Unreachable(
      `${host} opened no channel for a command within ${patience / 1000} s`,
      'it answers, and starts nothing: is it overloaded?',
    )
  } catch (error) {
    void opening.then((pipe) => pipe.close()).catch(() => undefined)
    throw error
  }
}
