import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { takeTurn } from '../core/turns.js'

/** Bytes that wait for the other end to take them, above which it is not heard. */
const UNTAKEN = 8 * 1024 * 1024

/**
 * A connected socket whose bytes are heard in turns with those of all others. Node hears all that
 * have something to say in one turn of its event loop, and what ssh2 and we make of it takes
 * milliseconds for each. An end that asks, and does not take the answers, is not heard until it does.
 */
export class PacedSocket extends Duplex {
  #wanted = false

  constructor(private readonly socket: Socket) {
    super({ allowHalfOpen: false })
    socket.on('readable', () => takeTurn(() => this.#hear()))
    socket.on('end', () => this.push(null))
    // In turns as well: how it ended is not heard of before what was said.
    socket.on('error', (error) => takeTurn(() => this.destroy(error)))
    socket.on('close', () => takeTurn(() => this.destroy()))
  }

  /** Takes all that came. What nobody wants stays in the socket, until the other end has to wait. */
  #hear(): void {
    const hears = this.#wanted && this.writableLength <= UNTAKEN
    const bytes = hears ? (this.socket.read() as Buffer | null) : null
    if (bytes) this.#wanted = this.push(bytes)
  }

  override _read(): void {
    if (this.#wanted) return
    this.#wanted = true
    takeTurn(() => this.#hear())
  }

  override _write(bytes: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.socket.write(bytes, (error) => {
      done(error)
      if (this.#wanted) takeTurn(() => this.#hear())
    })
  }

  override _final(done: () => void): void {
    this.socket.end(done)
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.socket.destroy()
    done(error)
  }
}
