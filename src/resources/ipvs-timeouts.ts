import type { Resource } from '../core/resource.js'
import { sh } from '../core/sh.js'
import { MOST, timeoutArgs, timeoutNames, type Timeouts, timeoutsOf } from '../lvs/timeouts.js'
import { asTask, ipvsCall } from './ipvs-call.js'
import { number } from './ipvs-schema.js'

type Args = Partial<Record<keyof Timeouts, number | string>>

/** Undefined where there is no IPVS yet. */
type Have = Timeouts | undefined

const timeout = (of: string) =>
  number(`Seconds that ${of} may be idle, at most ${MOST}; 0 leaves it as it is.`, { default: 0 })

/**
 * The timeouts of connections in the running IPVS. No save file holds them: see docs/cluster.md
 * for what brings them back at boot.
 */
export const ipvsTimeouts: Resource<Args, Timeouts, Have> = {
  type: 'ipvs_timeouts',
  about: 'Keeps the timeouts of IPVS connections, as ipvsadm --set.',
  schema: {
    type: 'object',
    properties: {
      tcp: timeout('a TCP connection'),
      tcpfin: timeout('a TCP connection after a FIN'),
      udp: timeout('a UDP flow'),
    },
    additionalProperties: false,
  },

  want: (args) => asTask('ipvs_timeouts', () => timeoutsOf(args)),

  key: () => 'the timeouts',

  probe: () => sh`[ ! -e /proc/net/ip_vs ] || ipvsadm -L --timeout 2>/dev/null || :`,

  read(stdout, wants) {
    const [, tcp, tcpfin, udp] = /^Timeout .*: (\d+) (\d+) (\d+)/m.exec(stdout) ?? []
    const have =
      tcp === undefined ? undefined : { tcp: Number(tcp), tcpfin: Number(tcpfin), udp: Number(udp) }
    return wants.map(() => have)
  },

  plan(want, have) {
    const changed = timeoutNames.filter((name) => want[name] > 0 && want[name] !== have?.[name])
    if (changed.length === 0) return []
    const steps = changed.map((name) => `${name} ${have ? `${have[name]} -> ` : ''}${want[name]} s`)
    return [ipvsCall({ args: timeoutArgs(want), summary: `IPVS timeouts: ${steps.join(', ')}` })]
  },
}
