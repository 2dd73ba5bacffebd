import { DrPlayError, TaskFailed } from '../core/errors.js'
import { keepsLock } from '../core/framing.js'
import { defineSteps } from '../core/processes.js'
import { Sh, sh } from '../core/sh.js'
import type { Become, Session } from '../core/transport.js'
import { type Part, trip } from './trip.js'

/** A run that takes hosts for itself. */
export interface Holder {
  /** For those who find a host locked: `root@control, pid 4711, since ...`. */
  name: string
  /**
   * What names this run in its holders' names, where it has several: one that is lost holds a host
   * until its last change there is over, which is waited for.
   */
  run: string | undefined
  /** How its shell is reached. */
  connection: 'ssh' | 'local'
  /** Seconds without a sign of life after which it gives a host up. */
  silence: number
}

/** The host is another run's. */
export class Held extends DrPlayError {}

/** The status that says so: 1 is flock's own, and 65 and more are its errors. */
const HELD = 75

/** Seconds without a word from its client after which a run's connection is gone; see `isCutOff`. */
const CUT_OFF = 60

/**
 * Takes the host for this run alone. A host without flock (util-linux), or where the user has no
 * place for the lock's file, is not locked.
 */
export function lockPart(holder: Holder, held: (error: DrPlayError) => void): Part {
  return {
    script: lockStep(holder),
    read: ({ status, stderr }) => {
      const said = stderr.trim()
      if (status === HELD) held(new Held(said.split('\n')[0] || 'unknown'))
      else if (status !== 0) held(notLockable(said || `flock: exit status ${status}`, status))
    },
  }
}

function lockStep(holder: Holder): Sh {
  const { run } = holder
  const waits =
    run === undefined ? sh`` : sh`[ $s != 1 ] || ! grep -qsF -e ${run} "$dr_lock" || take -w 60`
  return sh`${Sh.trusted(keepsLock)}
command -v flock >/dev/null && { : <&9; } 2>/dev/null || exit 0
${define(holder)}
take -n
${waits}
# One who has it since this moment is given the time to write who he is; or ends.
[ $s != 1 ] || take -w 1 2>/dev/null
case $s in
0) note ;;
1) cat "$dr_lock" >&2; exit ${HELD} ;;
*) exit $s ;;
esac`
}

/** Defines `take`, which sets s to flock's status, and `note`, which writes who has the lock. */
function define({ name, connection, silence }: Holder): Sh {
  return sh`take() { flock "$@" 9 9<&9; s=$?; }
note() {
  read -r line </proc/$$/stat && set -- \${line##*\) } &&
    printf '%s\n' ${name} "$$ $3 \${20} ${Sh.trusted(connection)} ${silence}" >"$dr_lock"
} 2>/dev/null`
}

/**
 * Looks after a lock that another run has. Where that one is cut off and has nothing under way there,
 * its shell is ended, and the lock is taken.
 *
 * @returns how it was taken @throws TaskFailed when it was not
 */
export async function takeOver(
  session: Session,
  holder: Holder,
  as: Become | undefined,
): Promise<string> {
  let said = ''
  const read: Part['read'] = ({ stdout, stderr }) => void (said = stdout || stderr)
  await trip(session, [{ script: examineStep(holder), read }], 'all', as)
  const [, verdict = '', detail = '', who = said] = /^(\S+) ?(.*)\n(.*)\n$/.exec(said) ?? []
  const pid = /^\d+/.exec(detail)?.[0] ?? ''
  const end = `kill ${pid}`
  switch (verdict) {
    case 'taken':
      return `the lock was taken over from a run that is cut off since ${detail} s: ${who}`
    case 'busy':
      throw new TaskFailed(
        `a run that is cut off has not ended on this host, its process ${detail} goes on: ${who}`,
        `wait until that is over; or end it on the host: ${end}`,
      )
    case 'gone':
      throw new TaskFailed(
        `this host is locked, and no run is there that locked it; the last was ${who}`,
        `see what has its file open, on the host: fuser -v ${detail}`,
      )
    case 'unknown':
      throw new TaskFailed(
        `another run is at work on this host: ${who}`,
        `wait until it is done; its lock ends with it. If that run is no more, end its shell on the host: ${end}`,
      )
    default:
      throw new TaskFailed(
        `another run is at work on this host: ${who}`,
        'wait until it is done; its lock ends with it',
      )
  }
}

/**
 * A run asks its hosts for a sign of life every 5 s, so a connection from which nothing came for 60 s,
 * and for twice the run's own --silence, is one whose other end is gone, or was stopped: what it sends
 * later meets a shell that is gone.
 */
const isCutOff = sh`sshd=$pid
until con=$(tr '\0' '\n' 2>/dev/null <"/proc/$sshd/environ" | sed -n 's/^SSH_CONNECTION=//p') && [ -n "$con" ]; do
  fields "$sshd" && [ "$parent" -gt 1 ] || verdict unknown "$pid"
  sshd=$parent
done
command -v ss >/dev/null || verdict unknown "$pid"
set -- $con
quiet=$(
  quiet=gone
  ss -tin "sport = :$4 and dport = :$2" | {
    while read -r line; do
      case $line in
      *:"$4"*:"$2"*) quiet=0 ;;
      *lastrcv:*) line=\${line#*lastrcv:}; quiet=\${line%%[!0-9]*} ;;
      esac
    done
    echo $quiet
  }
)
limit=$((2 * silence))
[ $limit -ge ${CUT_OFF} ] || limit=${CUT_OFF}`

const examineStep = (holder: Holder): Sh => sh`${Sh.trusted(keepsLock)}
${define(holder)}
who= pid= group= start= connection= silence=
{ IFS= read -r who; read -r pid group start connection silence; } <"$dr_lock"
verdict() { printf '%s\n' "$*" "$who"; exit; }
${defineSteps({ group: sh`"$group"`, pid: sh`"$pid"` })}
fields "\${pid:-0}" && [ "$born" = "$start" ] || verdict gone "$dr_lock"
[ "$connection" = ssh ] || verdict alive
${isCutOff}
[ "$quiet" = gone ] || [ "$quiet" -gt "\${limit}000" ] || verdict alive
if steps; then
  set -- $found
  read -r name <"/proc/$1/comm"
  verdict busy "$1 $name"
fi
kill -s TERM "$pid"
take -w 5
[ $s = 0 ] || { kill -s KILL "$pid"; take -w 5; }
[ $s = 0 ] || verdict alive
note
[ "$quiet" = gone ] || quiet=$((quiet / 1000))
verdict taken "$quiet"`

function notLockable(said: string, status: number): TaskFailed {
  const message = `this host cannot be locked: ${said}`
  return status === 126 || status === 127
    ? new TaskFailed(message, 'programs do not start there: does sudoers say NOEXEC for this user?')
    : new TaskFailed(message)
}
