import type { Resource } from '../core/resource.js'
import { removeService, serviceDelta } from '../lvs/delta.js'
import { virtualService, type RealServerInput, type ServiceInput } from '../lvs/model.js'
import { schedulers } from '../lvs/schedulers.js'
import { endpoint, forwardings, protocols, serviceName, type VirtualService } from '../lvs/table.js'
import { asTask, ipvsCall, liveTable, readTable } from './ipvs-call.js'

interface Args extends Omit<ServiceInput, 'realServers'> {
  real_servers?: readonly RealServerInput[]
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

const forwarding = {
  enum: forwardings,
  default: 'dr',
  description: 'dr (direct routing), nat (masquerading) or tun (IP in IP).',
}
const number = (description: string, more: object = {}) => ({
  anyOf: [{ type: 'integer' }, { type: 'string', pattern: '^[0-9]+$' }],
  description,
  ...more,
})

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
      protocol: { enum: protocols, default: 'tcp', description: 'Protocol, or fwmark.' },
      address: { type: 'string', description: 'The VIP; with protocol fwmark the mark.' },
      port: number('Port of the service; 0 takes every port, with persistence.', { default: 80 }),
      inet6: { type: 'boolean', description: 'The firewall mark is for IPv6.' },
      scheduler: { enum: schedulers, default: 'wlc', description: 'Who gets the next connection.' },
      persistence: number('Seconds that a client stays with its real server.'),
      netmask: { type: 'string', description: 'Clients that persistence takes as one.' },
      pe: { type: 'string', description: 'Persistence engine: sip.' },
      ops: { type: 'boolean', description: 'One-packet scheduling, for UDP.' },
      flags: { type: 'string', description: 'Scheduler flags, as sh-fallback,sh-port.' },
      forwarding,
      real_servers: {
        type: 'array',
        default: [],
        description: 'The real servers.',
        items: {
          type: 'object',
          properties: {
            name: { type: 'string', description: 'What messages call it.' },
            address: { type: 'string', description: 'The RIP.' },
            port: number('Its port, where nat maps to another than that of the service.'),
            forwarding: { ...forwarding, description: 'Where it differs from the service.' },
            weight: number('0 to 65535; 0 gets no new connections.', { default: 1 }),
          },
          required: ['address'],
          additionalProperties: false,
        },
      },
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

  want: ({ real_servers, exclusive = true, state = 'present', ...service }) => ({
    service: asTask('ipvs_service', () =>
      virtualService({ ...service, realServers: real_servers ?? [] }),
    ),
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
