import type { WriteStream } from 'node:tty'
import type { ClusterStatus } from '../lvs/status.js'
import { paint } from '../report/text.js'
import { Screen } from './screen.js'
import { statusLines, type StatusOptions } from './status-text.js'
import { canDraw, hasColour } from './terminal.js'

/** Where a status is shown. */
export interface View {
  /** Whether it is worth showing what is only half known yet: the next one takes its place. */
  early: boolean
  show: (status: ClusterStatus, note?: string) => void
  end: () => void
}

export interface ViewFlags {
  output: 'text' | 'json'
  watch?: number
  verbose?: boolean
}

/** JSON; a screen of its own on a terminal under --watch; else lines. */
export function viewOf(out: WriteStream, { output, watch, verbose = false }: ViewFlags): View {
  const end = () => undefined
  if (output === 'json') {
    const indent = watch === undefined ? 2 : undefined
    const show: View['show'] = (status, note) => {
      const time = new Date().toISOString()
      const document = { time, ...status, ...(note === undefined ? {} : { note }) }
      out.write(`${JSON.stringify(document, undefined, indent)}\n`)
    }
    return { early: false, show, end }
  }
  const colour = hasColour(out)
  if (watch !== undefined && canDraw(out)) {
    return screenView(out, { colour, verbose, watch })
  }
  const show: View['show'] = (status, note) => {
    const width = out.isTTY ? out.columns || 80 : Infinity
    const head = watch === undefined ? [] : [new Date().toISOString()]
    const lines = [...head, ...(note === undefined ? [] : [note])]
    out.write(`${[...lines, ...statusLines(status, { colour, verbose, width })].join('\n')}\n`)
    if (watch !== undefined) out.write('\n')
  }
  return { early: false, show, end }
}

function screenView(
  out: WriteStream,
  { watch, ...options }: Omit<StatusOptions, 'width'> & { watch: number },
): View {
  const screen = new Screen(out)
  return {
    early: true,
    show(status, note) {
      const time = new Date().toTimeString().slice(0, 8)
      const head = `dr-play status at ${time}, every ${watch} s; Ctrl-C ends`
      const above = [paint('dim', head, options), ...(note === undefined ? [] : [note]), '']
      screen.draw((width, rows) => {
        const height = rows - above.length
        return [...above, ...statusLines(status, { ...options, width, height })]
      })
    },
    end: () => screen.close(),
  }
}
