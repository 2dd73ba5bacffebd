import { DrPlayError } from '../core/errors.js'
import { lines, sh } from '../core/sh.js'
import { base, identity } from './flavor/base.js'
import type { Identity } from './flavor/base.js'
import { debian, debianHost } from './flavor/debian.js'
import { el, elHost } from './flavor/el/el.js'
import { systemd, systemdMachine } from './flavor/systemd.js'
import { bootOf, folderOf, isMachine } from './hosts/boot.js'
import { minimalInit, systemdInit } from './hosts/init.js'
import { SUPERVISOR } from './hosts/supervisor.js'
import { INSIDE } from './keeper.js'
import type { Keeper } from './keeper.js'
import { hidden } from './mask.js'
import type { LabHost, Plan } from './spec.js'
import { write } from './tree.js'
import type { Tree } from './tree.js'

/** What all hosts of the lab have over the machine's own files. */
function dress(plan: Plan): Tree {
  const init = plan.systemd ? { ...systemd(), ...systemdInit() } : minimalInit()
  return { ...base(), ...(plan.flavor === 'el' ? el() : debian()), ...init }
}

/** What one host starts with on top of that. */
function own(plan: Plan, host: LabHost, who: Identity): Tree {
  const settings = plan.flavor === 'el' ? elHost(host) : debianHost(host)
  const tree = { ...identity(host, who), ...settings }
  if (!isMachine(plan, host)) return tree
  const reboot = plan.systemd ? systemdMachine() : {}
  return { ...tree, ...reboot, 'usr/lib/modules': { link: 'uml/modules' } }
}

/** Writes the layers of the hosts' file systems, and the scripts that boot them. */
export async function makeLayers(
  keeper: Keeper,
  plan: Plan,
  identities: ReadonlyMap<string, Identity>,
): Promise<void> {
  await write(keeper.path(`${INSIDE}/layers/dress`), dress(plan))
  await write(keeper.path(INSIDE), { supervisor: SUPERVISOR })
  for (const host of plan.hosts) {
    const folder = keeper.path(folderOf(host))
    const { boot, enter } = bootOf(plan, host)
    await write(folder, {
      boot: boot.text,
      enter: enter.text,
      work: { dir: 0o755 },
      root: { dir: 0o755 },
    })
    await write(`${folder}/upper`, own(plan, host, identities.get(host.name)!))
  }
  const { status, stderr } = await keeper.inside(whiteouts(hidden(plan.flavor)))
  if (status !== 0) throw new DrPlayError(`the lab cannot hide files of the machine's: ${stderr}`)
}

/** Marks paths as deleted, in the way that overlayfs does it itself. */
function whiteouts(paths: readonly string[]): string {
  const mask = `${INSIDE}/layers/mask`
  return lines([
    sh`mkdir -p ${mask} && cd ${mask} || exit`,
    sh`for path in ${paths}; do
  mkdir -p "$(dirname "$path")"
  mknod "$path" c 0 0 || exit
done`,
  ]).text
}
