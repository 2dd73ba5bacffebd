import type { InputError, Position } from '../core/errors.js'
import type { AnyResource } from '../core/resource.js'
import type { Files } from './files.js'
import type { Included, Outer, Role, RoleUse } from './model.js'

/** The modules there are, by type. */
export type Modules = ReadonlyMap<string, Pick<AnyResource, 'schema' | 'shorthand' | 'inline'>>

/** Where a task file finds the roles that it names. */
export interface RoleSource {
  /** A role with what it depends on. @throws InputError, InputErrors */
  use: (name: string, at: Position, outer: Outer, file?: string) => RoleUse[]
  /** Reads a role for the sake of what is wrong with it. @throws InputError, InputErrors */
  know: (name: string, at: Position) => void
}

export interface TaskContext {
  files: Pick<Files, 'yaml' | 'isFile' | 'disk' | 'playbookDir'>
  modules: Modules
  roles: RoleSource
  role: Role | undefined
  problems: InputError[]
  /** The roles that import_role takes in. */
  taken: RoleUse[]
  /** The files of tasks that were read, by path. */
  read: Map<string, Included>
  /** The files whose imports led here. */
  importing?: readonly string[]
}
