import { InputError } from '../../../core/errors.js'
import type { Note } from '../told.js'
import type { Statement } from './blocks.js'

const OTHERWISE = 'see whether the cluster needs it, and keep it where it is'
const NO_LOOK =
  'dr-play looks when it runs: put an http or wait_for task into the playbook, and keep a monitor for the time between'

/** What becomes of keywords that say nothing of the table: why, and what to do instead. */
const lost: readonly (readonly [RegExp, (keyword: string) => string, string])[] = [
  [/_(CHECK|GET)$/, (keyword) => `the health check ${keyword} is not carried over`, NO_LOOK],
  [
    /^sorry_server$/,
    () => 'the sorry_server is not carried over',
    'when no real server is left clients are refused: serve that page elsewhere',
  ],
  [
    /^inhibit_on_failure$/,
    (keyword) => `${keyword} is not carried over`,
    'dr-play takes nobody out by itself: to quiesce a real server set its weight to 0',
  ],
  [
    /^(quorum|notify)_(up|down)$/,
    (keyword) => `the script of ${keyword} is not carried over`,
    'a handler, or a task after the role, runs commands when dr-play changes something',
  ],
]

/** Of these only keepalived's own checks and messages make something. */
const quiet = new Set(
  `delay_loop retry nb_get_retry delay_before_retry warmup connect_timeout virtualhost alpha
   omega ha_suspend smtp_alert snmp_name hysteresis quorum sorry_server_inhibit
   sorry_server_lvs_method ip_family`.split(/\s+/),
)

/** A note on a keyword that is not carried over; none where nothing is lost. */
export function noteOn({ keyword, words, at }: Statement): Note[] {
  if (quiet.has(keyword)) return []
  const [, message, hint] = lost.find(([pattern]) => pattern.test(keyword)) ?? []
  if (message && hint !== undefined) return [{ at, message: message(keyword), hint }]
  const text = [keyword, ...words].join(' ')
  return [{ at, message: `not understood: ${text}`, hint: OTHERWISE }]
}

/** The number after a keyword. @throws InputError when it is none from 0 to `most` */
export function numberOf({ keyword, words, at }: Statement, most: number): number {
  const [word = ''] = words
  if (/^\d+$/.test(word) && Number(word) <= most) return Number(word)
  const message = `${keyword}: "${word}" is no whole number up to ${most}`
  throw new InputError(at, message, `a number follows the word: ${keyword} 1`)
}
