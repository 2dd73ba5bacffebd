import { InputError, InputErrors, type Position } from '../core/errors.js'
import { didYouMean } from '../core/suggest.js'
import type { Finding } from '../lvs/lint.js'
import { findHost, type Inventory } from '../site/inventory.js'
import type { AnyResource } from '../core/resource.js'
import { Secret } from '../core/sh.js'
import { type ConnectionDefaults, targetOf } from '../run/connection.js'
import { HostRun } from '../run/host.js'
import { bringPlainly, type PlannedPlay, preflight } from '../run/preflight.js'
import { startAt } from '../run/start-at.js'
import { selects } from '../run/tags.js'
import { type Computed, Variables } from '../run/variables.js'
import { type Disk, machine } from '../site/disk.js'
import { Files } from '../site/files.js'
import type { LoadedInventory } from '../site/load-inventory.js'
import { loadInventory } from '../site/load-inventory.js'
import type { Play, Playbook, Task } from '../site/model.js'
import { applyLimit, matchPattern } from '../site/patterns.js'
import { loadPlaybook } from '../site/playbook.js'
import { attempt } from '../site/problems.js'
import { toBool } from '../site/python-values.js'
import { NotYet, Scope } from '../site/scope.js'
import type { Vars } from '../site/vars.js'
import type { Vault } from '../site/vault.js'
import { lvs } from './lvs-variable.js'
import { nothingToDo } from './nothing.js'
import { lintTopology, tells, TopologyError } from './topology.js'

/** What the command line asks for, as far as it decides what is done where. */
export interface Wanted {
  inventory: readonly string[]
  extraVars: Vars
  limit: string | undefined
  check: boolean
  checkHosts: string | undefined
  tags: readonly string[]
  skipTags: readonly string[]
  startAtTask?: string | undefined
  /** False: nobody is there to answer. */
  canAsk?: boolean
  become: { enabled: boolean; user: string | undefined }
  becomePassword: Secret | undefined
  connection: ConnectionDefaults
  /** What opens sealed files. */
  vault?: Vault
  /** Where files are read, and as seen from which folder: this machine's, unless told. */
  disk?: Disk
  cwd?: string
  /** It was loaded before, and found to be right. */
  proven?: true
}

/** A playbook with everything it needs, checked as far as this machine can. */
export interface Site {
  inventory: Inventory
  plays: PlannedPlay[]
  files: Files
  variables: Variables
  /** The run's record of a host of the inventory. @throws InputError when there is none */
  hostNamed: (name: string, at: Position) => HostRun
  /** The same for a connection of its own, as delegate_to needs it. */
  delegateTo: (name: string, at: Position) => HostRun
  /** Whether --tags and --skip-tags leave a task. */
  selected: (task: Task) => boolean
  /** Why no host has anything to do, if none has. */
  nothing: InputError | undefined
}

/** All that can be found out without a host. */
export interface Examined {
  /** Undefined when the input is too wrong to plan anything. */
  site: Site | undefined
  /** What is wrong with the input, beside what a finding says. */
  problems: InputError[]
  /** What is wrong, or doubtful, with the cluster. */
  findings: Finding[]
}

/**
 * Reads the playbook, its roles and the inventory, and works out what will be done on which
 * host.
 *
 * @throws InputErrors with everything that is wrong
 */
export function loadSite(
  playbook: string,
  wanted: Wanted,
  modules: ReadonlyMap<string, AnyResource>,
  packageDir: string,
): Site {
  const { site, problems, findings } = examineSite(playbook, wanted, modules, packageDir)
  const wrong = findings.filter(isError).map((finding) => new TopologyError(finding))
  if (!site || wrong.length > 0) throw new InputErrors([...problems, ...wrong])
  return site
}

/** The same, with what is doubtful too; nothing is thrown for wrong input. */
export function examineSite(
  playbook: string,
  wanted: Wanted,
  modules: ReadonlyMap<string, AnyResource>,
  packageDir: string,
): Examined {
  const { disk = machine, cwd = process.cwd() } = wanted
  const files = new Files(playbook, packageDir, cwd, wanted.vault, disk)
  const problems: InputError[] = []
  const { playbookDir } = files
  const loaded = attempt(problems, () =>
    loadInventory(wanted.inventory, { playbookDir, vault: wanted.vault, disk }),
  )
  const book = attempt(problems, () => loadPlaybook(playbook, files, modules, problems))
  if (!loaded || !book) return { site: undefined, problems, findings: [] }
  const [inventory = ''] = wanted.inventory
  const { extraVars } = wanted
  const judge = () => lintTopology({ loaded, book, extraVars, playbookDir, inventory })
  const findings = wanted.proven ? [] : (attempt(problems, judge) ?? [])
  // Of a wrong topology there is no table: what comes of that is said once, by the finding.
  const table = findings.some(isError) ? unknownTable : lvs
  const site =
    problems.length > 0
      ? undefined
      : attempt(problems, () => planSite(files, loaded, book, wanted, modules, table))
  if (site?.nothing) problems.push(site.nothing)
  const untold = problems.filter((problem) => !findings.some((each) => tells(each, problem)))
  return { site, problems: untold, findings }
}

const isError = ({ severity }: Finding) => severity === 'error'

const unknownTable: Computed = () => {
  throw new NotYet('lvs')
}

/** @throws InputErrors with everything that is wrong */
function planSite(
  files: Files,
  loaded: LoadedInventory,
  book: Playbook,
  wanted: Wanted,
  modules: ReadonlyMap<string, AnyResource>,
  table: Computed,
): Site {
  const problems: InputError[] = []
  const { inventory } = loaded
  const all = book.plays.map(({ hosts }) => {
    return attempt(problems, () => matchPattern(hosts.text, inventory, hosts.at)) ?? []
  })
  const names = limited(all, wanted.limit, inventory, files.disk, problems)
  const checked = attempt(problems, () => checkedHosts(wanted.checkHosts, names.flat(), inventory))
  if (problems.length > 0) throw new InputErrors(problems)

  const hosts = new Map<string, HostRun>()
  const variables = new Variables(
    loaded,
    hosts,
    wanted.extraVars,
    { lvs: table },
    files.playbookDir,
    new Map(book.plays.map((play, i) => [play, names[i]!])),
    (names, at) => files.vars(names, at),
    wanted.limit,
  )
  const hostRun = (name: string) => {
    const scope = variables.scope(name)
    const own = scope.has('check_mode') && toBool(scope.get('check_mode')) === true
    const check = wanted.check || own || (checked ?? []).includes(name)
    return new HostRun(name, targetOf(name, scope, wanted.connection), wanted.becomePassword, check)
  }
  const asked = book.plays.map(({ factsFrom }) => {
    if (!factsFrom) return []
    return (
      attempt(problems, () => matchPattern(factsFrom.text, loaded.inventory, factsFrom.at)) ?? []
    )
  })
  for (const name of new Set([...names, ...asked].flat())) {
    const host = attempt(problems, () => hostRun(name))
    if (host) hosts.set(name, host)
  }
  if (problems.length > 0) throw new InputErrors(problems)
  const selected = selects(wanted.tags, wanted.skipTags)
  const tagged = book.plays.map((play, i) => ({
    play,
    hosts: names[i]!.map((name) => hosts.get(name)!),
    tasks: play.tasks.filter(selected),
    factsFrom: asked[i]!.map((name) => hosts.get(name)!),
    serial: serialOf(play, wanted.extraVars),
  }))
  const plays = wanted.startAtTask === undefined ? tagged : startAt(tagged, wanted.startAtTask)
  const given = (host: string) => [...loaded.layers(host).map(({ vars }) => vars), wanted.extraVars]
  const { become, canAsk = true } = wanted
  const checkDelegate = (name: string, at: Position) => {
    if (findHost(loaded.inventory, name)) return
    const hint = didYouMean(name, loaded.inventory.hosts.keys(), 'list it in the inventory')
    throw new InputError(at, `"${name}" is no host of the inventory`, hint)
  }
  const options = { files, modules, variables, selected, become, canAsk, checkDelegate }
  if (wanted.proven) bringPlainly(plays)
  else preflight(plays, options, given)
  const hostNamed = (name: string, at: Position) => {
    checkDelegate(name, at)
    const host = hosts.get(name) ?? hostRun(name)
    hosts.set(name, host)
    return host
  }
  const delegateTo = (name: string, at: Position) => hostRun(hostNamed(name, at).name)
  const unlimited = [...new Set(all.flat())]
  return {
    ...{ inventory, plays, files, variables, selected },
    ...{ hostNamed, delegateTo },
    nothing: nothingToDo({ inventory, plays, unlimited, selected }, wanted),
  }
}

/** The hosts of the plays that --limit leaves. */
function limited(
  all: readonly string[][],
  limit: string | undefined,
  inventory: Inventory,
  disk: Disk,
  problems: InputError[],
): readonly string[][] {
  if (limit === undefined) return all
  const text = (path: string) => disk.bytes(path).toString('utf8')
  const left = (hosts: string[]) => applyLimit(hosts, limit, inventory, text)
  return all.map((hosts) => attempt(problems, () => left(hosts)) ?? [])
}

/** @throws InputError where --check-hosts means none: the run would change what it should check */
function checkedHosts(
  pattern: string | undefined,
  hosts: readonly string[],
  inventory: Inventory,
): string[] {
  if (pattern === undefined) return []
  const at = { file: '--check-hosts', line: 1, col: 1 }
  const checked = matchPattern(pattern, inventory, at)
  if (hosts.length === 0 || checked.some((host) => hosts.includes(host))) return checked
  const hint = 'all hosts would be changed; --list-hosts lists those of the plays'
  throw new InputError(at, `"${pattern}" means no host of the plays`, hint)
}

/** What a play is cut into; it concerns no host alone, so no host's variables count. */
function serialOf(play: Play, extra: Vars): (number | string)[] {
  const scope = new Scope([{ vars: play.vars }, { vars: extra }], new Map())
  return play.serial.flatMap((size) => {
    const rendered = scope.render(size, play.serialAt)
    if (/^\d+%?$/.test(String(rendered))) return String(rendered)
    throw new InputError(
      play.serialAt,
      `serial cannot be ${JSON.stringify(rendered)}`,
      'a number of hosts, or 30%',
    )
  })
}
