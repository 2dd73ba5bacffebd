import { InputError, type Position } from '../../../core/errors.js'
import { canonical } from '../../ip.js'
import { canonicalFlags, schedulers } from '../../schedulers.js'
import { DEFAULT_PERSISTENCE } from '../ipvsadm-command.js'
import { portNumber } from '../ports.js'
import type { Note, ToldServer, ToldService } from '../told.js'
import { type Endpoint, endpointsOf } from './addresses.js'
import type { Statement } from './blocks.js'
import { type Method, methodOf } from './forwarding.js'
import { noteOn, numberOf } from './keywords.js'

const MONTH = 31 * 86400
const MOST = 2 ** 31 - 1

type Settings = Pick<ToldService, 'scheduler' | 'persistence' | 'netmask' | 'pe' | 'ops'>
type Server = Omit<ToldServer, 'port'> & { port: number | undefined }

/**
 * The services that a virtual_server block makes: one, or one for each line of its group.
 *
 * @throws InputError for an address, a port or a number that is none
 */
export function virtualServer(
  statement: Statement,
  groups: ReadonlyMap<string, readonly Endpoint[]>,
  notes: Note[],
): ToldService[] {
  const { words, at } = statement
  const note = (message: string, hint: string) => void notes.push({ at, message, hint })
  const endpoints =
    words[0] === 'group' ? (groups.get(words[1] ?? '') ?? []) : endpointsOf(words, at)
  if (endpoints.length === 0) note(`no group "${words[1]}" is here`, 'import its file, too')

  const block = new Block(notes)
  for (const each of statement.block ?? []) block.read(each)
  if (block.protocol === undefined && endpoints.some((endpoint) => 'port' in endpoint)) {
    note('there is no protocol: keepalived takes udp', 'protocol TCP, if that is what you mean')
  }
  if (block.method === undefined) {
    note('there is no lb_kind: keepalived takes NAT', 'lb_kind DR, if that is what you mean')
  }
  const servers = block.servers()
  return endpoints.map((endpoint) => ({
    ...('port' in endpoint
      ? { protocol: block.protocol ?? 'udp', address: endpoint.address, port: endpoint.port }
      : { protocol: 'fwmark', address: endpoint.mark, port: 0 }),
    ...('mark' in endpoint && endpoint.inet6 ? { inet6: true as const } : {}),
    at: endpoint.at,
    places: block.places,
    ...block.settings,
    ...block.flags(),
    realServers: servers.map((server) => ({
      ...server,
      port: portAt(endpoint, server),
    })),
  }))
}

/** Of a firewall mark only nat has a port, which keepalived leaves out of the table else. */
function portAt(endpoint: Endpoint, { port, forwarding }: Server): number {
  if ('port' in endpoint) return port ?? endpoint.port
  return forwarding === 'nat' ? (port ?? 0) : 0
}

class Block {
  readonly settings: Settings = { scheduler: 'wlc' }
  readonly places: Record<string, Position> = {}
  protocol: 'tcp' | 'udp' | 'sctp' | undefined
  method: Method | undefined
  #weight = 1
  readonly #flags: string[] = []
  readonly #servers: Statement[] = []

  constructor(readonly notes: Note[]) {}

  read(statement: Statement): void {
    const { keyword, words, at } = statement
    const [word = ''] = words
    const set = (field: string) => {
      this.places[field] = at
    }
    switch (keyword) {
      case 'real_server':
        this.#servers.push(statement)
        break
      case 'lb_algo':
      case 'lvs_sched':
        set('scheduler')
        this.#scheduler(word, at)
        break
      case 'lb_kind':
      case 'lvs_method':
        set('forwarding')
        this.method = this.#method(statement)
        break
      case 'protocol':
        set('protocol')
        this.protocol = (['tcp', 'udp', 'sctp'] as const).find(
          (each) => each === word.toLowerCase(),
        )
        break
      case 'persistence_timeout': {
        set('persistence')
        const seconds = word === '' ? DEFAULT_PERSISTENCE : numberOf(statement, MONTH)
        if (seconds > 0) this.settings.persistence = seconds
        break
      }
      case 'persistence_granularity':
        set('netmask')
        if (word !== '255.255.255.255' && word !== '128') this.settings.netmask = word
        this.settings.persistence ??= DEFAULT_PERSISTENCE
        break
      case 'persistence_engine':
        set('pe')
        this.settings.pe = word
        break
      case 'ops':
        set('ops')
        this.settings.ops = true
        break
      case 'weight':
        this.#weight = numberOf(statement, 65535)
        break
      default:
        if (/^(flag-[123]|[sm]h-(port|fallback))$/.test(keyword)) {
          set('flags')
          this.#flags.push(keyword)
        } else this.notes.push(...noteOn(statement))
    }
  }

  flags(): Pick<ToldService, 'flags'> {
    const { scheduler } = this.settings
    const flags = this.#flags.filter((flag) => canonicalFlags(scheduler, flag) !== undefined)
    return flags.length === 0 ? {} : { flags: canonicalFlags(scheduler, flags.join(','))! }
  }

  servers(): Server[] {
    const method = this.method ?? { forwarding: 'nat' as const }
    return this.#servers.map((statement) => this.#server(statement, method))
  }

  #server({ words, at, block = [] }: Statement, method: Method): Server {
    const [text = '', portText] = words
    const address = canonical(text)
    const port = portText === undefined ? undefined : portNumber(portText)
    if (address === undefined)
      throw new InputError(at, `"${text}" is no IP address`, 'write numbers')
    if (portText !== undefined && port === undefined) {
      throw new InputError(at, `"${portText}" is no port`, 'write its number')
    }
    let own = method
    const server: Omit<Server, 'forwarding'> = { address, port, weight: this.#weight, at }
    const places: Record<string, Position> = {}
    for (const statement of block) {
      const { keyword } = statement
      if (keyword === 'weight') server.weight = numberOf(statement, 65535)
      else if (keyword === 'uthreshold' || keyword === 'lthreshold') {
        const most = numberOf(statement, MOST)
        if (most > 0)
          server[keyword === 'uthreshold' ? 'upper_threshold' : 'lower_threshold'] = most
      } else if (keyword === 'lvs_method') own = this.#method(statement) ?? method
      else this.notes.push(...noteOn(statement))
      places[keyword === 'lvs_method' ? 'forwarding' : keyword] = statement.at
    }
    return { ...server, ...own, places }
  }

  #scheduler(word: string, at: Position): void {
    const known = schedulers.find((each) => each === word)
    if (known) this.settings.scheduler = known
    else {
      const message = `keepalived knows no scheduler "${word}", and takes wlc`
      this.notes.push({ at, message, hint: `one of ${schedulers.join(', ')}` })
    }
  }

  #method(statement: Statement): Method | undefined {
    const method = methodOf(statement)
    if (method) return method
    const { words, at } = statement
    const message = `keepalived knows no forwarding "${words.join(' ')}", and takes no note of it`
    this.notes.push({ at, message, hint: 'NAT, DR or TUN, in capitals' })
    return undefined
  }
}
