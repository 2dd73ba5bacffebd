import { InputError, type Position, where } from '../core/errors.js'
import { toText } from './python-values.js'
import type { Group, Host, Inventory } from './inventory.js'
import type { Var } from './vars.js'

interface DraftHost extends Host {
  groups: string[]
  vars: Map<string, Var>
}

interface DraftGroup {
  name: string
  hosts: Set<string>
  children: Set<string>
  vars: Map<string, Var>
  priority: number
  at: Position
}

const NOWHERE: Position = { file: '(built in)', line: 1, col: 1 }

/** Gathers what the sources of an inventory say, one after the other, and all their errors. */
export class InventoryBuilder {
  readonly errors: InputError[] = []
  readonly #hosts = new Map<string, DraftHost>()
  readonly #groups = new Map<string, DraftGroup>()

  constructor() {
    this.group('all', NOWHERE)
    this.group('ungrouped', NOWHERE)
    this.child('all', 'ungrouped', NOWHERE)
  }

  hasGroup(name: string): boolean {
    return this.#groups.has(name)
  }

  groupNames(): string[] {
    return [...this.#groups.keys()]
  }

  group(name: string, at: Position): void {
    if (this.#groups.has(name)) return
    const parts = { hosts: new Set<string>(), children: new Set<string>(), vars: new Map() }
    this.#groups.set(name, { name, at, priority: 1, ...parts })
  }

  /** Puts a host, new or known, into a group that exists. */
  host(name: string, group: string, at: Position, port?: number): void {
    const host = this.#hosts.get(name)
    if (host === undefined) this.#newHost(name, at, port)
    else if (port !== undefined && port !== host.port) this.#latePort(host, port, at)
    this.#groups.get(group)!.hosts.add(name)
  }

  #newHost(name: string, at: Position, port: number | undefined): void {
    const host: DraftHost = { name, at, groups: [], vars: new Map() }
    if (port !== undefined) {
      host.port = port
      host.vars.set('ansible_port', { value: port, at })
    }
    this.#hosts.set(name, host)
  }

  /** Ansible goes by the first mention, and drops what a later one says without a word. */
  #latePort({ name, at: first }: Host, port: number, at: Position): void {
    const hint = `write the port where the host is named first, at ${where(first)}, or set ansible_port`
    this.errors.push(
      new InputError(at, `"${name}" is known already, and not with port ${port}`, hint),
    )
  }

  /** Puts a group into another; both exist. */
  child(parent: string, child: string, at: Position): void {
    if (child === 'all' || this.#isBelow(child, parent)) {
      const why =
        parent === child
          ? `group "${child}" cannot be its own child`
          : `group "${child}" already holds "${parent}", so it cannot be its child`
      this.errors.push(new InputError(at, why, 'take one of the two out of the circle'))
      return
    }
    this.#groups.get(parent)!.children.add(child)
  }

  hostVar(host: string, name: string, value: unknown, at: Position): void {
    this.#hosts.get(host)!.vars.set(name, { value, at })
  }

  groupVar(group: string, name: string, value: unknown, at: Position): void {
    const draft = this.#groups.get(group)!
    if (name !== 'ansible_group_priority') {
      draft.vars.set(name, { value, at })
    } else if (/^-?\d+$/.test(toText(value))) {
      draft.priority = Number(value)
    } else {
      const message = `ansible_group_priority must be a whole number, not ${JSON.stringify(value)}`
      const hint =
        'of two groups of a host, the variables of the higher one win; without it, it is 1'
      this.errors.push(new InputError(at, message, hint))
    }
  }

  /** Every parentless group joins `all`, every host without a group joins `ungrouped`. */
  build(): Inventory {
    this.#adoptGroups()
    this.#adoptHosts()
    for (const group of this.#groups.values()) {
      for (const name of group.hosts) this.#hosts.get(name)!.groups.push(group.name)
    }
    const groups = new Map<string, Group>()
    for (const draft of this.#groups.values()) {
      groups.set(draft.name, {
        ...draft,
        hosts: [...draft.hosts],
        children: [...draft.children],
      })
    }
    return { hosts: new Map(this.#hosts), groups }
  }

  #adoptGroups(): void {
    const adopted = new Set([...this.#groups.values()].flatMap(({ children }) => [...children]))
    const all = this.#groups.get('all')!
    for (const name of this.#groups.keys()) {
      if (name !== 'all' && !adopted.has(name)) all.children.add(name)
    }
  }

  #adoptHosts(): void {
    const grouped = new Set<string>()
    for (const { name, hosts } of this.#groups.values()) {
      if (name !== 'all' && name !== 'ungrouped') for (const host of hosts) grouped.add(host)
    }
    const ungrouped = this.#groups.get('ungrouped')!.hosts
    for (const name of this.#hosts.keys()) {
      if (grouped.has(name)) ungrouped.delete(name)
      else ungrouped.add(name)
    }
  }

  #isBelow(top: string, name: string): boolean {
    if (top === name) return true
    return [...(this.#groups.get(top)?.children ?? [])].some((child) => this.#isBelow(child, name))
  }
}
