import {
  endpoint,
  endpointArgs,
  realServerArgs,
  serviceArgs,
  serviceName,
  type RealServer,
  type VirtualService,
} from './table.js'

/** One call of ipvsadm. */
export interface Step {
  args: string[]
  /** `rs2 192.168.139.4:80 weight 1 -> 2` */
  summary: string
}

/**
 * The fewest calls of ipvsadm that make a whole table what is wanted, in an order that never
 * takes capacity away before its replacement is there. Never a flush.
 */
export function tableDelta(
  have: readonly VirtualService[],
  want: readonly VirtualService[],
): Step[] {
  const live = new Map(have.map((service) => [serviceName(service), service]))
  const kept = new Set(want.map(serviceName))
  const delta = (service: VirtualService): Step[] => {
    const steps = serviceDelta(live.get(serviceName(service)), service)
    return want.length > 1 ? steps.map((step) => withService(step, service)) : steps
  }
  return [
    ...want.flatMap(delta),
    ...have.filter((service) => !kept.has(serviceName(service))).map(removeService),
  ]
}

/** Of several services: whose real server it is. */
function withService({ args, summary }: Step, service: VirtualService): Step {
  const name = serviceName(service)
  return { args, summary: summary.startsWith(name) ? summary : `${name}: ${summary}` }
}

/** The same for one virtual service; undefined where the table has none. */
export function serviceDelta(have: VirtualService | undefined, want: VirtualService): Step[] {
  const live = new Map(have?.realServers.map((server) => [endpoint(server), server]))
  const kept = new Set(want.realServers.map(endpoint))
  const known = (server: RealServer) => live.get(endpoint(server))

  const fresh = want.realServers.filter((server) => !known(server))
  const edited = want.realServers.filter((server) => {
    const before = known(server)
    return before && differences(before, server).length > 0
  })
  const lowered = (server: RealServer) => server.weight < known(server)!.weight
  const gone = (have?.realServers ?? []).filter((server) => !kept.has(endpoint(server)))

  const edit = (server: RealServer) => ({
    args: ['-e', ...realServerArgs(want, server)],
    summary: `${label(server)} ${differences(known(server)!, server).join(', ')}`,
  })
  return [
    ...serviceStep(have, want),
    ...fresh.map((server) => ({
      args: ['-a', ...realServerArgs(want, server)],
      summary: `${label(server)} add with ${added(server).join(', ')} (${server.forwarding})`,
    })),
    ...edited.filter((server) => !lowered(server)).map(edit),
    ...edited.filter(lowered).map(edit),
    ...gone.map((server) => ({
      args: ['-d', ...endpointArgs(want), '-r', endpoint(server)],
      summary: `${label(server)} remove`,
    })),
  ]
}

/** Removes a virtual service with its real servers. */
export function removeService(service: VirtualService): Step {
  return { args: ['-D', ...endpointArgs(service)], summary: `${serviceName(service)} remove` }
}

function serviceStep(have: VirtualService | undefined, want: VirtualService): Step[] {
  const name = serviceName(want)
  if (!have)
    return [{ args: ['-A', ...serviceArgs(want)], summary: `${name} add (${want.scheduler})` }]
  const changed = serviceSettings.flatMap((key) => differing(key, have[key], want[key]))
  if (changed.length === 0) return []
  return [{ args: ['-E', ...serviceArgs(want)], summary: `${name} ${changed.join(', ')}` }]
}

/** All that a virtual service, or a real server, can differ in and stay the same one. */
export const serviceSettings = [
  'scheduler',
  'persistence',
  'netmask',
  'pe',
  'ops',
  'flags',
] as const
export const serverSettings = [
  'weight',
  'forwarding',
  'tunnel',
  'upper_threshold',
  'lower_threshold',
] as const

function differences(have: RealServer, want: RealServer): string[] {
  return serverSettings.flatMap((key) => differing(key, have[key], want[key]))
}

function added(server: RealServer): string[] {
  const keys = ['weight', 'upper_threshold', 'lower_threshold'] as const
  return keys.flatMap((key) => (server[key] === undefined ? [] : [`${key} ${server[key]}`]))
}

type Shown = string | number | boolean | undefined

function differing(key: string, have: Shown, want: Shown): string[] {
  return have === want ? [] : [`${key} ${have ?? 'none'} -> ${want ?? 'none'}`]
}

function label(server: RealServer): string {
  return [server.name, endpoint(server)].filter(Boolean).join(' ')
}
