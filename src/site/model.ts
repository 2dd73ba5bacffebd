import type { Position } from '../core/errors.js'
import type { Schema } from '../core/resource.js'
import type { Vars } from './vars.js'

/** A `when`-style expression as written, and where. */
export interface Condition {
  text: string
  at: Position
}

export interface Playbook {
  file: string
  plays: Play[]
}

export interface Play {
  at: Position
  name: string
  hosts: Condition
  /** Batch sizes, as numbers of hosts, `30%` or templates of these; empty: all hosts at once. */
  serial: (number | string)[]
  /** Percent of a batch that may fail before the run stops; a batch that fails whole always does. */
  maxFailPercentage: number
  vars: Vars
  /** Pre-tasks, the roles' tasks, tasks and post-tasks, in the order they run. */
  tasks: Task[]
  handlers: Task[]
  roles: RoleUse[]
}

/** A role as a play uses it, with the variables it is given there. */
export interface RoleUse {
  role: Role
  vars: Vars[]
}

export interface Task {
  at: Position
  /** Names its row in the output; an included task shares the row of the include. */
  row: string
  /** Its name alone, which is what notify says of a handler. */
  title: string
  /** `role : title`, as the output shows it. */
  name: string
  module: string
  args: Record<string, unknown>
  argAt(path: readonly (string | number)[]): Position
  role: Role | undefined
  when: Condition[]
  /** From the outermost in: block and role parameters first, the task's own last. */
  vars: Vars[]
  tags: string[]
  notify: string[]
  listen: string[]
  become: { enabled?: boolean; user?: string }
  register: string | undefined
  loop: { items: unknown; at: Position; name: string; label: string | undefined } | undefined
  changedWhen: Condition[] | undefined
  failedWhen: Condition[] | undefined
  ignoreErrors: boolean
  checkMode: boolean | undefined
  noLog: boolean
}

export interface Role {
  name: string
  dir: string
  defaults: Vars
  /** By OS family, from defaults/FAMILY.yml: above the defaults, below the inventory. */
  familyDefaults: ReadonlyMap<string, Vars>
  vars: Vars
  /** By file name without its ending, for include_tasks: each one is parsed at load. */
  taskFiles: ReadonlyMap<string, Task[]>
  handlers: Task[]
  /** JSON Schema of the role's variables. */
  schema: Schema | undefined
}
