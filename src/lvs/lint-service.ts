import { type Cluster, type Member, type Setting, textOf } from './lint-model.js'

/** A virtual service as a director's variables describe it. */
export interface Service {
  director: Member
  /** `virtual_services.0`; undefined of the one that the flat variables are. */
  entry: Setting | undefined
  vips: Setting[]
  protocol: Setting | undefined
  port: Setting | undefined
  /** The firewall mark. */
  mark: Setting | undefined
  inet6: Setting | undefined
  scheduler: Setting | undefined
  servers: Server[]
  /** real_servers, where the entry names them. */
  named: Setting | undefined
}

/** A real server of a service; what the entry says goes before its own variables. */
export interface Server {
  /** Undefined when it is none of the group realserver. */
  member: Member | undefined
  name: Setting
  weight: Setting | undefined
  forwarding: Setting | undefined
  port: Setting | undefined
}

/** The services of every director. */
export function servicesOf(cluster: Cluster): Service[] {
  return cluster.directors.flatMap((director) => {
    const entries = entriesOf(director)
    if (entries === undefined) return [serviceOf(undefined, director, cluster)]
    return entries.map((entry) => serviceOf(entry, director, cluster))
  })
}

/** The VIPs that a host's variables name, flat or in virtual_services. */
export function vipsOf({ settings }: Member): Setting[] {
  const flat = settings.get('vip')
  const entries = entriesOf({ settings })
  if (entries === undefined) return flat ? [flat] : []
  return entries.flatMap((entry) => vipsIn(entry, flat))
}

/** Whether a host has no VIP at all; of `virtual_services`, entriesWithoutVip tells. */
export function lacksVip(member: Member): boolean {
  return entriesOf(member) === undefined && !member.settings.has('vip')
}

/** The entries of `virtual_services` that have no VIP, called `virtual_services.0`. */
export function entriesWithoutVip(member: Member): Setting[] {
  const flat = member.settings.get('vip')
  return (entriesOf(member) ?? []).filter((entry) => vipsIn(entry, flat).length === 0)
}

/** Whether an entry of `virtual_services` says fwmark itself. */
export function isMark(entry: Setting): boolean {
  return textOf(part(entry, 'protocol')) === 'fwmark'
}

/** Undefined without virtual_services; none when only a host can tell them, or they are no list. */
function entriesOf({ settings }: Pick<Member, 'settings'>): Setting[] | undefined {
  const all = settings.get('virtual_services')
  if (!all || all.value === null) return undefined
  return items(all)
}

function vipsIn(entry: Setting, flat: Setting | undefined): Setting[] {
  const several = part(entry, 'vips')
  const one = part(entry, 'vip') ?? flat
  return several ? items(several) : one ? [one] : []
}

function serviceOf(entry: Setting | undefined, director: Member, cluster: Cluster): Service {
  const flat = director.settings
  const own = (key: string) => entry && part(entry, key)
  const named = own('real_servers')
  const servers = named
    ? items(named).map((each) => serverOf(each, cluster))
    : cluster.realServers.map((member) => everyServer(member))
  return {
    ...{ director, entry, named },
    vips: entry ? vipsIn(entry, flat.get('vip')) : vipsOf(director),
    protocol: own('protocol') ?? flat.get('protocol'),
    port: own('port') ?? flat.get('service_port'),
    mark: own('mark'),
    inet6: own('inet6'),
    scheduler: own('scheduler') ?? flat.get('scheduler'),
    servers: servers.map(({ member, ...server }) => ({
      ...{ member, ...server },
      weight: server.weight ?? member?.settings.get('weight'),
      forwarding:
        server.forwarding ??
        own('forwarding') ??
        member?.settings.get('forwarding') ??
        flat.get('forwarding'),
    })),
  }
}

function serverOf(each: Setting, { realServers }: Cluster): Server {
  const isMap = typeof each.value === 'object' && each.value !== null
  const name = isMap ? (part(each, 'name') ?? { ...each, value: undefined }) : each
  const own = (key: string) => (isMap ? part(each, key) : undefined)
  return {
    name,
    member: realServers.find((member) => member.name === textOf(name)),
    weight: own('weight'),
    forwarding: own('forwarding'),
    port: own('port'),
  }
}

function everyServer(member: Member): Server {
  const { name, at } = member
  const nothing = { weight: undefined, forwarding: undefined, port: undefined }
  return { member, name: { variable: 'realserver', value: name, at }, ...nothing }
}

/** A key of a setting that is a map, called as the schema's errors call it. */
function part({ variable, value, at }: Setting, key: string): Setting | undefined {
  const inner = (value as Readonly<Record<string, unknown>> | null | undefined)?.[key]
  return inner === undefined || inner === null
    ? undefined
    : { variable: `${variable}.${key}`, value: inner, at }
}

function items({ variable, value, at }: Setting): Setting[] {
  return Array.isArray(value)
    ? value.map((item: unknown, i) => ({ variable: `${variable}.${i}`, value: item, at }))
    : []
}
