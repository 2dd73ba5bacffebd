import { EventEmitter } from 'node:events'
import { expect, it } from 'vitest'
import { Screen, type Terminal } from '../../src/cli/screen.js'

/** A terminal as far as Screen uses one: what stands on its two screens. */
class Emulator extends EventEmitter implements Terminal {
  writes: string[] = []
  columns = 80
  rows = 4
  first = ['$ dr-play status --watch', '']
  other: string[] | undefined
  cursor = true
  cleared = 0

  write(text: string): void {
    this.writes.push(text)
    let at = [0, 0] as [row: number, column: number]
    for (const [part] of text.matchAll(/\x1b\[\??[\d;]*[A-Za-z]|\n|[^\x1b\n]+/g)) {
      const lines = this.other ?? this.first
      if (part === '\x1b[?1049h') this.other = []
      else if (part === '\x1b[?1049l') this.other = undefined
      else if (part === '\x1b[?25l') this.cursor = false
      else if (part === '\x1b[?25h') this.cursor = true
      else if (part === '\x1b[H') at = [0, 0]
      else if (part === '\x1b[2J') this.cleared++
      else if (part === '\x1b[K') lines[at[0]] = (lines[at[0]] ?? '').slice(0, at[1])
      else if (part === '\x1b[J') {
        lines[at[0]] = (lines[at[0]] ?? '').slice(0, at[1])
        lines.length = at[0] + 1
      } else if (part === '\n' && this.other) at = [at[0] + 1, 0]
      else if (part === '\n') this.first.push('')
      else if (!part.startsWith('\x1b')) {
        if (!this.other) this.first.push(`${this.first.pop()}${part}`)
        else {
          const line = lines[at[0]] ?? ''
          lines[at[0]] = line.slice(0, at[1]) + part + line.slice(at[1] + part.length)
          at = [at[0], at[1] + part.length]
        }
      }
    }
  }
}

it('draws over what was there, in one write, and clears nothing first', () => {
  const terminal = new Emulator()
  const screen = new Screen(terminal)
  screen.draw(() => ['a long line', 'two', 'three'])
  expect(terminal.other).toEqual(['a long line', 'two', 'three'])
  const before = terminal.writes.length
  screen.draw(() => ['short', 'two'])
  expect(terminal.other).toEqual(['short', 'two'])
  expect(terminal.writes).toHaveLength(before + 1)
  expect(terminal.cleared).toBe(0)
  screen.close()
})

it('leaves the terminal as it was, with the last frame', () => {
  const terminal = new Emulator()
  const screen = new Screen(terminal)
  expect(terminal.cursor).toBe(false)
  screen.draw((width, height) => [`${width} x ${height}`])
  screen.close()
  expect(terminal.first).toEqual(['$ dr-play status --watch', '80 x Infinity', ''])
  expect(terminal.other).toBeUndefined()
  expect(terminal.cursor).toBe(true)
  expect(terminal.listenerCount('resize')).toBe(0)
})

it('draws the last frame again when the terminal changes its size', () => {
  const terminal = new Emulator()
  const screen = new Screen(terminal)
  screen.draw((width, height) => [`${width} x ${height}`, '2', '3', '4', '5'])
  expect(terminal.other).toEqual(['80 x 4', '2', '3', '4'])
  terminal.columns = 100
  terminal.rows = 2
  terminal.emit('resize')
  expect(terminal.other).toEqual(['100 x 2', '2'])
  screen.close()
})

it('takes 80 x 24 where the terminal does not know', () => {
  const terminal = new Emulator()
  terminal.columns = terminal.rows = 0
  const screen = new Screen(terminal)
  screen.draw((width, height) => [`${width} x ${height}`])
  expect(terminal.other).toEqual(['80 x 24'])
  screen.close()
})
