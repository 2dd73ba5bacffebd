/** What of a terminal is needed. */
export interface Terminal {
  columns: number
  rows: number
  write: (text: string) => unknown
  on: (event: 'resize', listener: () => void) => unknown
  off: (event: 'resize', listener: () => void) => unknown
}

const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l'
const LEAVE = '\x1b[?7h\x1b[?25h\x1b[?1049l'

/**
 * A terminal's other screen, which leaves what stood on the first one alone. A frame is written
 * at once, over the one before, and nothing is cleared that is drawn again: it does not flicker.
 */
export class Screen {
  #frame: ((width: number, height: number) => string[]) | undefined
  readonly #redraw = () => this.draw()

  constructor(private readonly terminal: Terminal) {
    terminal.write(ENTER)
    terminal.on('resize', this.#redraw)
  }

  /** @param frame the lines for so many columns and rows; without one, the last is drawn again */
  draw(frame = this.#frame): void {
    this.#frame = frame
    const { columns, rows } = this.#size()
    const lines = (frame?.(columns, rows) ?? []).slice(0, rows)
    const text = lines.map((line) => `${line}\x1b[K`).join('\n')
    // Mode 2026: a terminal that knows it shows the frame when it is whole.
    this.terminal.write(`\x1b[?2026h\x1b[H${text}\x1b[J\x1b[?2026l`)
  }

  /** Back to the first screen, where the last frame is left. */
  close(): void {
    this.terminal.off('resize', this.#redraw)
    const lines = this.#frame?.(this.#size().columns, Infinity) ?? []
    this.terminal.write(LEAVE + lines.map((line) => `${line}\n`).join(''))
  }

  /** A terminal that does not know its size says 0. */
  #size() {
    const { columns, rows } = this.terminal
    return { columns: columns || 80, rows: rows || 24 }
  }
}
