import { randomBytes } from 'node:crypto'
import { Unreachable } from '../core/errors.js'
import { encode, FrameDecoder, prelude } from '../core/framing.js'
import type { Secret, Sh } from '../core/sh.js'
import type { Become, Frame, Mode, ProgressListener } from '../core/transport.js'
import { becomeError, hello, prompt, shellCommand } from './become.js'
import type { Listener, Pipe, Start } from './pipe.js'
import { Queue } from './queue.js'

/** Milliseconds that a new shell has to answer; a slow password check is part of it. */
const patience = 60_000

const nonce = (): string => randomBytes(16).toString('hex')

/** One long-lived sh on a host. */
export class Shell {
  #frames: Queue<Frame> | undefined

  private constructor(
    readonly host: string,
    readonly pipe: Pipe,
    private readonly greeting: Greeting,
  ) {}

  /**
   * A shell that was told to get ready, and need not have answered: the first trip goes after that
   * at once. Only where sudo wants a password does its answer have to be waited for.
   *
   * @throws Unreachable when that password is refused
   */
  static async start(host: string, start: Start, become: Become | undefined): Promise<Shell> {
    const id = nonce()
    const pipe = await start(shellCommand(become, id))
    const greeting = greet(host, pipe, become, id)
    greeting.group.catch(() => pipe.close())
    if (become?.password) await greeting.group
    return new Shell(host, pipe, greeting)
  }

  /** The process group of the sh and of all it starts. @throws Unreachable */
  get group(): Promise<number> {
    return this.greeting.group
  }

  /** @throws Unreachable when no shell answers, sudo refuses, or it ends before its work does. */
  async *trip(
    steps: readonly Sh[],
    mode: Mode,
    progress?: ProgressListener,
  ): AsyncGenerator<Frame, void, undefined> {
    const id = nonce()
    const decoder = new FrameDecoder(id, steps.length, progress)
    const frames = new Queue<Frame>()
    this.#frames = frames
    this.pipe.listen((stream, bytes) => {
      this.greeting.hear(stream, bytes)
      for (const frame of decoder.push(stream, bytes)) frames.push(frame)
      if (decoder.done) frames.end()
    })
    void Promise.all([this.pipe.ended, this.group]).then(
      ([why]) => frames.fail(this.#gone(why)),
      (error: unknown) => frames.fail(error as Error),
    )
    this.pipe.write(encode(steps, mode, id))
    try {
      yield* frames
    } finally {
      // Whoever stops listening early must not leave the rest to the next trip.
      await frames.closed
    }
  }

  /** Ends the trip under way, if there is one. */
  fail(error: Error): void {
    this.#frames?.fail(error)
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

/** A new shell that is told to get ready. */
interface Greeting {
  /** Its process group, once it is. @throws Unreachable */
  group: Promise<number>
  /** Hears what it says, until it has answered. */
  hear: Listener
}

function greet(host: string, pipe: Pipe, become: Become | undefined, id: string): Greeting {
  const said = { stdout: '', stderr: '' }
  let hear: Listener = () => undefined
  const group = new Promise<number>((resolve, reject) => {
    const refuse = (why: string): void => {
      if (become) reject(becomeError(host, become, said.stderr))
      else reject(new Unreachable(`${host}: no shell there: ${why}`, said.stderr || said.stdout))
    }
    const timer = setTimeout(() => refuse('no answer'), patience)
    const when = conversation(pipe, become?.password, id)
    hear = (stream, bytes) => {
      said[stream] += Buffer.from(bytes).toString()
      const ready = new RegExp(`@${id} ready (\\d+)\n`).exec(said.stdout)
      if (ready) {
        clearTimeout(timer)
        hear = () => undefined
        resolve(Number(ready[1]))
      } else if (when(said) === 'refused') refuse('')
    }
    pipe.listen((...what) => hear(...what))
    void pipe.ended.then((why) => {
      clearTimeout(timer)
      refuse(why)
    })
  })
  return { group, hear: (...what) => hear(...what) }
}

/** Says to sudo and to the shell what each waits for, in its time. */
function conversation(
  pipe: Pipe,
  password: Secret | undefined,
  id: string,
): (said: { stdout: string; stderr: string }) => 'refused' | undefined {
  let greeted = !password
  let asked = 0
  if (greeted) pipe.write(prelude(id))
  return (said) => {
    if (!password || greeted) return undefined
    if (said.stdout.includes(hello(id))) {
      greeted = true
      pipe.write(prelude(id))
    } else if (said.stderr.split(prompt(id)).length - 1 > asked) {
      if (asked++ > 0) return 'refused'
      pipe.write(`${password.reveal()}\n`)
    }
    return undefined
  }
}
