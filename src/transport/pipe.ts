import type { EventEmitter } from 'node:events'

/** A running command on the host: what is written to it, what it prints, how it ended. */
export interface Pipe {
  write(text: string): void
  /** One listener at a time; what comes while there is none is kept for the next one. */
  listen(listener: Listener): void
  /** Resolves when the command itself is gone. */
  readonly exited: Promise<void>
  /** Resolves, in words, when nothing more can come from it. */
  readonly ended: Promise<string>
  close(): void
}

export type Listener = (stream: Stream, bytes: Uint8Array) => void
export type Stream = 'stdout' | 'stderr'

/** Starts a command line on the host, in a process group of its own. */
export type Start = (command: string) => Promise<Pipe>

/** Keeps what arrives before anybody listens. */
export class Inbox {
  #listener: Listener | undefined
  #early: Parameters<Listener>[] = []

  listen(listener: Listener): void {
    this.#listener = listener
    for (const args of this.#early.splice(0)) listener(...args)
  }

  push(stream: Stream, bytes: Uint8Array): void {
    if (this.#listener) this.#listener(stream, bytes)
    else this.#early.push([stream, bytes])
  }
}

/**
 * The two ends of a command, from the events of its stream. A daemon that it left behind may
 * keep its output open for ever, so what is under way gets a second and no more.
 */
export function endings(stream: EventEmitter, lost: () => string): Pick<Pipe, 'exited' | 'ended'> {
  let how = ''
  let exit: () => void = () => undefined
  let end: () => void = () => undefined
  const exited = new Promise<void>((resolve) => (exit = resolve))
  const ended = new Promise<string>((resolve) => {
    end = () => resolve(lost() || how || 'the connection was lost')
  })
  stream.on('exit', (status: number | null, signal?: string | null) => {
    how = signal ? `it was ended by ${signal}` : `it ended with status ${status ?? 'unknown'}`
    exit()
    setTimeout(end, 1000).unref()
  })
  stream.on('close', () => {
    exit()
    end()
  })
  return { exited, ended }
}
