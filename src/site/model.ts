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
  /** Which of its hosts it is for: told before the batches are cut, and no host is asked. */
  when: Condition[]
  /** A pattern: hosts whose facts it reads, asked before it begins, whatever --limit says. */
  factsFrom: Condition | undefined
  /** False: a host is contacted only when the first task of its own comes. */
  gatherFacts: boolean
  /** Batch sizes, as numbers of hosts, `30%` or templates of these; empty: all hosts at once. */
  serial: (number | string)[]
  serialAt: Position
  /** Percent of a batch that may fail before the run stops; a batch that fails whole always does. */
  maxFailPercentage: number
  /** One host that fails ends the play for all. */
  anyErrorsFatal: boolean
  /** A host that cannot be reached is left out of this play, and has not failed. */
  ignoreUnreachable: boolean
  become: { enabled?: boolean; user?: string }
  vars: Vars
  /** Files of further variables, above those: of several names the first there is. May hold templates. */
  varsFiles: Condition[][]
  /** Pre-tasks, the roles' tasks, tasks and post-tasks, in the order they run. */
  tasks: Task[]
  handlers: Task[]
  /** Its roles, and those that its tasks import. */
  roles: RoleUse[]
}

/** A role as a play uses it, with the variables it is given there. */
export interface RoleUse {
  role: Role
  vars: Vars[]
  tasks: Task[]
  handlers: Task[]
}

/** What an include takes in, and the roles that come with it. */
export interface Included {
  tasks: Task[]
  uses: RoleUse[]
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
  loop: Loop | undefined
  changedWhen: Condition[] | undefined
  /** Done again, `retries` times at most and `delay` seconds apart, until this holds. */
  until: { conditions: Condition[]; retries: number; delay: number } | undefined
  /** Done on another host; its name may hold templates. */
  delegateTo: Condition | undefined
  /** The facts that it finds out, or sets, are those of the host that it is delegated to. */
  delegateFacts: boolean | undefined
  /** Done by the first host of a batch, for all of it. */
  runOnce: boolean | undefined
  /** How many hosts of a batch may be in it at once; undefined or 0: all. */
  throttle: number | undefined
  /** Maps of environment variables, from the outermost in. */
  environment: { value: unknown; at: Position }[]
  failedWhen: Condition[] | undefined
  ignoreErrors: boolean | undefined
  /** Go on with the next task when the host cannot be reached in this one. */
  ignoreUnreachable: boolean | undefined
  checkMode: boolean | undefined
  noLog: boolean | undefined
  /**
   * Names the role of a play's or a role's list that it belongs to, with what is said to that
   * there: such a role is done once. Another one that says the same is another object.
   */
  roleUse: { key: string } | undefined
  /** One that Ansible puts between the parts of a play, and nobody wrote. */
  implicit?: true
  /** Of an include: brings it in. @throws InputError, InputErrors */
  include?: (args: Readonly<Record<string, unknown>>) => Included
  /** Of an include: what surrounds the tasks that it takes in. */
  passesOn?: Outer
  /** What a task of the module `block` stands for. */
  block?: Block
}

export interface Loop {
  /** The list as written. */
  items: unknown
  /** Of with_items: lists in it are opened, and what is no list is its one item. */
  flat: boolean
  at: Position
  /** What an item is called. */
  name: string
  /** What its number is called, from 0. */
  indexName: string | undefined
  /** What the output shows of it; a template. */
  label: string | undefined
}

/** What adds up from the outside in. */
type Added = 'when' | 'vars' | 'tags' | 'notify' | 'become' | 'environment'
/** What the innermost says, who says anything. */
type Said =
  | 'throttle'
  | 'ignoreErrors'
  | 'ignoreUnreachable'
  | 'noLog'
  | 'checkMode'
  | 'runOnce'
  | 'delegateTo'
  | 'delegateFacts'
  | 'roleUse'

/** What a task takes over from the block, include, role use or play around it. */
export type Surroundings = Pick<Task, Added | Said>
export type Outer = Partial<Surroundings>

/** A block with rescue or always. One with neither is no more than its tasks. */
export interface Block {
  block: Task[]
  rescue: Task[]
  always: Task[]
}

export interface Role {
  name: string
  dir: string
  defaults: Vars
  /** By OS family, from defaults/FAMILY.yml: above the defaults, below the inventory. */
  familyDefaults: ReadonlyMap<string, Vars>
  vars: Vars
  /** By file name without its ending: each one is parsed at load. */
  taskFiles: ReadonlyMap<string, Task[]>
  handlers: Task[]
  /** The roles that its tasks import. */
  uses: RoleUse[]
  /** JSON Schema of the role's variables. */
  schema: Schema | undefined
}
