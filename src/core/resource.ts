import type { Sh } from './sh.js'

/** JSON Schema (2020-12). Every property carries a `description`: docs are made of them. */
export type Schema = Readonly<Record<string, unknown>>

/** A file's text before and after, for --diff. */
export interface Diff {
  path: string
  before: string
  after: string
}

/** One act still missing on a host, and how to do it. */
export interface Change {
  /** One line, as the operator reads it: `net.ipv4.ip_forward: 0 -> 1`. */
  summary: string
  /** Exits non-zero, with the reason on stderr, when it could not be done. */
  run: Sh
  diff?: Diff
  /** What it prints may quote what a vault had: it is not kept. */
  sealed?: boolean
  /**
   * A wait alters nothing on the host: it is never drift. A check run that planned nothing
   * before it says that it is not so; of one that only a `real run` can tell it says nothing.
   */
  wait?: true | 'real run'
  /** It starts what it manages, which then has read all that was written before. */
  renews?: true
  /** Bytes that must be on the host, at this path, before `run`; too large for a script. */
  upload?: { path: string; content: Uint8Array }
}

/** What a file of the site holds; of a `sealed` one, which a vault had, nothing may be shown. */
export interface Source {
  bytes: Uint8Array
  sealed: boolean
}

/** What a resource may ask of the site while it turns arguments into a want. */
export interface Context {
  /** A template, rendered, found beside the playbook, in the role or the package. */
  template(name: string): Source
  /** A file, found likewise. */
  file(name: string): Source
  /** The value of a `when`-style expression. */
  evaluate(expression: string): unknown
  /** A host fact, by its name without `ansible_`: os_family, service_mgr, pkg_mgr ... */
  fact(name: string): unknown
}

/** How a task's act ended, as `register` keeps it. */
export type Result = Readonly<Record<string, unknown>>

/**
 * One module. It never does I/O: it describes a read-only probe, reads what that printed,
 * and computes the changes still missing. An empty plan means: in state.
 *
 * Args are the task's arguments as checked by the schema; Want is what they ask for; Have
 * is what the host has.
 */
export interface Resource<Args, Want, Have> {
  /** The key in the playbook's YAML. */
  readonly type: string
  /** One sentence for --help and the docs. */
  readonly about: string
  readonly schema: Schema
  /** For `command: uptime`: the argument that a bare string stands for. */
  readonly shorthand?: string
  /** For `command: touch x creates=x`: the arguments that may stand in that string. */
  readonly inline?: readonly string[]
  /** What it manages, where other modules manage the same things: file. */
  readonly manages?: string
  /** Its changes may alter what any later task's probe saw, so those are probed again. */
  readonly disturbs?: boolean
  /** Its result's `ansible_facts` are learnt, as facts of the host; it looks when all before it is done. */
  readonly gathers?: boolean
  /** @throws TaskFailed when the arguments cannot be met. */
  want(args: Args, context: Context): Want
  /** Names what is managed: two tasks of one play with one key and different wants clash. */
  key(want: Want): string
  /**
   * Reads the state of ALL wants at once. Read-only; its status is 0: absence is data. Probes
   * share a shell, so it does not `exit`, and leaves folder, options and IFS as they are.
   */
  probe(wants: readonly Want[]): Sh
  /** One Have a want, in order, from what the probe printed. */
  read(stdout: string, wants: readonly Want[]): Have[]
  /** @throws TaskFailed when no change can bring the host into the wanted state. */
  plan(want: Want, have: Have): Change[]
  /** What must hold once the plan was applied, where that is not the want itself. */
  settled?(want: Want): Want | undefined
  /** Whether all it asks for is that what it manages is started or read anew. */
  renews?(want: Want): boolean
  /**
   * What `register` keeps beside changed, failed, stdout, stderr and rc.
   *
   * @param stdout of the last change, where something was changed
   */
  result?(want: Want, have: Have, stdout?: string): Result
}

/** A resource whose type parameters are nobody's business but its own. */
export type AnyResource = Resource<unknown, unknown, unknown>
