import { hostname } from 'node:os'
import { TaskFailed } from '../core/errors.js'
import { unpack } from '../queue/bundle.js'
import type { Site } from '../queue/shard.js'
import { work } from '../queue/worker.js'
import { resources } from '../resources/registry.js'
import { Vault } from '../site/vault.js'
import { parseExtraVars } from './extra-vars.js'
import { messageLines } from './errors.js'
import { factCache } from './fact-cache.js'
import { onInterrupt } from './interrupt.js'
import { packageVersion } from './package-dir.js'
import type { Given } from './queue.js'
import { queueAccess } from './queue-access.js'
import type { QueueFlags } from './queue-flags.js'
import { loadSite } from './site.js'
import { hasColour } from './terminal.js'
import { transportFor } from './transport.js'
import { hidingReporter } from './vault.js'

export interface WorkerFlags extends QueueFlags {
  privateKey?: string
  knownHosts?: string
}

/** Works for the runs of a queue until it is told to leave. @returns the exit code */
export async function worker(flags: WorkerFlags): Promise<number> {
  const { address, seal } = queueAccess(flags)
  const name = `${hostname()}-${process.pid}`
  const say = (line: string) => void process.stderr.write(`${line}\n`)
  const { signal, release } = onInterrupt()
  signal.addEventListener('abort', () => say('leaving: what was begun is brought to its end'))
  try {
    const why = await work({
      ...{ address, seal, name, say, leaving: signal, version: packageVersion() },
      load: (bundle, run) => siteOf(bundle, run, name, flags),
    })
    if (!why) return 0
    for (const line of messageLines('error', why, hasColour(process.stderr))) say(line)
    return 1
  } finally {
    release()
  }
}

/** The run as its own process read it, with this worker's keys. */
function siteOf(bundle: Buffer, run: string, name: string, flags: WorkerFlags): Site {
  const { disk, given } = unpack(bundle)
  const { playbook, packageDir, extraVars, wanted, vault: passwords, ...sent } = given as Given
  const vault = new Vault(passwords)
  const { connection } = wanted
  const privateKeyFile = flags.privateKey ?? connection.privateKeyFile
  const site = loadSite(
    playbook,
    {
      ...wanted,
      connection: { ...connection, privateKeyFile },
      extraVars: parseExtraVars(extraVars, vault, disk),
      ...{ vault, disk, proven: true },
    },
    resources,
    packageDir,
  )
  const { hostKeyChecking, timeout } = sent.transport
  const knownHosts = flags.knownHosts === undefined ? {} : { knownHosts: flags.knownHosts }
  const mark = `run ${run}`
  return {
    ...site,
    playbook,
    modules: resources,
    become: wanted.become,
    transport: transportFor({ hostKeyChecking, timeout, ...knownHosts }),
    forks: sent.forks,
    factCache: factCache(process.env),
    holder: `${sent.holder}, ${mark}, worker ${name}`,
    run: mark,
    ask: (question) => {
      throw new TaskFailed(`${question}a worker cannot ask anybody`)
    },
    hiding: (report) => hidingReporter(vault, report),
  }
}
