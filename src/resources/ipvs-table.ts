import { TaskFailed } from '../core/errors.js'
import type { Resource } from '../core/resource.js'
import { tableDelta } from '../lvs/delta.js'
import { virtualService } from '../lvs/model.js'
import { serviceName, type VirtualService } from '../lvs/table.js'
import { asTask, ipvsCall, liveTable, readTable } from './ipvs-call.js'
import { type ServiceArgs, serviceInput, servicesSchema } from './ipvs-schema.js'

interface Args {
  services: readonly ServiceArgs[]
  others?: 'keep' | 'remove'
}

interface Want {
  services: readonly VirtualService[]
  others: 'keep' | 'remove'
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
    },
    required: ['services'],
    additionalProperties: false,
  },

  want({ services, others = 'keep' }) {
    const table = asTask('ipvs_table', () =>
      services.map((service) => virtualService(serviceInput(service))),
    )
    const names = table.map(serviceName)
    const twice = names.find((name, i) => names.indexOf(name) !== i)
    if (twice !== undefined) throw new TaskFailed(`ipvs_table: ${twice} is listed twice`)
    return { services: table, others }
  },

  key: () => 'the table',

  probe: () => liveTable,

  read: (stdout, wants) => wants.map(() => readTable(stdout)),

  plan: ({ services, others }, have) =>
    tableDelta(have, others === 'keep' ? withOthers(services, have) : services).map((step) =>
      ipvsCall(step),
    ),
}

function withOthers(
  services: readonly VirtualService[],
  have: readonly VirtualService[],
): VirtualService[] {
  const listed = new Set(services.map(serviceName))
  return [...services, ...have.filter((service) => !listed.has(serviceName(service)))]
}
