import { CHOMPING_MODE, type Event, EVENT_ID, parseEvents, YAMLException } from 'js-yaml'

/** The events of a text, and the text that their offsets count in. */
export interface Parsed {
  events: Event[]
  text: string
  /** Lines, counted from 0, that have PAD more blanks at their start than what was written. */
  padded: ReadonlySet<number>
}

export const PAD = 256

/**
 * The events of the parser, which goes by the letter of YAML: what is in brackets or quotes
 * must be indented more than its key. Nobody minds, Ansible neither, and many write a closing
 * bracket right below the key. Blanks at the start of such a line mean nothing, so it gets some.
 *
 * @throws YAMLException for the text as it was written
 */
export function parseYaml(written: string): Parsed {
  let first: unknown
  let text = written
  const padded = new Set<number>()
  for (;;) {
    try {
      const events = parseEvents(text, {})
      endAsWritten(events, text)
      return { events, text, padded }
    } catch (error) {
      first ??= error
      const line = shallowLine(error)
      if (line === undefined || padded.has(line)) throw first
      for (const each of [line, ...likeIt(written, line)]) padded.add(each)
      text = written
        .split('\n')
        .map((one, i) => (padded.has(i) ? ' '.repeat(PAD) + one : one))
        .join('\n')
    }
  }
}

function shallowLine(error: unknown): number | undefined {
  if (!(error instanceof YAMLException) || error.reason !== 'deficient indentation')
    return undefined
  return error.mark?.line
}

const CLOSING = /^[ ]*[\]}]/
const BLOCK_OF_LINES = /[|>][-+\d]*[ \t]*(?:#.*)?$/m

/** Further lines that begin with a bracket; not where one may be in a text kept line by line. */
function likeIt(text: string, line: number): number[] {
  if (BLOCK_OF_LINES.test(text)) return []
  return text.split('\n').flatMap((one, i) => (i > line && CLOSING.test(one) ? [i] : []))
}

/** Lines of a block that end with the file, without a line break, get none, as in Ansible. */
function endAsWritten(events: readonly Event[], text: string): void {
  if (text.endsWith('\n')) return
  const last = events.findLast(({ type }) => type !== EVENT_ID.POP)
  if (last?.type === EVENT_ID.SCALAR && last.valueEnd === text.length) {
    last.chomping = CHOMPING_MODE.STRIP
  }
}
