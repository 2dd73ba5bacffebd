import type { Change, Resource } from '../core/resource.js'
import { tellProgress } from '../core/framing.js'
import { lines, sh } from '../core/sh.js'
import { procForm } from '../lvs/ip.js'

interface Args {
  address: string
  name?: string
  deadline?: number | string
  persistent?: boolean
}

interface Want {
  address: string
  name: string
  seconds: number
  persistent: boolean
}

/** Connections of a real server over all services. Persistent ones only where they are asked for. */
interface Have {
  active: number
  inactive: number
  persistent: number
}

/**
 * Waits on the director until a real server has no active connection any more, or until the
 * deadline: then it goes on all the same, and the result says how many are left. Inactive
 * connections (closed ones that the kernel remembers for two minutes) are not waited for.
 */
export const ipvsDrained: Resource<Args, Want, Have> = {
  type: 'ipvs_drained',
  about: 'Waits until a quiesced real server has no connections left, or until a deadline.',
  schema: {
    type: 'object',
    properties: {
      address: { type: 'string', description: 'The RIP.' },
      name: { type: 'string', description: 'What messages call it.' },
      deadline: {
        anyOf: [{ type: 'integer' }, { type: 'string', pattern: '^[0-9]+$' }],
        default: 60,
        description: 'Seconds after which it goes on although connections are left.',
      },
      persistent: {
        type: 'boolean',
        default: false,
        description:
          'Waits also until no client is bound to it by persistence: as long as those last.',
      },
    },
    required: ['address'],
    additionalProperties: false,
  },

  want: ({ address, name = address, deadline = 60, persistent = false }) => ({
    address,
    name,
    seconds: Number(deadline),
    persistent,
  }),

  key: ({ address }) => address,

  probe: (wants) => lines([functions, ...wants.map((want) => sh`${count(want)}; echo $counts`)]),

  read(stdout, wants) {
    const found = stdout.trimEnd().split('\n')
    return wants.map((_, i) => {
      const [active = 0, inactive = 0, persistent = 0] = (found[i] ?? '').split(' ').map(Number)
      return { active, inactive, persistent }
    })
  },

  plan: (want, { active, persistent }) => (active + persistent === 0 ? [] : [drained(want)]),

  result: (_, have) => ({ ...have, drained: have.active + have.persistent === 0 }),
}

/** The wait itself, for whoever quiesces in the same task. */
export function drained(want: Want): Change {
  const { name, seconds, persistent } = want
  const what = persistent ? 'connection and no client bound to it' : 'connection'
  return {
    summary: `wait until ${name} has no ${what} left, ${seconds} s at most`,
    wait: 'real run',
    run: lines([
      functions,
      sh`read -r began _ </proc/uptime
began=\${began%.*}
start=
told=
while :; do
  ${count(want)}
  set -- $counts
  left=$(($1 + $3))
  [ $left -gt 0 ] || exit 0
  read -r now _ </proc/uptime
  spent=$((\${now%.*} - began))
  [ $spent -lt ${seconds} ] || exit 0
  start=\${start:-$left}
  guess=
  [ $left -ge $start ] || guess=", done in about $((left * spent / (start - left) + 1)) s"
  [ "$left" = "$told" ] && [ $((spent % 10)) -ne 0 ] || {
    ${tellProgress(sh`${name} "has $left of $start connections left$guess, $((${seconds} - spent)) s until the deadline"`)}
    told=$left
  }
  sleep 1
done`,
    ]),
  }
}

function count({ address, persistent }: Want) {
  return sh`count ${procForm(address)} ${persistent ? 'persistent' : ''}`
}

/**
 * count ADDRESS [persistent]: sets counts to active, inactive and persistent connections of the
 * real server, over all services. /proc/net/ip_vs has one line for each:
 * `  -> C0A88B02:0050      Route   1      5          12`. A persistence template is a
 * connection to port 0 of the VIP in /proc/net/ip_vs_conn, its state NONE.
 */
const functions = sh`count() {
  case $1 in *:*) entry="[$1]:" ;; *) entry="$1:" ;; esac
  counts=$(awk -v "entry=$entry" '
    $1 == "->" && index($2, entry) == 1 { active += $5; inactive += $6 }
    END { print active + 0, inactive + 0 }' /proc/net/ip_vs 2>/dev/null)
  bound=0
  [ -z "$2" ] || bound=$(awk -v "to=$1" '$6 == to && $5 == "0000" { n++ } END { print n + 0 }' \
    /proc/net/ip_vs_conn 2>/dev/null)
  counts="\${counts:-0 0} \${bound:-0}"
}`
