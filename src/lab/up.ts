import { DrPlayError, Interrupted } from '../core/errors.js'
import { makeLayers } from './layers.js'
import { Keeper } from './keeper.js'
import { chooseKernel, loadIpvs } from './kernel.js'
import { makeKeys } from './keys.js'
import { down, Lab } from './lab.js'
import { makeNetwork } from './network.js'
import { whyNot } from './needs.js'
import { missingPackages } from './packages.js'
import { layOut } from './spec.js'
import type { DirectorKernel, LabSpec, Layout, Plan } from './spec.js'
import { create, pathsOf, save } from './state.js'
import { type PreloadMode, prepareUml } from './uml/prepare.js'

export interface UpOptions {
  /** When the library goes in front of User Mode Linux; by a trial when left out. */
  preload?: PreloadMode | undefined
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
  const layout = layOut(spec)
  const kernel = checkMachine(layout)
  const plan = { ...layout, kernel, ...(await prepareKernel(kernel, options)) }
  create(plan)
  try {
    return await make(plan, options)
  } catch (error) {
    if (options.signal?.aborted) options.log?.('interrupted; clearing the lab away')
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

/** What the directors' kernel needs before one boots. */
async function prepareKernel(
  kernel: DirectorKernel,
  { preload = 'auto', log = () => undefined, signal }: UpOptions,
): Promise<Pick<Plan, 'preload'>> {
  if (kernel === 'uml') return { preload: await prepareUml(preload, log, signal) }
  loadIpvs(log)
  return {}
}

function checkMachine({ systemd, ...layout }: Layout): DirectorKernel {
  const reason = whyNot(undefined, layout.kernel)
  if (reason !== undefined) throw new DrPlayError(reason)
  const kernel = chooseKernel(layout.kernel)
  const missing = missingPackages({ systemd, kernel })
  if (missing.length > 0) {
    throw new DrPlayError(
      `the lab needs Debian packages that are missing: ${missing.join(' ')}`,
      `apt-get install ${missing.join(' ')}`,
    )
  }
  return kernel
}
