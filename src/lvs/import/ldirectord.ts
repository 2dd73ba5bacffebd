import { InputError, type Position } from '../../core/errors.js'
import { canonical } from '../ip.js'
import type { Forwarding } from '../table.js'
import { portNumber } from './ports.js'
import { addressRange } from './range.js'
import { nothing, type Told, type ToldServer, type ToldService } from './told.js'

const methods: Readonly<Record<string, Forwarding>> = { gate: 'dr', masq: 'nat', ipip: 'tun' }
const GLOBAL =
  /^(autoreload|callback|check(timeout|interval|count)|cleanstop|emailalert\w*|execute|failurecount|fallback(6|command)?|fork|logfile|maintenancedir|negotiatetimeout|quiescent|readdquiescent|smtp|supervised)$/
/** Of checks, messages and logs; what is lost with them is said once, where a check is set. */
const QUIET =
  /^(autoreload|check(timeout|interval|count|port)|cleanstop|comment|database|emailalert\w*|failurecount|fork|httpmethod|load|logfile|login|monitorfile|negotiatetimeout|passwd|protocol|readdquiescent|receive|request|secret|servicename|smtp|supervised|virtualhost)$/
const NO_LOOK =
  'dr-play looks when it runs: put an http or wait_for task into the playbook, and keep a monitor for the time between'

const RANGE = 'from a lower to a higher IPv4 address: 192.168.139.2->192.168.139.4:80'

/** What makes addresses of names. */
export type Resolve = (name: string) => string | undefined

interface Line {
  key: string
  value: string
  at: Position
}

/**
 * What a ldirectord.cf tells, with the defaults of ldirectord where it is silent: wrr, weight 1,
 * tcp, but udp for port 53.
 *
 * @throws InputError for what ldirectord would refuse, or for a name that nothing resolves
 */
export function readLdirectord(text: string, file: string, resolve: Resolve): Told {
  return new Reader(resolve).read(text, file)
}

class Reader {
  readonly #told = nothing()
  readonly #seen = new Set<string>()

  constructor(readonly resolve: Resolve) {}

  read(text: string, file: string): Told {
    let section: { head: Line; lines: Line[] } | undefined
    const sections: { head: Line; lines: Line[] }[] = []
    text.split('\n').forEach((raw, i) => {
      const plain = raw.replaceAll('\t', '    ').replace(/#.*/, '').trimEnd()
      // A comment leaves a section open; an empty line ends it.
      if (plain === '') {
        if (!raw.includes('#')) section = undefined
        return
      }
      const line = lineOf(plain, { file, line: i + 1, col: raw.search(/\S/) + 1 })
      if (/^ {4}/.test(plain) && section) section.lines.push(line)
      else if (/^virtual6?$/.test(line.key)) sections.push((section = { head: line, lines: [] }))
      else {
        section = undefined
        this.#global(line)
      }
    })
    for (const { head, lines } of sections) this.#virtual(head, lines)
    const [first] = this.#told.services
    if (first) {
      this.#note(
        first.at,
        'ldirectord and dr-play would both write the table',
        'stop ldirectord before the first run that is no --check: its checks undo what dr-play does',
      )
    }
    return this.#told
  }

  #global(line: Line): void {
    const { key, at } = line
    if (GLOBAL.test(key)) return this.#lost(line)
    const hint = /^(real|fallback|service|scheduler|protocol|persistent|netmask|check)/.test(key)
      ? 'what belongs to a virtual stands below it, four blanks or a tab further right'
      : 'ldirectord refuses it, too'
    throw new InputError(at, `"${key}" does not belong here`, hint)
  }

  #virtual({ value, at, key }: Line, lines: readonly Line[]): void {
    const isMark = /^\d+$/.test(value)
    const { address, port } = isMark ? { address: value, port: 0 } : this.#endpoint(value, at)
    const service: ToldService = {
      protocol: isMark ? 'fwmark' : port === 53 ? 'udp' : 'tcp',
      address,
      port,
      ...(isMark && key === 'virtual6' ? { inet6: true as const } : {}),
      scheduler: 'wrr',
      realServers: [],
      at,
    }
    const places: Record<string, Position> = {}
    for (const line of lines) this.#option(line, service, places)
    this.#told.services.push({ ...service, places })
  }

  #option(line: Line, service: ToldService, places: Record<string, Position>): void {
    const { key, value, at } = line
    const set = (field: string) => (places[field] = at)
    if (/^real6?$/.test(key)) service.realServers.push(...this.#real(line, service.port))
    else if (key === 'scheduler') {
      set('scheduler')
      service.scheduler = value
    } else if (key === 'persistent') {
      set('persistence')
      service.persistence = wholeNumber(line)
    } else if (key === 'netmask') {
      set('netmask')
      if (value !== '255.255.255.255' && value !== '128') service.netmask = value
    } else if (key === 'protocol' && (value === 'tcp' || value === 'udp')) {
      set('protocol')
      if (service.protocol !== 'fwmark') service.protocol = value
    } else if (key === 'schedflags') {
      set('flags')
      service.flags = value
    } else if (key === 'ops') {
      set('ops')
      if (value === 'yes') service.ops = true
    } else this.#lost(line)
  }

  /** `192.168.139.2->192.168.139.4:80 gate 5 "request", "receive" l:5 u:9` */
  #real({ value, at }: Line, servicePort: number): ToldServer[] {
    const [, place = '', method = '', rest = ''] = /^(\S+)\s+(\w+)(.*)$/.exec(value) ?? []
    const forwarding = Object.hasOwn(methods, method) ? methods[method] : undefined
    if (forwarding === undefined) {
      throw new InputError(
        at,
        `"${value}" has no forwarding`,
        'gate, masq or ipip after the address',
      )
    }
    const [, weight = '1', options = ''] = /^(?:\s+-w)?(?:\s+(\d+))?(.*)$/.exec(rest) ?? []
    const [, lower] = /\sl:(\d+)/.exec(options) ?? []
    const [, upper] = /\su:(\d+)/.exec(options) ?? []
    const [from = '', to] = place.split('->')
    const first = this.#endpoint(from, at, to === undefined ? servicePort : 0)
    const last = to === undefined ? first : this.#endpoint(to, at, servicePort)
    const addresses = to === undefined ? [first.address] : addressRange(first.address, last.address)
    if (!addresses) throw new InputError(at, `"${place}" is no range of addresses`, RANGE)
    return addresses.map((address) => ({
      address,
      port: last.port,
      forwarding,
      weight: Number(weight),
      ...(Number(upper) > 0 ? { upper_threshold: Number(upper) } : {}),
      ...(Number(lower) > 0 ? { lower_threshold: Number(lower) } : {}),
      at,
    }))
  }

  #endpoint(text: string, at: Position, otherwise?: number): { address: string; port: number } {
    const [, v6, host = '', portText] = /^(?:\[(.+)\]|([^:]*))(?::(.*))?$/.exec(text) ?? []
    const address = canonical(v6 ?? host) ?? this.resolve(host)
    if (address === undefined) {
      const hint =
        host === ''
          ? 'write ADDRESS:PORT'
          : `write its address, or tell it: --names ADDRESS=${host}`
      throw new InputError(at, `the address of "${v6 ?? host}" is not known`, hint)
    }
    const port = portText === undefined ? otherwise : portNumber(portText)
    if (port !== undefined) return { address, port }
    const message = portText ? `"${portText}" is no port` : `"${text}" has no port`
    throw new InputError(at, message, 'write its number: 192.168.139.6:80')
  }

  #lost({ key, value, at }: Line): void {
    if (QUIET.test(key)) return
    if (key === 'checktype' || key === 'service' || key === 'checkcommand') {
      if (value !== 'none') this.#note(at, 'the health checks are not carried over', NO_LOOK)
    } else if (/^fallback6?$/.test(key)) {
      const hint = 'when no real server is left clients are refused: serve that page elsewhere'
      this.#note(at, 'the fallback is not carried over', hint)
    } else if (/^(callback|execute|fallbackcommand)$/.test(key)) {
      const hint =
        'a handler, or a task after the role, runs commands when dr-play changes something'
      this.#note(at, `the command of ${key} is not carried over`, hint)
    } else if (key === 'quiescent') {
      const hint = 'compare with ipvsadm -L -n: who fails a check just now has weight 0, or is gone'
      this.#note(at, 'quiescent is not carried over', hint)
    } else this.#note(at, `not understood: ${key}`, 'see whether the cluster needs it')
  }

  #note(at: Position, message: string, hint: string): void {
    if (this.#seen.has(message)) return
    this.#seen.add(message)
    this.#told.notes.push({ at, message, hint })
  }
}

function lineOf(plain: string, at: Position): Line {
  const [, key, value = ''] = /^\s*(\w+)\s*=\s*(.*)$/.exec(plain) ?? []
  if (key !== undefined) return { key, value: value.trim(), at }
  const word = plain.trim()
  if (word === 'supervised') return { key: word, value: 'yes', at }
  throw new InputError(at, `cannot read "${word}"`, 'a line is NAME=VALUE')
}

function wholeNumber({ key, value, at }: Line): number {
  if (/^\d+$/.test(value)) return Number(value)
  throw new InputError(at, `${key}: "${value}" is no whole number`, `${key}=1`)
}
