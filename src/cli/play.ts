import { hostname, userInfo } from 'node:os'
import { InputError, InputErrors } from '../core/errors.js'
import type { Reporter } from '../core/event.js'
import { jsonReporter } from '../report/json.js'
import { plainReporter } from '../report/plain.js'
import type { TextOptions } from '../report/text.js'
import { resources } from '../resources/registry.js'
import { asks, run } from '../run/run.js'
import { findPlaybook } from '../site/files.js'
import type { Vault } from '../site/vault.js'
import { asker } from './ask.js'
import { type Access, accessOf } from './connection-flags.js'
import { messageLines } from './errors.js'
import { factCache } from './fact-cache.js'
import { parseExtraVars } from './extra-vars.js'
import { onInterrupt } from './interrupt.js'
import { listHosts, listTags, listTasks } from './listings.js'
import { packageDir } from './package-dir.js'
import { chosen, type PlayFlags } from './play-flags.js'
import { loadSite, type Site } from './site.js'
import { canDraw, hasColour } from './terminal.js'
import { transportFor } from './transport.js'
import { hiding, hidingReporter, openVault } from './vault.js'
import type { QueuedRun } from './queue.js'

const out = (text: string): void => void process.stdout.write(text)

/** Runs playbooks one after the other; the first that does not end well ends it. */
export async function play(playbooks: readonly string[], flags: PlayFlags): Promise<number> {
  if (!flags.inventory) {
    throw new InputError(
      undefined,
      'no inventory is given',
      'name it with -i: dr-play site.yml -i inventory',
    )
  }
  const listing = isListing(flags)
  if (flags.step && !listing) checkStep(flags)
  const found = playbooks.map((name) => findPlaybook(name, packageDir, process.cwd()))
  const queue = await queueOf(flags)
  const access = await accessOf(flags)
  const vault = await openVault(flags)
  const sites = await hiding(vault, () =>
    found.map((file) => {
      const queued = listing ? undefined : queue?.(access, vault)
      return { file, site: siteOf(file, flags, vault, access, queued), queued }
    }),
  )
  const idle = sites.flatMap(({ site: { nothing } }) => nothing ?? [])
  if (idle.length === sites.length) throw new InputErrors(idle)
  for (const { file, site } of sites) {
    if (flags.verbose && !listing) told(file, site, flags)
  }
  if (listing) {
    for (const { file, site } of sites) list(file, site, flags)
    return 0
  }
  let exit = 0
  for (const { file, site, queued } of sites) {
    if (site.nothing) {
      passOver(file, site.nothing)
      continue
    }
    const code = await perform(file, site, flags, vault, queued)
    if (code !== 0) exit = code
    if (code !== 0 && code !== 3) break
  }
  return exit
}

/** How the hosts of a run get to a queue's workers, where the flags want that; loaded only then. */
async function queueOf(flags: PlayFlags) {
  if (flags.queue === undefined) return undefined
  const { QueuedRun } = await import('./queue.js')
  QueuedRun.check(flags)
  return (access: Access, vault: Vault) => new QueuedRun(flags, access, vault)
}

function siteOf(
  file: string,
  flags: PlayFlags,
  vault: Vault,
  access: Access,
  queued: QueuedRun | undefined,
): Site {
  return loadSite(
    file,
    {
      ...chosen(flags),
      extraVars: parseExtraVars(flags.extraVars ?? [], vault, queued?.recording),
      ...(queued && { disk: queued.recording }),
      vault,
      canAsk: process.stdin.isTTY || isListing(flags),
      ...access,
    },
    resources,
    packageDir,
  )
}

async function perform(
  file: string,
  site: Site,
  flags: PlayFlags,
  vault: Vault,
  queued: QueuedRun | undefined,
): Promise<number> {
  const asking = Boolean(flags.step) || site.plays.some(asks)
  const { report, done } = await reporterOf(flags, asking)
  const { signal, interrupt, release } = onInterrupt()
  const holder = `${userInfo().username}@${hostname()}, pid ${process.pid}, since ${new Date().toISOString()}`
  let close: (() => Promise<void>) | undefined
  try {
    const told = hidingReporter(vault, report)
    const hands = await queued?.open(file, site, { report: told, signal, holder })
    close = () => hands?.close() ?? Promise.resolve()
    const exit = await run({
      playbook: file,
      plays: site.plays,
      files: site.files,
      variables: site.variables,
      hostNamed: site.hostNamed,
      delegateTo: site.delegateTo,
      selected: site.selected,
      modules: resources,
      become: { enabled: flags.become ?? false, user: flags.becomeUser },
      transport: transportFor(flags),
      report: told,
      hands,
      signal,
      ask: asker(signal, interrupt),
      step: flags.step,
      forks: flags.forks,
      factCache: factCache(process.env),
      holder,
    })
    await done()
    return exit
  } finally {
    await close?.()
    release()
  }
}

/** @throws InputError when --step cannot work */
function checkStep({ output }: PlayFlags): void {
  const at = { file: '--step', line: 1, col: 1 }
  if (!process.stdin.isTTY) {
    const hint = 'leave it out where nobody answers; --check shows what would be done'
    throw new InputError(at, 'it asks before each task, and there is no terminal to ask on', hint)
  }
  if (output === 'live') {
    throw new InputError(at, 'live rows would overwrite what it asks', 'leave -o out, or -o plain')
  }
}

async function reporterOf(
  flags: PlayFlags,
  asking: boolean,
): Promise<{ report: Reporter; done: () => Promise<void> }> {
  const options: TextOptions = {
    colour: hasColour(process.stdout),
    // Loaded only when it is asked for.
    diff: flags.diff ? (await import('../report/diff.js')).diffLines : undefined,
    verbose: flags.verbose ?? false,
  }
  const form =
    flags.output !== 'auto' ? flags.output : canDraw(process.stdout) && !asking ? 'live' : 'plain'
  const done = () => Promise.resolve()
  if (form === 'json') return { report: jsonReporter(out), done }
  if (form === 'plain') return { report: plainReporter(out, options), done }
  const { liveReporter } = await import('../report/live.js')
  return liveReporter(out, options)
}

function isListing(flags: PlayFlags): boolean {
  return Boolean(flags.listHosts ?? flags.listTasks ?? flags.listTags ?? flags.syntaxCheck)
}

function list(file: string, site: Site, flags: PlayFlags): void {
  out(`playbook: ${file}\n`)
  if (flags.listHosts) out(listHosts(site.plays))
  if (flags.listTasks) out(listTasks(site.plays))
  if (flags.listTags) out(listTags(site.plays))
}

/** Of several playbooks one may have nothing to do. */
function passOver(file: string, { message }: InputError): void {
  const warning = { message: `${file} is passed over: ${message}` }
  const lines = messageLines('warning', warning, process.stderr.isTTY)
  process.stderr.write(`${lines.join('\n')}\n`)
}

/** Which of the files that could have been taken was. To stderr: it is no result. */
function told(file: string, site: Site, flags: PlayFlags): void {
  const taken = [...site.files.taken].map(([name, path]) => `${name}: ${path}`)
  const lines = [`playbook: ${file}`, `inventory: ${flags.inventory?.join(', ')}`, ...taken]
  process.stderr.write(`${lines.join('\n')}\n`)
}
