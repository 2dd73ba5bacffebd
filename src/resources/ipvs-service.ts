import type { Resource } from '../core/resource.js'
import { removeService, serviceDelta } from '../lvs/delta.js'
import { virtualService } from '../lvs/model.js'
import { endpoint, serviceName, type VirtualService } from '../lvs/table.js'
import { asTask, ipvsCall, liveTable, readTable } from './ipvs-call.js'
import { type ServiceArgs, serviceInput, serviceProperties } from './ipvs-schema.js'

interface Args extends ServiceArgs {
  exclusive?: boolean
  state?: 'present' | 'absent'
}

interface Want {
  service: VirtualService
  exclusive: boolean
  state: 'present' | 'absent'
}

/** The virtual service as the kernel has it; undefined when it has none. */
type Have = VirtualService | undefined

/**
 * One virtual service of the running IPVS table with its real servers. It converges by the
 * smallest delta and never by a flush, so connections that need not be touched live on; other
 * services in the table are left alone. To keep the table over a reboot, write the save file
 * as well (template).
 */
export const ipvsService: Resource<Args, Want, Have> = {
  type: 'ipvs_service',
  about: 'Keeps a virtual service and its real servers in the running IPVS table.',
  schema: {
    type: 'object',
    properties: {
      ...serviceProperties,
      exclusive: {
        type: 'boolean',
        default: true,
        description: 'Real servers that are not listed are removed.',
      },
      state: {
        enum: ['present', 'absent'],
        default: 'present',
        description: 'absent removes the virtual service with its real servers.',
      },
    },
    required: ['address'],
    additionalProperties: false,
  },

  want: ({ exclusive = true, state = 'present', ...service }) => ({
    service: asTask('ipvs_service', () => virtualService(serviceInput(service))),
    exclusive,
    state,
  }),

  key: ({ service }) => serviceName(service),

  probe: () => liveTable,

  read(stdout, wants) {
    const table = readTable(stdout)
    return wants.map(({ service }) =>
      table.find((live) => serviceName(live) === serviceName(service)),
    )
  },

  plan({ service, exclusive, state }, have) {
    if (state === 'absent') return have ? [ipvsCall(removeService(have))] : []
    return serviceDelta(have, exclusive ? service : withOthers(service, have)).map((step) =>
      ipvsCall(step),
    )
  },
}

function withOthers(service: VirtualService, have: Have): VirtualService {
  const listed = new Set(service.realServers.map(endpoint))
  const others = (have?.realServers ?? []).filter((server) => !listed.has(endpoint(server)))
  return { ...service, realServers: [...service.realServers, ...others] }
}
