import { DrPlayError, Interrupted } from '../core/errors.js'
import { makeLayers } from './layers.js'
import { Keeper } from './keeper.js'
import { makeKeys } from './keys.js'
import { down, Lab } from './lab.js'
import { makeNetwork } from './network.js'
import { missingPackages, whyNot } from './needs.js'
import { plan as planLab } from './spec.js'
import type { LabSpec, Plan } from './spec.js'
import { create, pathsOf, save } from './state.js'

export interface UpOptions {
  /** Told what is being done, a line at a time. */
  log?: (line: string) => void
  signal?: AbortSignal
}

/**
 * Makes a lab and boots its hosts. Resolves when every host's sshd answers; when that fails,
 * or the signal aborts, nothing is left.
 *
 * @throws DrPlayError, Interrupted
 */
export async function up(spec: LabSpec, options: UpOptions = {}): Promise<Lab> {
  const plan = planLab(spec)
  checkMachine(plan)
  create(plan)
  try {
    return await make(plan, options)
  } catch (error) {
    await down(plan.name)
    throw options.signal?.aborted ? new Interrupted() : error
  }
}

async function make(plan: Plan, { log = () => undefined, signal }: UpOptions): Promise<Lab> {
  log(`making the lab "${plan.name}"`)
  const [keeper, identities] = await Promise.all([
    Keeper.start(pathsOf(plan.name).log, (id) => save({ plan, keeper: id })),
    makeKeys(plan, signal),
  ])
  await makeLayers(keeper, plan, identities)
  const network = await keeper.inside(makeNetwork(plan).text, [], { signal })
  if (network.status !== 0) throw new DrPlayError(`the lab has no network: ${network.stderr}`)
  const lab = new Lab(plan, keeper)
  log(`booting ${plan.hosts.map((host) => host.name).join(', ')}`)
  for (const host of plan.hosts) await lab.startHost(host.name)
  await lab.ready(plan.hosts, signal)
  return lab
}

function checkMachine(plan: Plan): void {
  const reason = whyNot()
  if (reason !== undefined) throw new DrPlayError(reason)
  const missing = missingPackages(plan)
  if (missing.length > 0) {
    throw new DrPlayError(
      `the lab needs Debian packages that are missing: ${missing.join(' ')}`,
      `apt-get install ${missing.join(' ')}`,
    )
  }
}
