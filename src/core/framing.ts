import { quote, type Sh, sh } from './sh.js'
import type { Mode } from './transport.js'

/**
 * A step whose first line is this has the session's file descriptor 9: the file $dr_lock, which
 * nobody but the session's user can open. It is open as long as the session's shell lives:
 * `flock -n 9 9<&9` locks the host for the session. Where the file cannot be made, 9 is closed. In
 * every other step it is closed, or a daemon started by it would hold the lock.
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

/** A part of a trip's script, which is sent at once. */
export interface Portion {
  text: string
  /** The trip's steps up to its last one. */
  steps: number
}

/**
 * The script that runs the steps of one trip, for the stdin of a long-lived sh that has read
 * the prelude.
 *
 * @param nonce hexadecimal, fresh for each trip: what the steps cannot guess
 * @param isLast whether a step is the last one of its portion; the next may be sent once it is over
 */
export function encode(
  steps: readonly Sh[],
  mode: Mode,
  nonce: string,
  isLast: (step: number) => boolean = () => false,
): Portion[] {
  const portions: Portion[] = []
  let text = `dr_s=0; dr_mark='@${nonce}'; echo '@${nonce}'; echo '@${nonce}' >&8\n`
  for (let at = 0; at < steps.length;) {
    const rest = steps.slice(at)
    const alone = rest.findIndex(({ text }) => !text.startsWith(sharesShell))
    const sharing = alone < 0 ? rest.length : alone
    if (sharing > 1) text += encodeSharing(rest.slice(0, sharing), mode, nonce, at + sharing)
    else text += encodeStep(rest[0]!, mode, nonce)
    at += Math.max(sharing, 1)
    if (!isLast(at - 1)) continue
    portions.push({ text, steps: at })
    text = ''
  }
  return text === '' ? portions : [...portions, { text, steps: steps.length }]
}

/**
 * What a new sh is sent first; it answers `@NONCE ready PROCESS-GROUP PROCESS`. Where the first line
 * did not arrive, because a start file of the login shell read it, it answers `@NONCE lost`, and ends.
 *
 * fd 8 becomes the session's stderr, while the shell's own goes nowhere: about a step killed
 * by a signal bash would print the step's whole text, secrets and all.
 */
export function prelude(nonce: string): string {
  return `dr_first='@${nonce}'
exec 8>&2 2>/dev/null
unset CDPATH ENV BASH_ENV GREP_OPTIONS LANGUAGE TMOUT dr_addresses dr_uid
LC_ALL=C
PATH=\${PATH:+$PATH:}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
while read -r dr_s _ dr_uid _; do case $dr_s in Uid:) break ;; esac; done </proc/$$/status
[ "$dr_s" = Uid: ] || dr_uid=$(id -u)
case $dr_uid in
0) DR_PLAY_STATE=/var/lib/dr-play dr_lock=/run/dr-play/lock ;;
*) DR_PLAY_STATE=\${XDG_STATE_HOME:-$HOME/.local/state}/dr-play dr_lock= ;;
esac
export LC_ALL PATH DR_PLAY_STATE
cd || cd /
read -r dr_s </proc/$$/stat
set -- \${dr_s##*\\) }
[ "\${dr_first-}" = '@${nonce}' ] || { echo '@${nonce} lost'; exit; }
echo '@${nonce}' ready "\${3:-$$}" $$
set --
`
}

/**
 * Opens the lock's file. A home folder may be one for many hosts, on NFS: there the file is named
 * after the machine. Nothing of it starts a process when the file is there.
 */
const openLock = `[ -n "$dr_lock" ] || { dr_id= && read -r dr_id </etc/machine-id; dr_lock=$DR_PLAY_STATE/lock-$dr_id; }
[ -d "\${dr_lock%/*}" ] || (umask 077; mkdir -p "\${dr_lock%/*}")
[ -e "$dr_lock" ] || (umask 077; : >"$dr_lock")
[ ! -w "$dr_lock" ] || command exec 9<>"$dr_lock"
`

function encodeStep(step: Sh, mode: Mode, nonce: string): string {
  const isLock = step.text.startsWith(keepsLock)
  const run = `(eval ${quote(step.text)}) </dev/null 2>&8 8>&-${isLock ? '' : ' 9>&-'}`
  return `${isLock ? openLock : ''}${tell(run, mode, nonce)}; echo '@${nonce}' >&8\n`
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
