import { TaskFailed } from '../core/errors.js'
import type { Change, Resource } from '../core/resource.js'
import { lines, sh, type Sh } from '../core/sh.js'
import { tryFor } from './waiting.js'

interface Args {
  port?: number | string
  host?: string
  path?: string
  state?: 'started' | 'stopped' | 'present' | 'absent'
  timeout?: number | string
}

interface Want {
  /** What is looked at: exits 0 when it is there, 1 when not, 2 when that cannot be told. */
  look: Sh
  /** As people call it: 127.0.0.1:80, /run/httpd.pid */
  what: string
  there: boolean
  seconds: number
}

type Have = 'there' | 'not there' | 'unknown'

/**
 * Waits until a TCP port takes connections, or a file exists; or until that is over. Seen from
 * the host itself. A port of 127.0.0.1 is looked up in the kernel's list of listeners, so its
 * server notices nothing; any other is connected to, by bash, nc or curl.
 */
export const waitFor: Resource<Args, Want, Have> = {
  type: 'wait_for',
  about: 'Waits for a port or a file, seen from the host.',
  schema: {
    type: 'object',
    properties: {
      port: {
        anyOf: [{ type: 'integer' }, { type: 'string', pattern: '^[0-9]+$' }],
        description: 'A TCP port.',
      },
      host: { type: 'string', default: '127.0.0.1', description: 'Where the port is.' },
      path: { type: 'string', description: 'A file or folder, instead of a port.' },
      state: {
        enum: ['started', 'stopped', 'present', 'absent'],
        default: 'started',
        description: 'started and present wait until it is there, stopped and absent until not.',
      },
      timeout: {
        anyOf: [{ type: 'integer' }, { type: 'string', pattern: '^[0-9]+$' }],
        default: 30,
        description: 'Seconds after which the wait has failed.',
      },
    },
    oneOf: [{ required: ['port'] }, { required: ['path'] }],
    dependentRequired: { host: ['port'] },
    additionalProperties: false,
  },

  want({ port, host = '127.0.0.1', path, state = 'started', timeout = 30 }) {
    const there = state === 'started' || state === 'present'
    const seconds = Number(timeout)
    if (path !== undefined) return { look: sh`[ -e ${path} ]`, what: path, there, seconds }
    const number = Number(port)
    if (!(number >= 1 && number <= 65535)) {
      throw new TaskFailed(`wait_for: ${String(port)} is no port`, 'a port is 1 to 65535')
    }
    if (!/^[\w.:-]+$/.test(host) || host.startsWith('-')) {
      throw new TaskFailed(`wait_for: "${host}" is no host`)
    }
    return { look: look(host, number), what: `${host}:${number}`, there, seconds }
  },

  // Two waits for one thing are two tasks: for its end, and for its start.
  key: ({ what, there, seconds }) => `${what} ${String(there)} ${seconds}`,

  probe: (wants) => lines([functions, ...wants.map(({ look }) => sh`${look}; echo $?`)]),

  read(stdout, wants) {
    const found = stdout.trimEnd().split('\n')
    return wants.map((_, i) => byStatus.get(found[i] ?? '') ?? 'unknown')
  },

  plan: (want, have) => (have === (want.there ? 'there' : 'not there') ? [] : [wait(want)]),

  // The wait itself has seen what it waited for.
  settled: () => undefined,
}

const byStatus = new Map<string, Have>([
  ['0', 'there'],
  ['1', 'not there'],
])

function wait({ look, what, there, seconds }: Want): Change {
  const over = there ? 'there' : 'gone'
  return {
    summary: `wait until ${what} is ${over}, ${seconds} s at most`,
    wait: true,
    run: lines([
      functions,
      sh`reached() {
  ${look}
  case $? in
    ${there ? 0 : 1}) return 0 ;;
    2) echo 'cannot connect from this host: install bash, nc or curl' >&2; exit 1 ;;
    *) return 1
  esac
}`,
      tryFor(
        seconds,
        sh`reached`,
        sh`printf '%s is not %s after %s s\n' ${what} ${over} ${seconds} >&2`,
      ),
    ]),
  }
}

function look(host: string, port: number): Sh {
  if (host !== '127.0.0.1' && host !== 'localhost') return sh`connects ${host} ${port}`
  return sh`listens ${port.toString(16).toUpperCase().padStart(4, '0')}`
}

/**
 * listens HEX: someone listens on 127.0.0.1 or on all addresses. The kernel lists listeners
 * (0A) first, and writes addresses in the machine's byte order.
 *
 * connects HOST PORT: within two seconds.
 */
const functions = sh`listens() {
  for family in tcp tcp6; do
    [ -e /proc/net/$family ] || continue
    while read -r _ local _ state _; do
      case $state,$local in
        0A,00000000:$1 | 0A,0100007F:$1 | 0A,7F000001:$1) return 0 ;;
        0A,00000000000000000000000000000000:$1) return 0 ;;
        0A,* | st,*) ;;
        *) break ;;
      esac
    done </proc/net/$family
  done
  return 1
}
connects() {
  if command -v bash >/dev/null; then
    timeout 2 bash -c ': <"/dev/tcp/$0/$1"' "$1" "$2" 2>/dev/null || return 1
  elif command -v nc >/dev/null; then
    nc -z -w 2 "$1" "$2" >/dev/null 2>&1 || return 1
  elif command -v curl >/dev/null; then
    case $1 in *:*) set -- "[$1]" "$2" ;; esac
    [ "$(curl -s --noproxy '*' -m 2 -w '%{time_connect}' "telnet://$1:$2")" != 0.000000 ] || return 1
  else
    return 2
  fi
}`
