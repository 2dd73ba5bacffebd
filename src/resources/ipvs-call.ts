import { DrPlayError, TaskFailed } from '../core/errors.js'
import type { Change } from '../core/resource.js'
import { lines, sh, type Sh } from '../core/sh.js'
import type { Step } from '../lvs/delta.js'
import { parseTable } from '../lvs/parse-table.js'
import { withThresholds } from '../lvs/parse-thresholds.js'
import type { VirtualService } from '../lvs/table.js'

/**
 * Prints the live table, thresholds and all. ipvsadm would load the module merely to find it
 * empty; a probe alters nothing.
 */
export const liveTable: Sh = sh`[ ! -e /proc/net/ip_vs ] || {
  ipvsadm -S -n
  echo --
  ipvsadm -L -n --thresholds
} 2>/dev/null || :`

/** @throws TaskFailed with the line that cannot be read */
export function readTable(stdout: string): VirtualService[] {
  const [saved = '', thresholds = ''] = stdout.split('--\n')
  return asTask('the live table', () => withThresholds(parseTable(saved), thresholds))
}

/**
 * One call of ipvsadm a change, not one `ipvsadm -R` for all: -R goes on after a line that was
 * refused and exits with the status of the last, while each of these fails by its own name.
 *
 * @param then done in the same change, when the call succeeded
 */
export function ipvsCall({ args, summary }: Step, then?: Sh): Change {
  const call = sh`command -v ipvsadm >/dev/null || {
  echo 'no ipvsadm on this host: install the package ipvsadm' >&2
  exit 1
}
[ -e /proc/net/ip_vs ] || modprobe ip_vs || :
[ -e /proc/net/ip_vs ] || {
  echo 'this kernel has no IPVS: the module ip_vs could not be loaded' >&2
  exit 1
}
ipvsadm ${args}`
  return { summary, run: then ? lines([sh`${call} || exit`, then]) : call }
}

/** In a task, what does not fit is that task's failure on this host. */
export function asTask<T>(what: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    if (!(error instanceof DrPlayError)) throw error
    throw new TaskFailed(`${what}: ${error.message}`, error.hint)
  }
}
