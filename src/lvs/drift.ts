import { serverSettings, serviceSettings } from './delta.js'
import { endpoint, serviceName, type RealServer, type VirtualService } from './table.js'

/** The three places where a director's table is told: they should all say the same. */
export const places = ['inventory', 'live', 'saved'] as const
export type Place = (typeof places)[number]

/** The table of each place: empty where there is none, undefined where that cannot be told. */
export type Tables = Readonly<Record<Place, readonly VirtualService[] | undefined>>

type Value = string | number | boolean | undefined

/** One thing that the three places do not agree on. */
export interface Drift {
  /** `tcp 192.168.139.6:80`; undefined when it is about the tables as a whole. */
  service?: string
  /** A real server of that service: its name, or its address and port. */
  realServer?: string
  /** weight, scheduler ...; undefined when it is about being there at all. */
  setting?: string
  /** What each place says, of those that were compared. */
  says: Partial<Record<Place, string | number | boolean | null>>
  /** Who disagrees with the rest; everybody, where no two agree. */
  odd: Place[]
  /** `rs2 weight: inventory 2, live 1, saved 1` */
  message: string
}

/**
 * What the inventory, the running table and the file for the next boot do not agree on; nothing
 * when all three are the same. A place that lacks a service is told of that once, and not asked
 * about the real servers.
 */
export function tableDrift(tables: Tables): Drift[] {
  return new Comparison(tables).all()
}

/** Something that some of the places have: a table, a service, a real server. */
type Found<T> = Map<Place, T>

class Comparison {
  readonly #tables: Found<readonly VirtualService[]>
  readonly #names: ReadonlyMap<string, string>
  readonly #severalServices: boolean

  constructor(tables: Tables) {
    this.#tables = new Map(
      places.flatMap((place) => (tables[place] ? [[place, tables[place]] as const] : [])),
    )
    const all = [...this.#tables.values()]
    const named = all
      .flatMap((table) => table.flatMap(({ realServers }) => realServers))
      .flatMap(({ address, name }) => (name === undefined ? [] : [[address, name] as const]))
    this.#names = new Map(named)
    this.#severalServices = all.some(({ length }) => length > 1)
  }

  all(): Drift[] {
    const filled = new Map([...this.#tables].filter(([, { length }]) => length > 0))
    if (filled.size === 0) return []
    return [
      ...presence('a table', {}, [...this.#tables.keys()], filled),
      ...items(filled, serviceName).flatMap((service) => this.#service(service, filled)),
    ]
  }

  #service(service: Found<VirtualService>, among: Found<unknown>): Drift[] {
    const name = serviceName(first(service))
    const about = { service: name }
    const servers = new Map([...service].map(([place, { realServers }]) => [place, realServers]))
    return [
      ...presence(`service ${name}`, about, [...among.keys()], service),
      ...serviceSettings.flatMap((key) => setting(name, about, key, service)),
      ...items(servers, endpoint).flatMap((server) => this.#server(server, first(service), among)),
    ]
  }

  #server(server: Found<RealServer>, service: VirtualService, among: Found<unknown>): Drift[] {
    const { address, port } = first(server)
    const name = this.#names.get(address)
    const realServer =
      name === undefined
        ? endpoint({ address, port })
        : `${name}${port === service.port ? '' : `:${port}`}`
    const about = { service: serviceName(service), realServer }
    const label = this.#severalServices ? `${realServer} of ${about.service}` : realServer
    const asked = [...among.keys()].filter((place) => this.#has(place, service))
    return [
      ...presence(label, about, asked, server),
      ...serverSettings.flatMap((key) => setting(label, about, key, server)),
    ]
  }

  #has(place: Place, service: VirtualService): boolean {
    return this.#tables.get(place)!.some((each) => serviceName(each) === serviceName(service))
  }
}

/** What several lists have in common by its key. Of twins in a file the kernel takes the first. */
function items<T>(lists: Found<readonly T[]>, keyOf: (item: T) => string): Found<T>[] {
  const found = new Map<string, Found<T>>()
  for (const [place, list] of lists) {
    for (const item of list) {
      const one: Found<T> = found.get(keyOf(item)) ?? new Map<Place, T>()
      if (!one.has(place)) one.set(place, item)
      found.set(keyOf(item), one)
    }
  }
  return [...found.values()]
}

type About = Pick<Drift, 'service' | 'realServer'>

function presence(
  what: string,
  about: About,
  asked: readonly Place[],
  found: Found<unknown>,
): Drift[] {
  const has = asked.filter((place) => found.has(place))
  const lacks = asked.filter((place) => !found.has(place))
  if (lacks.length === 0) return []
  const not = lacks.length === 1 ? 'not' : 'neither'
  const message = `${what} is ${where(has, 'and')}, but ${not} ${where(lacks, 'nor')}`
  const says = Object.fromEntries(asked.map((place) => [place, found.has(place)]))
  return [{ ...about, says, odd: oddOf(asked, (place) => found.has(place)), message }]
}

const IN_PLACE = { inventory: 'in the inventory', live: 'live', saved: 'saved' } as const

function where(some: readonly Place[], word: string): string {
  return some.map((place) => IN_PLACE[place]).join(` ${word} `)
}

function setting<T extends VirtualService | RealServer>(
  what: string,
  about: About,
  key: keyof T & string,
  found: Found<T>,
): Drift[] {
  const asked = [...found.keys()]
  const value = (place: Place) => found.get(place)![key] as Value
  if (new Set(asked.map(value)).size <= 1) return []
  const shown = asked.map((place) => `${place} ${show(key, value(place))}`)
  return [
    {
      ...about,
      setting: key,
      says: Object.fromEntries(asked.map((place) => [place, value(place) ?? null])),
      odd: oddOf(asked, value),
      message: `${what} ${key}: ${shown.join(', ')}`,
    },
  ]
}

function show(key: string, value: Value): string {
  if (key === 'weight' && value === 0) return '0 (quiesced)'
  if (typeof value === 'boolean') return 'on'
  return value === undefined ? 'none' : String(value)
}

/** Those who are not of the majority; all, where there is none. */
function oddOf(asked: readonly Place[], value: (place: Place) => unknown): Place[] {
  const alone = (place: Place) => asked.filter((other) => value(other) === value(place)).length
  const minority = asked.filter((place) => alone(place) * 2 <= asked.length)
  return minority.length > 0 ? minority : [...asked]
}

function first<T>(found: Found<T>): T {
  return [...found.values()][0]!
}

/** What it means that just these disagree with the rest, and what comes of it. */
export function meaningOf({ odd, service, realServer, setting, says }: Drift): string {
  const isService = service !== undefined && realServer === undefined && setting === undefined
  if (isService && says.inventory === false) return NOT_OURS
  if (setting === 'weight' && says.live === 0) return QUIESCED
  if (odd.length !== 1) return 'no two agree: the next run sets live and saved by the inventory'
  return MEANING[odd[0]!]
}

const NOT_OURS = 'not in the inventory: runs keep and save it, unless other_services is remove'
const QUIESCED = 'quiesced, so without new connections: runs leave it so, start.yml brings it back'

const MEANING: Readonly<Record<Place, string>> = {
  inventory: 'the inventory is not applied: the next run does what it says',
  live: 'the live table was changed by hand: the next run, or a boot, undoes it',
  saved: 'the saved file is behind the live table: a boot brings its values back',
}
