import type { Position } from '../core/errors.js'
import { admit, type Admission } from '../lvs/admission.js'
import {
  type ClusterVars,
  endpointsOf,
  entriesOf,
  entriesWith,
  type Entry,
  type Hold,
  tableOf,
  vipsOf,
} from '../lvs/cluster.js'
import { parseTable } from '../lvs/parse-table.js'
import {
  formatRestorable,
  formatTable,
  thresholdsOf,
  serviceName,
  type VirtualService,
} from '../lvs/table.js'
import { timeoutArgs, timeoutsOf } from '../lvs/timeouts.js'
import { type Around, type Computed, nowhere } from '../run/variables.js'
import type { Names } from '../site/names.js'

/**
 * The variable `lvs`: the cluster, from the variables of the host that asks and of each host in
 * the group `realserver`.
 *
 *     services: what the table may be made at once, as ipvs_table takes it: [{ protocol, address,
 *       port, scheduler, ..., real_servers: [{ name, address, port, forwarding, weight, ... }] }]
 *     wanted: the same with every real server of the inventory
 *     joining, quiesced: names of real servers; see lvs/admission.ts
 *     live: names of the real servers that the live table has
 *     vips: those that the host carries: a real server those of the services it is in
 *     endpoints: [{ protocol, vip, port }] of those services
 *     tcp_ports: the ports of those of TCP, or by firewall mark
 *     kept: the VIPs of the host, and after them those that its network files have from before
 *     gone: { vips, still, files, services }: what there is of VIPs from before and may go:
 *       addresses; what is kept without these; files of network-scripts that nobody has a use
 *       for; services in a director's live table
 *     rip: the asking host's own address
 *     directors: the names of the group director; director: the first of them
 *     client: the first host of the group client, from which the VIP is tried; or nothing
 *     timeouts: { tcp, tcpfin, udp } in seconds, 0 where nothing is asked for
 *     thresholds: of real servers that have any: [{ server: '-t VIP:80 -r RIP:80',
 *       options: '-x 100 -y 80' }]
 *     save_lines: the lines of `ipvsadm -S -n` for the table
 *     restore_lines: the same with what that leaves out, and `ipvsadm -R` takes
 *
 * A real server that failed or could not be reached in this very run is held: it stays what
 * it is in the live table. Nobody gets traffic who could not be set up for it, and nobody
 * loses it because his sshd is down.
 *
 * Each part is worked out when it is asked for: of thousands of real servers none looks at all
 * the others just to learn its VIPs.
 */
export const lvs: Computed = (names, around) => {
  const cluster = new Cluster(names, around)
  const parts = {
    get services() {
      return argsOf(cluster.table())
    },
    get wanted() {
      return argsOf(cluster.wanted())
    },
    get vips() {
      return vipsOf(cluster.entries())
    },
    get endpoints() {
      return endpointsOf(cluster.entries(), cluster)
    },
    get tcp_ports() {
      const served = this.endpoints.filter(({ protocol, port }) => {
        return TCP.includes(protocol) && port > 0
      })
      return [...new Set(served.map(({ port }) => port))]
    },
    get rip() {
      return ownAddress(names)
    },
    directors: around.hostsIn('director'),
    director: around.hostsIn('director')[0] ?? '',
    client: around.hostsIn('client')[0] ?? '',
    get timeouts() {
      return timeoutsOf(cluster.flat('ipvs_timeouts'))
    },
    get thresholds() {
      return cluster.wanted().flatMap(thresholdsOf)
    },
  }
  // Where all is shown, these are not: they may need what only the host can tell.
  return Object.defineProperties(parts, {
    joining: { get: () => cluster.admission().joining },
    quiesced: { get: () => cluster.admission().quiesced },
    live: { get: () => cluster.inTable() },
    kept: { get: () => cluster.kept() },
    gone: { get: () => cluster.gone() },
    save_lines: { get: () => linesOf(formatTable(cluster.saved())) },
    restore_lines: {
      get: () => [
        ...(Object.values(parts.timeouts).some((seconds) => seconds > 0)
          ? [timeoutArgs(parts.timeouts).join(' ')]
          : []),
        ...linesOf(formatRestorable(cluster.saved())),
      ],
    },
  })
}

const SCRIPTS = '/etc/sysconfig/network-scripts'

/** What comes by a firewall mark is most often TCP, too. */
const TCP = ['tcp', 'fwmark']

class Cluster implements ClusterVars, Hold {
  readonly realServers: readonly string[]
  readonly #director: Names
  readonly #host: string
  readonly #isServer: boolean
  readonly #isDirector: boolean

  constructor(
    private readonly names: Names,
    private readonly around: Around,
  ) {
    const directors = around.hostsIn('director')
    this.realServers = around.hostsIn('realserver')
    this.#host = String(read(names, 'inventory_hostname'))
    const inGroup = directors.includes(this.#host)
    this.#isServer = !inGroup && this.realServers.includes(this.#host)
    // Without the group, it may be any host that gets the role.
    this.#isDirector = inGroup || directors.length === 0
    this.#director = this.#isDirector ? names : around.of(directors[0]!)
  }

  /** A real server has a forwarding of its own, that is not the cluster's. */
  flat(variable: string): unknown {
    const isOwn = variable !== 'forwarding' && this.names.has(variable)
    return read(isOwn ? this.names : this.#director, variable)
  }

  own(server: string, variable: string): unknown {
    return read(this.around.of(server), variable)
  }

  at(variable: string, server?: string): Position | undefined {
    const found =
      server === undefined
        ? (this.names.find?.(variable) ?? this.#director.find?.(variable))
        : this.around.of(server).find?.(variable)
    return found?.at === nowhere ? undefined : found?.at
  }

  /** Of a real server those that it is in; of any other host all. */
  entries(): Entry[] {
    const entries = entriesOf(this)
    return this.#isServer ? entriesWith(entries, this.#host) : entries
  }

  holds(server: string): boolean {
    return this.around.failed(server)
  }

  live(): readonly VirtualService[] {
    return parseTable((this.#director.get('ansible_ipvs_table') as string[]).join('\n'))
  }

  wanted(): VirtualService[] {
    return tableOf(this)
  }

  table(): VirtualService[] {
    // Only a director has a live table to hold anybody in, and to be admitted to.
    if (!this.#isDirector) return this.wanted()
    return admit(tableOf(this, this), this.live(), this.#marked()).services
  }

  admission(): Admission {
    return admit(this.wanted(), this.live(), this.#marked())
  }

  /** The real servers that the live table has, in whatever service. */
  inTable(): string[] {
    const live = new Set(
      this.live().flatMap(({ realServers }) => realServers.map(({ address }) => address)),
    )
    const wanted = this.wanted().flatMap(({ realServers }) => realServers)
    const names = wanted.flatMap(({ name, address }) => (name && live.has(address) ? name : []))
    return [...new Set(names)]
  }

  /**
   * Addresses that were VIPs of this host. What was ours is known by the network files that the
   * roles wrote: a foreign address is in none of them.
   */
  former(): string[] {
    const vips = vipsOf(this.entries())
    return [...new Set(this.#files().map(({ address }) => address))].filter(
      (address) => !vips.includes(address),
    )
  }

  kept(): string[] {
    return [...vipsOf(this.entries()), ...this.former()]
  }

  gone() {
    const former = this.former()
    if (this.#isDirector) {
      const services = argsOf(this.live().filter((service) => onOneOf(former, service)))
      return { vips: former, still: vipsOf(this.entries()), files: this.#unused(), services }
    }
    const vips = former.filter((vip) => !this.#isSentTo(vip))
    const still = this.kept().filter((vip) => !vips.includes(vip))
    // Where the role realserver has put them: former ones come last.
    const files = vips.flatMap((_, i) =>
      ['ifcfg', 'route'].map((kind) => `${SCRIPTS}/${kind}-lo:${still.length + i}`),
    )
    return { vips, still, files, services: [] }
  }

  /** The real servers that are being taken in, or were when a run broke off. */
  #marked(): string[] {
    return this.#director.get('ansible_ipvs_joining') as string[]
  }

  /** The table for the next boot: with keep, others' services are in it, too. */
  saved(): VirtualService[] {
    const table = this.table()
    if ((this.flat('other_services') ?? 'keep') !== 'keep') return table
    const own = new Set(table.map(serviceName))
    const others = this.live().filter((service) => !own.has(serviceName(service)))
    const former = this.former()
    return [...table, ...others.filter((service) => !onOneOf(former, service))]
  }

  #files() {
    return this.names.get('ansible_lvs_vips') as { address: string; file: string }[]
  }

  /** A director's files that no VIP has a use for. */
  #unused(): string[] {
    const device = String(read(this.names, 'vip_interface'))
    const used = vipsOf(this.entries()).map((_, i) => `${SCRIPTS}/ifcfg-${device}:${i + 1}`)
    const files = this.#files().map(({ file }) => file)
    return files.filter((file) => file.startsWith(`${SCRIPTS}/`) && !used.includes(file))
  }

  /**
   * Whether a director still sends packets for a VIP to this real server. A check run without
   * --limit takes it that the director would have stopped by then.
   */
  #isSentTo(vip: string): boolean {
    if (read(this.names, 'ansible_check_mode') === true && !this.names.has('ansible_limit')) {
      return false
    }
    const own = ownAddress(this.names)
    const services = this.live().filter((service) => onOneOf([vip], service))
    return services.some(({ realServers }) => realServers.some(({ address }) => address === own))
  }
}

/** A mark has no address. */
function onOneOf(vips: readonly string[], { protocol, address }: VirtualService): boolean {
  return protocol !== 'fwmark' && vips.includes(address)
}

function ownAddress(names: Names): string {
  return String(read(names, 'rip') ?? read(names, 'ansible_host'))
}

function argsOf(table: readonly VirtualService[]) {
  return table.map(({ realServers, ...service }) => ({ ...service, real_servers: realServers }))
}

function read(names: Names, variable: string): unknown {
  return names.has(variable) ? names.get(variable) : undefined
}

function linesOf(text: string): string[] {
  return text.trimEnd().split('\n')
}
