import { quote, type Sh, sh } from './sh.js'
import type { Frame, Mode, ProgressListener } from './transport.js'

/**
 * A step whose first line is this keeps the session's file descriptor 9, an open `/` that
 * lives as long as the session's shell: `flock -n 9 9<&9` there locks the host for the
 * session. In every other step fd 9 is closed, or a daemon started by it would hold the lock.
 */
export const keepsLock = ': keeps-fd-9'

/**
 * Steps whose first line is this, one after another, share one subshell: to fork it costs as
 * much as a small probe does. They end their work without `exit`, and leave options, folder and
 * IFS of the shell as they are.
 */
export const sharesShell = ': shares-shell'

/**
 * Within a step: tells whoever listens how far it is. The words become one short line. The
 * mark is a variable of the shell that is not exported: what the step starts cannot read it.
 */
export function tellProgress(words: Sh): Sh {
  return sh`[ -z "\${dr_mark-}" ] || echo "$dr_mark progress" ${words} >&2`
}

/**
 * The script that runs the steps of one trip, for the stdin of a long-lived sh that has read
 * the prelude.
 *
 * @param nonce hexadecimal, fresh for each trip: what the steps cannot guess
 */
export function encode(steps: readonly Sh[], mode: Mode, nonce: string): string {
  const begin = `dr_s=0; dr_mark='@${nonce}'; echo '@${nonce}'; echo '@${nonce}' >&8\n`
  let text = begin
  for (let at = 0; at < steps.length;) {
    const rest = steps.slice(at)
    const alone = rest.findIndex(({ text }) => !text.startsWith(sharesShell))
    const sharing = alone < 0 ? rest.length : alone
    if (sharing > 1) text += encodeSharing(rest.slice(0, sharing), mode, nonce, at + sharing)
    else text += encodeStep(rest[0]!, mode, nonce)
    at += Math.max(sharing, 1)
  }
  return text
}

/**
 * What a new sh is told first; it answers `@NONCE ready PROCESS-GROUP`.
 *
 * fd 8 becomes the session's stderr, while the shell's own goes nowhere: about a step killed
 * by a signal bash would print the step's whole text, secrets and all.
 */
export function prelude(nonce: string): string {
  return `exec 8>&2 2>/dev/null
command exec 9</
unset CDPATH ENV BASH_ENV GREP_OPTIONS LANGUAGE dr_addresses dr_uid
LC_ALL=C
PATH=\${PATH:+$PATH:}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
while read -r dr_s _ dr_uid _; do case $dr_s in Uid:) break ;; esac; done </proc/$$/status
[ "$dr_s" = Uid: ] || dr_uid=$(id -u)
case $dr_uid in
0) DR_PLAY_STATE=/var/lib/dr-play ;;
*) DR_PLAY_STATE=\${XDG_STATE_HOME:-$HOME/.local/state}/dr-play ;;
esac
export LC_ALL PATH DR_PLAY_STATE
cd || cd /
read -r dr_s </proc/$$/stat
set -- \${dr_s##*\\) }
echo '@${nonce}' ready "\${3:-$$}"
set --
`
}

function encodeStep(step: Sh, mode: Mode, nonce: string): string {
  const lock = step.text.startsWith(keepsLock) ? '' : ' 9>&-'
  const run = `(eval ${quote(step.text)}) </dev/null 2>&8 8>&-${lock}`
  return `${tell(run, mode, nonce)}; echo '@${nonce}' >&8\n`
}

/**
 * Steps in one subshell. Should one end that all the same, the others have its status: that
 * many steps have ended, is said after it.
 *
 * @param ended the trip's steps up to the last of these
 */
function encodeSharing(steps: readonly Sh[], mode: Mode, nonce: string, ended: number): string {
  const each = steps.map(
    ({ text }) => `${tell(`eval ${quote(text)}`, mode, nonce)}; echo '@${nonce}' >&2\n`,
  )
  return `(${each.join('')}exit $dr_s) </dev/null 2>&8 8>&- 9>&-
dr_s=$?; echo "@${nonce} ended ${ended} $dr_s"; echo '@${nonce} ended ${ended}' >&8
`
}

function tell(run: string, mode: Mode, nonce: string): string {
  const tell = `${run}; dr_s=$?; echo "@${nonce} $dr_s"`
  return mode === 'all' ? tell : `if [ $dr_s = 0 ]; then ${tell}; else echo '@${nonce} skipped'; fi`
}

/**
 * Cuts what an `encode`d trip prints into frames. Bytes may come in pieces cut anywhere; a
 * byte that is not UTF-8 becomes U+FFFD.
 */
export class FrameDecoder {
  readonly #stdout: Cutter
  readonly #stderr: Cutter
  #frames = 0

  /** @param count of the trip's steps */
  constructor(
    nonce: string,
    readonly count: number,
    progress: ProgressListener = () => undefined,
  ) {
    this.#stdout = new Cutter(`@${nonce}`)
    // On stderr one mark stands before the first step, and one after each that is over.
    this.#stderr = new Cutter(`@${nonce}`, (marks, message) => progress(marks - 1, message))
  }

  get done(): boolean {
    return this.#frames === this.count
  }

  /** The frames that these bytes complete. */
  push(stream: 'stdout' | 'stderr', bytes: Uint8Array): Frame[] {
    const cutter = stream === 'stdout' ? this.#stdout : this.#stderr
    cutter.push(bytes)
    const frames: Frame[] = []
    while (this.#stdout.pieces.length > 0 && this.#stderr.pieces.length > 0) {
      const out = this.#stdout.pieces.shift()!
      const err = this.#stderr.pieces.shift()!
      // What came before the trip's first mark is older than the trip.
      if (out.note === '') continue
      const status = out.note === 'skipped' ? 'skipped' : Number(out.note)
      frames.push({ step: this.#frames++, status, stdout: out.text, stderr: err.text })
    }
    return frames
  }
}

/** Cuts a stream at lines that begin, anywhere, with a mark: `TEXT MARK[ NOTE]\n`. */
class Cutter {
  readonly pieces: { text: string; note: string }[] = []
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  /** Text that holds no mark, and the rest, which may hold a part of one. */
  #text: string[] = []
  #rest = ''

  #marks = 0

  constructor(
    private readonly mark: string,
    private readonly progress: (marks: number, message: string) => void = () => undefined,
  ) {}

  push(bytes: Uint8Array): void {
    this.#rest += this.#decoder.decode(bytes, { stream: true })
    for (let at = this.#cut(); at >= 0; at = this.#cut()) {
      const end = this.#rest.indexOf('\n')
      if (end < 0) return
      const note = this.#rest.slice(this.mark.length, end).trim()
      this.#rest = this.#rest.slice(end + 1)
      if (note.startsWith('progress ')) {
        this.progress(this.#marks, note.slice('progress '.length))
        continue
      }
      const [, ended, status = ''] = /^ended (\d+) ?(.*)/.exec(note) ?? []
      if (ended === undefined) this.#end(note)
      // The trip's own mark is one more.
      else while (this.#marks <= Number(ended)) this.#end(status)
    }
  }

  #end(note: string): void {
    this.#marks++
    this.pieces.push({ text: this.#text.join(''), note })
    this.#text = []
  }

  /** Moves what surely precedes the next mark out of the rest; negative when none is in sight. */
  #cut(): number {
    const at = this.#rest.indexOf(this.mark)
    const safe = at < 0 ? Math.max(0, this.#rest.length - this.mark.length + 1) : at
    this.#text.push(this.#rest.slice(0, safe))
    this.#rest = this.#rest.slice(safe)
    return at
  }
}
