import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { InputError } from '../core/errors.js'
import type { Schema } from '../core/resource.js'
import { didYouMean } from '../core/suggest.js'
import { resources } from '../resources/registry.js'
import { playbookSchema, roleSchema, tasksSchema, varsSchema } from '../site/editor-schema.js'
import { isFile, readYaml } from '../site/files.js'
import { packageDir } from './package-dir.js'

export type SchemaKind = 'playbook' | 'tasks' | 'vars' | 'role'

/** The JSON Schema of playbooks, task files, variables, or the variables of one role, as text. */
export function schemaText(kind: SchemaKind, role?: string): string {
  return `${JSON.stringify(schemaOf(kind, role), undefined, 2)}\n`
}

function schemaOf(kind: SchemaKind, role: string | undefined): Schema {
  switch (kind) {
    case 'playbook':
      return playbookSchema(resources.values())
    case 'tasks':
      return tasksSchema(resources.values())
    case 'vars':
      return varsSchema(rolesIn(packageDir).map(([, path]) => readSchema(path)))
    case 'role':
      return roleSchema(readSchema(schemaOfRole(role)))
  }
}

/** A role of the current folder's, or a shipped one. */
function schemaOfRole(name = ''): string {
  const roles = new Map([...rolesIn(packageDir), ...rolesIn(process.cwd())])
  const path = roles.get(name)
  if (path !== undefined) return path
  const names = [...roles.keys()]
  const hint = didYouMean(name, names, `there are: ${names.join(', ')}`)
  const message = name === '' ? 'which role?' : `there is no role "${name}" with a schema.json`
  throw new InputError(undefined, message, hint)
}

/** The roles of a folder that have a schema, and where it is. */
function rolesIn(dir: string): [name: string, path: string][] {
  const folder = join(dir, 'roles')
  try {
    return readdirSync(folder)
      .sort()
      .map((name): [string, string] => [name, join(folder, name, 'schema.json')])
      .filter(([, path]) => isFile(path))
  } catch {
    return [] // A folder without roles is one.
  }
}

function readSchema(path: string): Schema {
  return readYaml(path).value as Schema
}
