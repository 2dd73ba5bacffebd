import type { Schema } from '../core/resource.js'
import type { RealServerInput, ServiceInput } from '../lvs/model.js'
import { schedulers } from '../lvs/schedulers.js'
import { forwardings, protocols } from '../lvs/table.js'

/** A virtual service as the modules of the table take it. */
export interface ServiceArgs extends Omit<ServiceInput, 'realServers'> {
  real_servers?: readonly RealServerInput[]
}

const forwarding = {
  enum: forwardings,
  default: 'dr',
  description: 'dr (direct routing), nat (masquerading) or tun (IP in IP).',
}
export const number = (description: string, more: object = {}) => ({
  anyOf: [{ type: 'integer' }, { type: 'string', pattern: '^[0-9]+$' }],
  description,
  ...more,
})

export const serviceProperties: Record<keyof ServiceArgs, Schema> = {
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
        upper_threshold: number('Connections above which it gets no new ones; 0: no limit.', {
          default: 0,
        }),
        lower_threshold: number(
          'Connections below which it gets new ones again; 0: three quarters of the upper one.',
          { default: 0 },
        ),
      },
      required: ['address'],
      additionalProperties: false,
    },
  },
}

/** Several of them, as lvs.services has them. */
export const servicesSchema = {
  type: 'array',
  items: {
    type: 'object',
    properties: serviceProperties,
    required: ['address'],
    additionalProperties: false,
  },
}

export function serviceInput({ real_servers = [], ...service }: ServiceArgs): ServiceInput {
  return { ...service, realServers: real_servers }
}
