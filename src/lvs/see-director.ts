import { DrPlayError } from '../core/errors.js'
import { lines, sh, type Sh } from '../core/sh.js'
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
 * The look at a director, read-only: a subshell and six programs, since a small director takes
 * 20 ms to start each.
 *
 * @param savedIn the file that is restored at boot; undefined: the one of the host's OS, which is
 *   /etc/ipvsadm.rules on Debian and /etc/sysconfig/ipvsadm on EL
 */
export function directorLook(savedIn: string | undefined): Sh {
  return lines([
    sh`ip -o addr show || exit`,
    // ipvsadm would load the module merely to find its table empty.
    sh`ask() { [ ! -e /proc/net/ip_vs ] || ipvsadm "$@" || exit; }`,
    ...ASKED.flatMap((options) => [sh`echo ${MARK}`, sh`ask ${options}`]),
    sh`path=${savedIn ?? ''} ID= ID_LIKE=
[ ! -r /etc/os-release ] || . /etc/os-release
case "$path $ID $ID_LIKE" in
  /*) ;;
  *debian* | *ubuntu*) path=/etc/ipvsadm.rules ;;
  *) path=${EL_FILE} ;;
esac
echo ${MARK}
echo "$path"
[ ! -e "$path" ] || cat "$path"`,
  ])
}

const MARK = '--'
const ASKED = [
  ['-S', '-n'],
  // Connections are in this list, too.
  ['-L', '-n', '--thresholds'],
  ['-L', '-n', '--stats', '--exact'],
  ['-L', '-n', '--rate', '--exact'],
]

/** @returns why nothing can be told, where a question could not be answered */
export function readDirector({ status, stdout, stderr }: Frame): DirectorSight | string {
  if (status !== 0) return stderr.trim() || `exit status ${status}`
  const [addresses = '', table = '', listing = '', stats = '', rate = '', ...rest] = stdout.split(
    new RegExp(`^${MARK}\\n`, 'm'),
  )
  try {
    const saved = readSaved(rest.join(`${MARK}\n`))
    const whole = (services: VirtualService[]) => withThresholds(services, listing)
    return {
      addresses: parseAddresses(addresses),
      live: whole(parseTable(table)),
      connections: parseConnections(listing),
      totals: parseTraffic(stats),
      rates: parseTraffic(rate),
      saved: saved.path === EL_FILE ? { ...saved, table: whole(saved.table) } : saved,
    }
  } catch (error) {
    if (error instanceof DrPlayError) return `its table cannot be read: ${error.message}`
    throw error
  }
}

function readSaved(text: string): SavedTable {
  const end = text.indexOf('\n')
  const path = text.slice(0, end)
  try {
    return { path, table: parseTable(text.slice(end + 1), path) }
  } catch (error) {
    if (!(error instanceof DrPlayError)) throw error
    const line = error.at ? `line ${error.at.line}: ` : ''
    return { path, table: [], unreadable: `${line}${error.message}` }
  }
}
