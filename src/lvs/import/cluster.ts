import { InputError, type Position } from '../../core/errors.js'
import { listed } from '../lint-model.js'
import { endpoint, formatTable, serviceName } from '../table.js'
import { type ImportedHost, nameHosts, type Wishes } from './hosts.js'
import { nothing, type Note, type Told, type ToldAddress, type ToldService } from './told.js'

export interface ImportedService extends ToldService {
  /** The VIPs whose packets get the mark of a fwmark service. */
  vips: string[]
}

/** Everything that the inventory is written from. */
export interface ImportedCluster {
  directors: ImportedHost[]
  realServers: (ImportedHost & { address: string })[]
  services: ImportedService[]
  addresses: ToldAddress[]
  vrrp: Position | undefined
  timeouts: Told['timeouts']
  notes: SharedNote[]
}

/** A note with the other places in its file that it is true of. */
export interface SharedNote extends Note {
  also: Position[]
}

/**
 * Puts together what several files tell of one cluster.
 *
 * @throws InputError when they tell of no virtual service, or a wish fits nobody
 */
export function importCluster(files: readonly Told[], wishes: Wishes): ImportedCluster {
  const told: Told = {
    ...nothing(),
    services: files.flatMap(({ services }) => services),
    addresses: files.flatMap(({ addresses }) => addresses),
    directors: files.flatMap(({ directors }) => directors),
    marks: files.flatMap(({ marks }) => marks),
    notes: files.flatMap(({ notes }) => notes),
  }
  if (told.services.length === 0) throw nobody(told)
  const notes = [...told.notes]
  const services = merged(told.services, notes).map((service) => {
    return { ...settled(service, notes), vips: vipsOf(service, told, notes) }
  })
  notes.push(...services.flatMap(tunnelNotes), ...addressNotes(services, told.addresses))
  const { directors, realServers } = nameHosts(services, told.directors, wishes)
  if (directors.some(({ address }) => address === undefined)) {
    notes.push({
      at: services[0]!.at,
      message: "no file tells the director's own address",
      hint: '--director NAME=ADDRESS, or set ansible_host in the result',
    })
  }
  if (!told.addresses.some(({ on }) => on === 'director')) {
    notes.push({
      at: services[0]!.at,
      message: 'no file tells how the director has the VIP: eth0 and /32 are taken',
      hint: "give the director's script, too, or set vip_interface and vip_prefix in the result",
    })
  }
  return {
    ...{ directors, realServers, services },
    addresses: told.addresses,
    vrrp: files.find((file) => file.vrrp)?.vrrp,
    timeouts: files.find((file) => file.timeouts)?.timeouts,
    notes: shared(notes),
  }
}

function nobody({ addresses }: Told): InputError {
  const message = 'there is no virtual service in what was given'
  const hint = addresses.some(({ on }) => on === 'realserver')
    ? "this sets up a real server: give the director's script, or ipvsadm -S -n, too"
    : 'a director knows them: ipvsadm -S -n'
  return new InputError(addresses[0]?.at, message, hint)
}

/** Each service once; what a later file says otherwise is not taken. */
function merged(services: readonly ToldService[], notes: Note[]): ToldService[] {
  const byName = new Map<string, ToldService>()
  for (const service of services) {
    const known = byName.get(serviceName(service))
    if (!known) byName.set(serviceName(service), service)
    else if (formatTable([known]) !== formatTable([service])) {
      const { file, line } = known.at
      const message = `${serviceName(service)} is not as ${file}:${line} has it, which counts`
      notes.push({ at: service.at, message, hint: 'compare with ipvsadm -S -n' })
    }
  }
  return [...byName.values()]
}

/** No variable has the options of a tunnel that is not plain IP in IP. */
function tunnelNotes(service: ToldService): Note[] {
  return service.realServers.flatMap(({ tunnel, at, ...server }) => {
    if (tunnel === undefined) return []
    const message = `${endpoint(server)} of ${serviceName(service)}: ${tunnel} is not carried over`
    const hint = 'dr-play has plain IP in IP alone: a run would make it that, and break the tunnel'
    return [{ at, message, hint }]
  })
}

/** Under dr and tun a real server's port is the service's, whatever is written. */
function settled(service: ToldService, notes: Note[]): ToldService {
  if (service.protocol === 'fwmark') return service
  const seen = new Set<string>()
  const realServers = service.realServers.flatMap((server) => {
    const differs = server.forwarding !== 'nat' && server.port !== service.port
    if (differs && server.port !== 0) {
      const message = `port ${server.port} does nothing under ${server.forwarding}: it stays ${service.port}`
      notes.push({ at: server.at, message, hint: 'the table has that port, and so has the result' })
    }
    const settled = differs ? { ...server, port: service.port } : server
    if (seen.has(endpoint(settled))) {
      const message = `${endpoint(settled)} is in ${serviceName(service)} twice`
      notes.push({ at: server.at, message, hint: 'the first one counts, as in the table' })
      return []
    }
    seen.add(endpoint(settled))
    return [settled]
  })
  return { ...service, realServers }
}

/** The VIPs of a firewall mark: those of its rules, else those that no service has. */
function vipsOf(
  service: ToldService,
  { marks, addresses, services }: Told,
  notes: Note[],
): string[] {
  if (service.protocol !== 'fwmark') return []
  const own = marks.filter(({ mark }) => mark === service.address).map(({ vip }) => vip)
  const taken = new Set(services.map(({ address }) => address))
  const free = addresses.map(({ address }) => address).filter((address) => !taken.has(address))
  const vips = [...new Set(own.length > 0 ? own : free)]
  if (own.length === 0) {
    const which = vips.length === 0 ? 'none is known' : `${vips.join(', ')} are guessed`
    notes.push({
      at: service.at,
      message: `which VIPs get the mark ${service.address} is not told: ${which}`,
      hint: 'write them into vips: real servers need them on lo; the rules that mark stay yours',
    })
  }
  return vips
}

/** VIPs that are somewhere else than the services say. */
function addressNotes(
  services: readonly ImportedService[],
  addresses: readonly ToldAddress[],
): Note[] {
  const vips = services.flatMap(({ protocol, address, vips }) =>
    protocol === 'fwmark' ? vips : [address],
  )
  const strangers = addresses
    .filter(({ address }) => !vips.includes(address))
    .map(({ address, device, at }) => ({
      at,
      message: `${address} on ${device} belongs to no virtual service`,
      hint: 'it is not carried over: is it a VIP of another cluster, or mistyped?',
    }))
  const onLo = addresses.filter(({ on }) => on === 'realserver').map(({ address }) => address)
  const missing = services
    .filter(
      ({ protocol, address, realServers }) =>
        onLo.length > 0 &&
        protocol !== 'fwmark' &&
        realServers.some(({ forwarding }) => forwarding === 'dr') &&
        !onLo.includes(address),
    )
    .map(({ address, at }) => ({
      at,
      message: `no real server has the VIP ${address}: they have ${[...new Set(onLo)].join(', ')}`,
      hint: 'a real server drops what is for a VIP that it does not have',
    }))
  const known = addresses.filter(({ address }) => vips.includes(address))
  const labels = known.flatMap(({ on, address, device, label, at }) => {
    const place = [...new Set(vips)].indexOf(address)
    const ours = on === 'director' ? `${device}:${place + 1}` : `lo:${place}`
    const theirs = label ?? device
    // Of others than lo it is said already.
    if (theirs === ours || address.includes(':') || (on === 'realserver' && device !== 'lo'))
      return []
    return {
      at,
      message: `the VIP ${address} has the label ${theirs}, and dr-play calls it ${ours}`,
      hint: 'the first run takes it off and puts it on again in one step, within microseconds',
    }
  })
  return [...strangers, ...missing, ...labels]
}

/** What a note says, with the other lines that it is true of. */
export function noteText({ message, also }: SharedNote): string {
  if (also.length === 0) return message
  const lines = listed(also.map(({ line }) => String(line)))
  return `${message} (also line${also.length === 1 ? '' : 's'} ${lines})`
}

/** By place; notes that say the same of several lines of a file become one. */
function shared(notes: readonly Note[]): SharedNote[] {
  const files = [...new Set(notes.map(({ at }) => at.file))]
  const place = ({ at: { file, line } }: Note) => files.indexOf(file) * 1e9 + line
  const byText = new Map<string, SharedNote>()
  for (const note of notes.toSorted((a, b) => place(a) - place(b))) {
    const key = JSON.stringify([note.at.file, note.message])
    const known = byText.get(key)
    if (!known) byText.set(key, { ...note, also: [] })
    else if (![known.at, ...known.also].some(({ line }) => line === note.at.line)) {
      known.also.push(note.at)
    }
  }
  return [...byText.values()]
}
