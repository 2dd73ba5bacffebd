/** From events to iteration: what was pushed comes out in order, then the end or the failure. */
export class Queue<T> implements AsyncIterable<T> {
  /** Resolves at the end or the failure. */
  readonly closed: Promise<void>
  readonly #items: T[] = []
  #close: () => void = () => undefined
  #end: { error?: Error } | undefined
  #wake: () => void = () => undefined

  constructor() {
    this.closed = new Promise((resolve) => (this.#close = resolve))
  }

  push(item: T): void {
    this.#items.push(item)
    this.#wake()
  }

  end(): void {
    this.#finish({})
  }

  /** Has no effect after the end. */
  fail(error: Error): void {
    this.#finish({ error })
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      const item = this.#items.shift()
      if (item !== undefined) yield item
      else if (this.#end?.error) throw this.#end.error
      else if (this.#end) return
      else await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  #finish(end: { error?: Error }): void {
    this.#end ??= end
    this.#close()
    this.#wake()
  }
}
