import { Exit, InputError, Interrupted } from '../core/errors.js'
import { findPlaybook } from '../site/files.js'
import { KeptConnections } from '../transport/kept.js'
import type { ClusterFlags } from './cluster-hosts.js'
import { accessOf } from './connection-flags.js'
import { onInterrupt } from './interrupt.js'
import { packageDir } from './package-dir.js'
import { ClusterLook } from './status-look.js'
import { statusSite } from './status-site.js'
import { viewOf } from './status-view.js'
import { watch } from './status-watch.js'
import { transportFor } from './transport.js'
import { hiding, openVault } from './vault.js'

/** The flags of `dr-play status`, as commander hands them over. */
export interface StatusFlags extends ClusterFlags {
  /** Seconds between two looks. */
  watch?: number
  check: boolean
  output: 'text' | 'json'
  verbose?: boolean
}

/** Seconds from one check run to the next, under --watch. */
const CHECK_INTERVAL = 60

/** Shows a cluster at a glance, once or until Ctrl-C. @returns the exit code */
export async function status(playbook: string, flags: StatusFlags): Promise<number> {
  const { inventory, check, watch: seconds } = flags
  if (!inventory) {
    const hint = 'name it with -i: dr-play status -i inventory'
    throw new InputError(undefined, 'no inventory is given', hint)
  }
  const file = findPlaybook(playbook, packageDir, process.cwd())
  const access = await accessOf(flags)
  const vault = await openVault(flags)
  const fresh = () => hiding(vault, () => statusSite(file, { ...flags, inventory }, access, vault))
  const cluster = await fresh()
  const { signal: interrupted, release } = onInterrupt()
  const signal = AbortSignal.any([interrupted, unread(process.stdout)])
  const transport = new KeptConnections(transportFor(flags))
  const look = new ClusterLook(cluster, { ...flags, transport, signal, access, vault })
  const view = viewOf(process.stdout, flags)
  try {
    if (seconds !== undefined) {
      const show = (note?: string) => view.show(look.status, note)
      const checkEvery = check ? CHECK_INTERVAL : undefined
      await watch(look, { seconds, checkEvery, fresh, show, early: view.early, signal })
    }
    await look.look()
    if (check) await look.check()
    const { status } = look
    view.show(status)
    return status.exit
  } catch (error) {
    if (!signal.aborted) throw error
    return interrupted.aborted ? Exit.interrupted : look.status.exit
  } finally {
    view.end()
    release()
    await transport.close()
  }
}

/** Aborts when nobody reads any more what is written: `dr-play status --watch | head`. */
function unread(out: NodeJS.WriteStream): AbortSignal {
  const gone = new AbortController()
  out.once('error', () => gone.abort(new Interrupted()))
  return gone.signal
}
