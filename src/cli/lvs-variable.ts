import type { RealServerInput } from '../lvs/model.js'
import { services } from '../lvs/model.js'
import { parseTable } from '../lvs/parse-table.js'
import { endpoint, formatTable, type RealServer } from '../lvs/table.js'
import type { Around, Computed } from '../run/variables.js'
import type { Names } from '../site/names.js'

/**
 * The variable `lvs`: the cluster's table, from the variables of the host that asks and of
 * each host in the group `realserver`.
 *
 *     real_servers: [{ name, address, port, forwarding, weight }]
 *     save_lines: the lines of `ipvsadm -S -n` for this table
 *
 * A real server that failed or could not be reached in this very run is held: it stays what
 * it is in the live table. Nobody gets traffic who could not be set up for it, and nobody
 * loses it because his sshd is down.
 */
export const lvs: Computed = (names, around) => {
  const table = services({
    vip: text(names, 'vip') ?? '',
    service_port: text(names, 'service_port'),
    protocol: text(names, 'protocol'),
    scheduler: text(names, 'scheduler'),
    forwarding: text(names, 'forwarding'),
    realServers: around.hostsIn('realserver').map((name) => realServer(name, names, around)),
  })
  return {
    real_servers: table.flatMap((service) => service.realServers),
    save_lines: formatTable(table).trimEnd().split('\n'),
  }
}

function realServer(name: string, director: Names, around: Around) {
  const own = around.of(name)
  const server: Partial<RealServerInput> & { name: string; rip: string } = {
    name,
    rip: text(own, 'rip') ?? text(own, 'ansible_host') ?? name,
    weight: text(own, 'weight'),
    forwarding: text(own, 'forwarding'),
  }
  if (!around.failed(name)) return server
  const live = liveEntry(director, server.rip)
  return { ...server, held: live ? { live } : {} }
}

function liveEntry(director: Names, rip: string): RealServer | undefined {
  const lines = director.get('ansible_ipvs_table') as string[]
  const vip = text(director, 'vip')
  const service = parseTable(lines.join('\n')).find(({ address }) => address === vip)
  return service?.realServers.find((live) => endpoint(live).startsWith(`${rip}:`))
}

function text(names: Names, name: string): string | undefined {
  return names.has(name) ? String(names.get(name)) : undefined
}
