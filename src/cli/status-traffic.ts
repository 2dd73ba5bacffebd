import type { Traffic } from '../lvs/parse-counts.js'
import type { ServiceStatus } from '../lvs/status.js'
import { endpoint } from '../lvs/table.js'
import { type Column, tableLines } from '../report/table.js'

/** The tables that `ipvsadm -L -n --exact` prints with --stats and with --rate. */
export function trafficTables(services: readonly ServiceStatus[]): string[][] {
  return [
    table(services, COUNTED, ({ total }) => total),
    table(services, A_SECOND, ({ rate }) => rate),
  ]
}

const COUNTED = ['Conns', 'InPkts', 'OutPkts', 'InBytes', 'OutBytes']
const A_SECOND = ['CPS', 'InPPS', 'OutPPS', 'InBPS', 'OutBPS']

function table(
  services: readonly ServiceStatus[],
  heads: readonly string[],
  of: (row: Pick<ServiceStatus, 'rate' | 'total'>) => Traffic,
): string[] {
  if (services.length === 0) return []
  const columns = [
    { head: 'service', align: 'left' },
    ...heads.map((head) => ({ head, align: 'right' })),
  ] as Column[]
  const rows = services.flatMap((service) => [
    [`${service.name} on ${service.director}`, ...cells(of(service))],
    ...service.realServers.map((server) => {
      const { name } = server
      const where = endpoint(server)
      return [`  -> ${name === where ? '' : `${name} `}${where}`, ...cells(of(server))]
    }),
  ])
  return tableLines(columns, rows, { padding: 0, gap: 2 })
}

function cells({ connections, packetsIn, packetsOut, bytesIn, bytesOut }: Traffic): string[] {
  return [connections, packetsIn, packetsOut, bytesIn, bytesOut].map(String)
}
