import { DrPlayError } from '../core/errors.js'
import { sh, type Sh } from '../core/sh.js'
import type { Frame } from '../core/transport.js'
import { type Address, parseAddresses } from './addresses.js'
import { type Connections, parseConnections, parseTraffic, type Traffic } from './parse-counts.js'
import type { Listed } from './parse-listing.js'
import { parseTable } from './parse-table.js'
import { withThresholds } from './parse-thresholds.js'
import type { VirtualService } from './table.js'

/** What a look at a director shows. */
export interface DirectorSight {
  addresses: Address[]
  /** The running table; nothing where the kernel has no IPVS loaded. */
  live: VirtualService[]
  connections: Map<string, Listed<Connections>>
  totals: Map<string, Listed<Traffic>>
  rates: Map<string, Listed<Traffic>>
  saved: SavedTable
}

/** What EL's unit writes with ipvsadm -S when it stops, which leaves thresholds out. */
const EL_FILE = '/etc/sysconfig/ipvsadm'

/** The table for the next boot. */
export interface SavedTable {
  path: string
  /** Nothing where there is no such file; on EL with the live thresholds, as it can hold none. */
  table: VirtualService[]
  /** Why the file cannot be read as a table. */
  unreadable?: string
}

/**
 * The questions to a director, read-only. Seven processes in all, since a small one takes 20 ms to
 * start each.
 *
 * @param savedIn the file that is restored at boot; undefined: the one of the host's OS, which is
 *   /etc/ipvsadm.rules on Debian and /etc/sysconfig/ipvsadm on EL
 */
export function directorQuestions(savedIn: string | undefined): Sh[] {
  const ask = (options: string) =>
    // ipvsadm would load the module merely to find its table empty.
    sh`[ ! -e /proc/net/ip_vs ] || ipvsadm ${options.split(' ')}`
  return [
    sh`ip -o addr show`,
    ask('-S -n'),
    ask('-L -n --thresholds'),
    ask('-L -n'),
    ask('-L -n --stats --exact'),
    ask('-L -n --rate --exact'),
    sh`path=${savedIn ?? ''} ID= ID_LIKE=
[ ! -r /etc/os-release ] || . /etc/os-release
case "$path $ID $ID_LIKE" in
  /*) ;;
  *debian* | *ubuntu*) path=/etc/ipvsadm.rules ;;
  *) path=${EL_FILE} ;;
esac
echo "$path"
[ ! -e "$path" ] || cat "$path"`,
  ]
}

/** @returns why nothing can be told, where a question could not be answered */
export function readDirector(frames: readonly Frame[]): DirectorSight | string {
  const failed = frames.slice(0, 6).find(({ status }) => status !== 0)
  if (failed) return failed.stderr.trim() || `exit status ${failed.status}`
  const [addresses = '', table = '', thresholds = '', list = '', stats = '', rate = ''] =
    frames.map(({ stdout }) => stdout)
  try {
    const saved = readSaved(frames[6]!)
    const whole = (services: VirtualService[]) => withThresholds(services, thresholds)
    return {
      addresses: parseAddresses(addresses),
      live: whole(parseTable(table)),
      connections: parseConnections(list),
      totals: parseTraffic(stats),
      rates: parseTraffic(rate),
      saved: saved.path === EL_FILE ? { ...saved, table: whole(saved.table) } : saved,
    }
  } catch (error) {
    if (error instanceof DrPlayError) return `its table cannot be read: ${error.message}`
    throw error
  }
}

function readSaved({ status, stdout, stderr }: Frame): SavedTable {
  const end = stdout.indexOf('\n')
  const path = stdout.slice(0, end)
  if (status !== 0) return { path, table: [], unreadable: stderr.trim() }
  try {
    return { path, table: parseTable(stdout.slice(end + 1), path) }
  } catch (error) {
    if (!(error instanceof DrPlayError)) throw error
    const line = error.at ? `line ${error.at.line}: ` : ''
    return { path, table: [], unreadable: `${line}${error.message}` }
  }
}
