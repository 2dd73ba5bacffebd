import { TaskFailed } from '../core/errors.js'
import type { Change, Resource } from '../core/resource.js'
import type { Least } from '../lvs/capacity.js'
import { tableDelta } from '../lvs/delta.js'
import { virtualService } from '../lvs/model.js'
import { endpoint, serviceName, type VirtualService } from '../lvs/table.js'
import { asTask, ipvsCall, liveTable, readTable } from './ipvs-call.js'
import { drained } from './ipvs-drained.js'
import { type GuardArgs, guardProperties, leastOf, refuseTooFew } from './ipvs-guard.js'
import { type ServiceArgs, serviceInput, servicesSchema } from './ipvs-schema.js'

interface Args extends GuardArgs {
  services: readonly ServiceArgs[]
  others?: 'keep' | 'remove'
  drain?: number | string
}

interface Want {
  services: readonly VirtualService[]
  others: 'keep' | 'remove'
  least: Least
  /** Seconds that the connections of a real server get which leaves; 0: it leaves at once. */
  drain: number
}

/**
 * The running IPVS table: every virtual service with its real servers. It converges by the
 * smallest delta and never by a flush, so connections that need not be touched live on. To keep
 * the table over a reboot, write the save file as well (template).
 */
export const ipvsTable: Resource<Args, Want, readonly VirtualService[]> = {
  type: 'ipvs_table',
  about: 'Keeps the virtual services of the running IPVS table, with their real servers.',
  schema: {
    type: 'object',
    properties: {
      services: {
        ...servicesSchema,
        description: 'The virtual services; lvs.services are those of the inventory.',
      },
      others: {
        enum: ['keep', 'remove'],
        default: 'keep',
        description: 'What becomes of virtual services that are not listed.',
      },
      drain: {
        anyOf: [{ type: 'integer' }, { type: 'string', pattern: '^[0-9]+$' }],
        default: 0,
        description:
          'Seconds that connections get to end by themselves when their real server is no longer listed: its weight is 0 until then.',
      },
      ...guardProperties,
    },
    required: ['services'],
    additionalProperties: false,
  },

  want({ services, others = 'keep', drain = 0, ...guard }) {
    const table = asTask('ipvs_table', () =>
      services.map((service) => virtualService(serviceInput(service))),
    )
    const names = table.map(serviceName)
    const twice = names.find((name, i) => names.indexOf(name) !== i)
    if (twice !== undefined) throw new TaskFailed(`ipvs_table: ${twice} is listed twice`)
    return { services: table, others, least: leastOf(guard), drain: Number(drain) }
  },

  key: () => 'the table',

  probe: () => liveTable,

  read: (stdout, wants) => wants.map(() => readTable(stdout)),

  plan({ services, others, least, drain }, have) {
    const table = others === 'keep' ? withOthers(services, have) : services
    for (const service of have) {
      // A whole service goes only when others are told to go.
      const after = named(table, service)
      if (after) refuseTooFew(service, after, least)
    }
    if (drain === 0) return calls(have, table)
    const quiesced = table.map((service) => withLeaving(service, named(have, service)))
    const leaving = quiesced.flatMap(({ realServers }, i) =>
      realServers.slice(table[i]!.realServers.length).map(({ address }) => address),
    )
    return [
      ...calls(have, quiesced),
      ...[...new Set(leaving)].map((address) =>
        drained({ address, name: address, seconds: drain, persistent: false }),
      ),
      ...calls(quiesced, table),
    ]
  },
}

function calls(have: readonly VirtualService[], want: readonly VirtualService[]): Change[] {
  return tableDelta(have, want).map((step) => ipvsCall(step))
}

function named(table: readonly VirtualService[], service: VirtualService) {
  return table.find((each) => serviceName(each) === serviceName(service))
}

/** With those that have to leave, at its end and with no weight. */
function withLeaving(service: VirtualService, have: VirtualService | undefined): VirtualService {
  const listed = new Set(service.realServers.map(endpoint))
  const gone = (have?.realServers ?? []).filter((server) => !listed.has(endpoint(server)))
  const leaving = gone.map((server) => ({ ...server, weight: 0 }))
  return { ...service, realServers: [...service.realServers, ...leaving] }
}

function withOthers(
  services: readonly VirtualService[],
  have: readonly VirtualService[],
): VirtualService[] {
  const listed = new Set(services.map(serviceName))
  return [...services, ...have.filter((service) => !listed.has(serviceName(service)))]
}
