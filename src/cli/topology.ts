import { InputError, InputErrors, type Position, where } from '../core/errors.js'
import { type Finding, lintCluster, lintVariables } from '../lvs/lint.js'
import type { Cluster, Member, Setting } from '../lvs/lint-model.js'
import { Variables } from '../run/variables.js'
import { findHost, hostsOf } from '../site/inventory.js'
import type { LoadedInventory } from '../site/load-inventory.js'
import type { Play, Playbook, RoleUse } from '../site/model.js'
import { matchPattern } from '../site/patterns.js'
import { NotYet, type Scope } from '../site/scope.js'
import type { Vars } from '../site/vars.js'
import { Missing } from '../site/view.js'

type RoleName = 'director' | 'realserver'

/** What the directors' table takes of a real server: not what a play says to it. */
const IN_TABLE: readonly string[] = [
  'rip',
  'ansible_host',
  'weight',
  'forwarding',
  'upper_threshold',
  'lower_threshold',
]

/** An error of the topology as one of the input; it keeps its rule. */
export class TopologyError extends InputError {
  constructor(readonly finding: Finding) {
    super(finding.at, `${finding.message} [${finding.rule}]`, finding.hint)
  }
}

/** Whether a finding says, and better, what an error of loading or preflight says too. */
export function tells(
  { severity, about, at: place }: Finding,
  { at, message }: InputError,
): boolean {
  if (severity !== 'error') return false
  const samePlace = at !== undefined && place !== undefined && where(at) === where(place)
  return (
    (samePlace && message.startsWith(`"${about}" of role `)) ||
    message.startsWith(`"${about}" is no host and no group`) ||
    new RegExp(`^role "\\S+" needs "${about}"`).test(message)
  )
}

/** Where the cluster's variables come from. */
export interface TopologySource {
  loaded: LoadedInventory
  book: Playbook
  extraVars: Vars
  playbookDir: string
  /** The first of the inventories. */
  inventory: string
}

/**
 * What is wrong with the cluster that an inventory describes, --limit or not. A playbook that
 * uses neither of the roles does not set it up: all that is wrong is no more than a warning
 * then, and nothing at all where the inventory has no such groups.
 */
export function lintTopology(source: TopologySource): Finding[] {
  const cluster = new Reader(source).cluster()
  if (cluster.roles.size > 0) return lintCluster(cluster)
  if (cluster.directors.length === 0 || cluster.realServers.length === 0) return []
  return lintCluster(cluster).map((finding) => ({ ...finding, severity: 'warning' }))
}

/** A role as a play uses it, on these hosts. */
interface Use {
  play: Play
  use: RoleUse
  hosts: readonly string[]
}

class Reader {
  readonly #variables: Variables
  readonly #uses: Use[]
  readonly #defaults: ReadonlySet<Position>

  constructor(private readonly source: TopologySource) {
    const { loaded, book, extraVars, playbookDir } = source
    this.#variables = new Variables(loaded, new Map(), extraVars, {}, playbookDir, new Map())
    this.#uses = book.plays.flatMap((play) =>
      play.roles.map((use) => ({ play, use, hosts: this.#hostsOf(play) })),
    )
    const roles = this.#uses.map(({ use }) => use.role)
    const defaults = roles.flatMap((role) => [...role.defaults.values()])
    this.#defaults = new Set(defaults.map(({ at }) => at))
  }

  cluster(): Cluster {
    const { inventory } = this.source.loaded
    const groups = [...inventory.groups.values()].map(({ name, at }) => ({
      name,
      at,
      hosts: hostsOf(inventory, name),
    }))
    return {
      at: { file: this.source.inventory, line: 1, col: 1 },
      groups,
      directors: this.#members('director', []),
      realServers: this.#members('realserver', IN_TABLE),
      roles: new Set(
        this.#uses
          .map(({ use }) => use.role.name)
          .filter((name) => name === 'director' || name === 'realserver'),
      ),
    }
  }

  /** The hosts of the group; without it those that get the role. */
  #members(role: RoleName, plain: readonly string[]): Member[] {
    const { inventory } = this.source.loaded
    const uses = this.#uses.filter(({ use }) => use.role.name === role)
    const inGroup = inventory.groups.has(role) ? hostsOf(inventory, role) : []
    const names = inGroup.length > 0 ? inGroup : uses.flatMap(({ hosts }) => hosts)
    return [...new Set(names)].flatMap((name) => {
      const host = findHost(inventory, name)
      if (!host) return []
      const scope = this.#variables.scope(name)
      const own = uses.find(({ hosts }) => hosts.includes(name))
      const inRole = own
        ? this.#variables.scope(name, own.play, own.use.role).within(own.use.vars)
        : scope
      const settings = lintVariables.flatMap((variable) => {
        const from = plain.includes(variable) ? scope : inRole
        const setting = this.#setting(variable, from, host.at)
        return setting ? [[variable, setting] as const] : []
      })
      return [{ name, at: host.at, settings: new Map(settings) }]
    })
  }

  #setting(variable: string, scope: Scope, host: Position): Setting | undefined {
    if (!scope.has(variable)) return undefined
    const at = scope.find(variable)?.at
    return {
      variable,
      value: valueOf(variable, scope),
      // What dr-play itself sets, ansible_host, comes from the host's name.
      at: !at || at.file === 'dr-play' ? host : at,
      ...(at && this.#defaults.has(at) && { byDefault: true as const }),
    }
  }

  #hostsOf(play: Play): string[] {
    try {
      return matchPattern(play.hosts.text, this.source.loaded.inventory, play.hosts.at)
    } catch (error) {
      if (isInput(error)) return [] // Said by whoever runs the play.
      throw error
    }
  }
}

/** Undefined for what only the host can tell, or what is wrong in itself. */
function valueOf(variable: string, scope: Scope): unknown {
  try {
    return scope.get(variable)
  } catch (error) {
    if (error instanceof NotYet || error instanceof Missing || isInput(error)) return undefined
    throw error
  }
}

function isInput(error: unknown): boolean {
  return error instanceof InputError || error instanceof InputErrors
}
