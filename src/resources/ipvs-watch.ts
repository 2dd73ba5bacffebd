import type { Change, Resource } from '../core/resource.js'
import { tellProgress } from '../core/framing.js'
import { sh } from '../core/sh.js'
import { procForm } from '../lvs/ip.js'

interface Args {
  address: string
  name?: string
  seconds?: number | string
}

interface Want {
  address: string
  name: string
  seconds: number
}

/**
 * Watches on the director how the clients of one real server fare. Under direct routing the
 * director sees only what clients send: a handshake that nobody answers stays in SYN_RECV, and
 * the kernel counts down from 60 s since the client's last packet. Some are always on their
 * way; when more than a tenth of its connections are stuck, clients do not reach it.
 */
export const ipvsWatch: Resource<Args, Want, undefined> = {
  type: 'ipvs_watch',
  about: "Watches a real server's connections for a time, and fails when handshakes get stuck.",
  schema: {
    type: 'object',
    properties: {
      address: { type: 'string', description: 'The RIP.' },
      name: { type: 'string', description: 'What messages call it.' },
      seconds: {
        anyOf: [
          { type: 'integer', minimum: 1 },
          { type: 'string', pattern: '^[1-9][0-9]*$' },
        ],
        default: 5,
        description: 'How long; a stuck handshake is one for two seconds.',
      },
    },
    required: ['address'],
    additionalProperties: false,
  },

  want: ({ address, name = address, seconds = 5 }) => ({ address, name, seconds: Number(seconds) }),

  key: ({ address }) => address,

  // There is no state to look for: it is the time that tells.
  probe: () => sh``,
  read: (_, wants) => wants.map(() => undefined),
  plan: (want) => [watch(want)],
  settled: () => undefined,
}

/** A change that only looks, for so many seconds. */
export function watch({ address, name, seconds }: Want): Change {
  return {
    summary: `watch the connections of ${name} for ${seconds} s`,
    wait: 'real run',
    run: sh`read -r began _ </proc/uptime
began=\${began%.*}
while :; do
  set -- $(awk -v to=${procForm(address)} '
    $1 == "TCP" && $6 == to && $8 == "SYN_RECV" { if ($9 <= 58) stuck++; next }
    $6 == to { others++ }
    END { print stuck + 0, others + 0 }' /proc/net/ip_vs_conn)
  read -r now _ </proc/uptime
  left=$((began + ${seconds} - \${now%.*}))
  [ $(($1 * 10)) -le $2 ] || {
    printf '%s answers nobody: %s handshakes are stuck, beside %s other connections\n' ${name} $1 $2 >&2
    exit 1
  }
  [ $left -gt 0 ] || exit 0
  ${tellProgress(sh`${name} "has $2 connections, $1 handshakes are stuck; $left s more"`)}
  sleep 1
done`,
  }
}
