import type { Position } from '../core/errors.js'
import type { Condition, Play, Role } from '../site/model.js'
import { groupsOf, hostsOf } from '../site/inventory.js'
import type { LoadedInventory } from '../site/load-inventory.js'
import type { Names } from '../site/names.js'
import { type Layer, NotYet, Scope } from '../site/scope.js'
import type { Vars } from '../site/vars.js'
import { rootView } from '../site/view.js'
import { factNames } from '../core/facts.js'
import type { HostRun } from './host.js'

/** What a computed variable may look at, beside the asking host's own variables. */
export interface Around {
  /** Whether a host failed, or could not be reached, in this run. */
  failed(host: string): boolean
  /** The hosts of a group; none when there is no such group. */
  hostsIn(group: string): readonly string[]
  /** The variables of another host. */
  of(host: string): Names
}

/** A variable that is worked out from others, such as `lvs`. */
export type Computed = (names: Names, around: Around) => unknown

/** Of what no file says: facts, results, set_fact. */
export const nowhere = { file: 'dr-play', line: 1, col: 1 }
const factVariables = new Set(['ansible_facts', ...factNames.map((name) => `ansible_${name}`)])

/**
 * Builds scopes: the layers of variables from weak to strong, as docs/playbooks.md lists
 * them. Scopes are kept until something new is known of their host.
 */
export class Variables {
  /** By host, and by the place there. */
  readonly #scopes = new Map<string, Map<string, { version: number; scope: Scope }>>()
  readonly #inventoryLayers = new Map<string, Layer[]>()
  #elsewhere: ReadonlySet<string> | undefined
  readonly #groups: Readonly<Record<string, readonly string[]>>

  constructor(
    private readonly loaded: LoadedInventory,
    private readonly hosts: ReadonlyMap<string, HostRun>,
    private readonly extra: Vars,
    private readonly computed: Readonly<Record<string, Computed>>,
    private readonly playbookDir: string,
    private readonly playHosts: ReadonlyMap<Play, readonly string[]> = new Map(),
    private readonly readVars: (names: readonly string[], at: Position) => Vars = () => new Map(),
    private readonly limit?: string,
  ) {
    const { inventory } = loaded
    this.#groups = Object.fromEntries(
      [...inventory.groups.keys()].map((group) => [group, hostsOf(inventory, group)]),
    )
  }

  /** What tasks may set on hosts that no play is for, while the run is only thought through. */
  expectElsewhere(names: ReadonlySet<string> | undefined): void {
    this.#elsewhere = names
    this.#scopes.clear()
  }

  /** What the run knows of a host; it has none of a host that no play and no task is for. */
  host(name: string): HostRun | undefined {
    return this.hosts.get(name)
  }

  /** What a host sees at a place of a play; outside of plays, what `hostvars` shows of it. */
  scope(host: string, play?: Play, role?: Role): Scope {
    const key = `${play ? `${play.at.file}:${play.at.line}` : ''}\0${role?.dir ?? ''}`
    const version = this.hosts.get(host)?.version ?? 0
    const own = this.#scopes.get(host) ?? new Map<string, { version: number; scope: Scope }>()
    const known = own.get(key)
    if (known?.version === version) return known.scope
    const scope = this.#build(host, play, role)
    this.#scopes.set(host, own.set(key, { version, scope }))
    return scope
  }

  /** Lets go of what was worked out for a host that waits, or is through. */
  forget(host: string): void {
    this.#scopes.delete(host)
  }

  #build(host: string, play: Play | undefined, role: Role | undefined): Scope {
    const run = this.hosts.get(host)
    const expected = run ? run.expected : this.#elsewhere
    const family = run?.shown?.os_family as string | undefined
    const uses = new Set((play?.roles ?? []).map((use) => use.role))
    const roles = [...[...uses].filter((other) => other !== role), ...(role ? [role] : [])]
    const none: Vars = new Map()
    const layers: Layer[] = [
      { ...data({ ansible_host: host }), source: 'what dr-play falls back to' },
      ...roles.map(({ name, defaults }) => ({
        vars: defaults,
        source: `defaults of role "${name}"`,
      })),
      ...roles.map(({ name, familyDefaults }) => ({
        source: `defaults of role "${name}" for the host's OS family`,
        ...(family === undefined
          ? { vars: none, pending: namesOf(familyDefaults) }
          : { vars: familyDefaults.get(family) ?? none }),
      })),
      ...this.#layersOf(host),
      {
        source: 'facts of the host',
        ...(run?.shown ? factLayer(run.shown) : { vars: none }),
        ...(run?.facts ? {} : { pending: factVariables }),
      },
      { vars: play?.vars ?? none, source: 'vars of the play' },
    ]
    const top: Layer[] = [
      {
        source: 'the result of a task',
        vars: run?.registered ?? none,
        data: true,
        ...(expected && { pending: expected }),
      },
      { vars: this.extra, source: '-e' },
    ]
    const magic = this.#magic(host, play, role, () => scope)
    for (const names of play?.varsFiles ?? []) {
      layers.push(this.#varsFile(names, new Scope([...layers], magic, top)))
    }
    for (const { name, vars } of roles) layers.push({ vars, source: `vars of role "${name}"` })
    const scope: Scope = new Scope(layers, magic, top)
    return scope
  }

  /** A file whose name only the host can tell may set any name at all. */
  #varsFile(files: readonly Condition[], scope: Scope): Layer {
    const [first] = files
    if (!first) return { vars: new Map() }
    try {
      const names = files.map(({ text, at }) => String(scope.render(text, at)))
      return { vars: this.readVars(names, first.at), source: names.join(' or ') }
    } catch (error) {
      if (error instanceof NotYet) return { vars: new Map(), pending: { has: () => true } }
      throw error
    }
  }

  #layersOf(host: string): Layer[] {
    let layers = this.#inventoryLayers.get(host)
    if (!layers) {
      layers = this.loaded.layers(host)
      this.#inventoryLayers.set(host, layers)
    }
    return layers
  }

  #magic(host: string, play: Play | undefined, role: Role | undefined, scope: () => Scope) {
    const { inventory } = this.loaded
    // Worked out when asked for: a list of thousands for each of thousands would be millions.
    const playHosts = () => (play && this.playHosts.get(play)) ?? [...this.hosts.keys()]
    const failed = (name: string) => this.hosts.get(name)?.failed !== undefined
    const around: Around = {
      failed,
      hostsIn: (group) => this.#groups[group] ?? [],
      of: (name) => this.scope(name),
    }
    return new Map<string, () => unknown>([
      ['inventory_hostname', () => host],
      ['inventory_hostname_short', () => host.split('.')[0]],
      [
        'group_names',
        () =>
          groupsOf(inventory, host)
            .filter((group) => group !== 'all')
            .sort(),
      ],
      ['groups', () => this.#groups],
      ['hostvars', () => this.#hostvars()],
      ['play_hosts', playHosts],
      ['ansible_play_hosts', () => playHosts().filter((name) => !failed(name))],
      ['ansible_check_mode', () => this.hosts.get(host)?.check ?? false],
      ['ansible_play_name', () => play?.name ?? ''],
      ['playbook_dir', () => this.playbookDir],
      ...(this.limit === undefined ? [] : [['ansible_limit', () => this.limit] as const]),
      ['role_name', () => role?.name ?? ''],
      ['role_path', () => role?.dir ?? ''],
      ...Object.entries(this.computed).map(([name, compute]) => {
        return [name, () => compute(scope(), around)] as const
      }),
    ])
  }

  /** The variables of every host of the inventory, built for those that are asked for. */
  #hostvars(): object {
    const { hosts } = this.loaded.inventory
    const view = (name: string) => rootView(this.scope(name))
    return rootView({
      get: view,
      has: (name) => hosts.has(name),
      names: () => hosts.keys(),
    })
  }
}

function namesOf(families: ReadonlyMap<string, Vars>): Set<string> {
  return new Set([...families.values()].flatMap((vars) => [...vars.keys()]))
}

function factLayer(facts: object): Layer {
  const named = Object.entries(facts).map(([name, value]) => [`ansible_${name}`, value as unknown])
  return data({ ...(Object.fromEntries(named) as object), ansible_facts: facts })
}

function data(values: object): Layer {
  const vars = Object.entries(values).map(([name, value]) => {
    return [name, { value: value as unknown, at: nowhere }] as const
  })
  return { vars: new Map(vars), data: true }
}
