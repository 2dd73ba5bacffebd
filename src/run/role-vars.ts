import { InputError } from '../core/errors.js'
import { nearest } from '../core/suggest.js'
import type { Role, RoleUse } from '../site/model.js'
import { checkSchema } from '../site/schema.js'
import { NotYet, type Scope } from '../site/scope.js'
import type { Vars } from '../site/vars.js'
import { Missing } from '../site/view.js'
import type { ExpandOptions } from './act.js'
import type { HostRun } from './host.js'

/**
 * What is wrong with the variables that roles are used with on a host.
 *
 * @param given the variables that the user set for the host
 */
export function wrongVars(
  uses: readonly RoleUse[],
  { name }: HostRun,
  { variables, play }: Pick<ExpandOptions, 'variables' | 'play'>,
  given: readonly Vars[],
): InputError[] {
  return uses.flatMap(({ role, vars }) => {
    const scope = variables.scope(name, play, role).within(vars)
    const layers = [...given, play.vars, ...vars]
    return checkRoleVars(role, scope, new Set(layers.flatMap((layer) => [...layer.keys()])))
  })
}

/** A role's variables as its schema wants them, and no near miss of one of their names. */
function checkRoleVars(role: Role, scope: Scope, given: ReadonlySet<string>): InputError[] {
  if (!role.schema) return []
  const properties = Object.keys(role.schema.properties ?? {})
  const known = properties.filter((name) => scope.has(name))
  const values = Object.fromEntries(known.flatMap((name) => valueOf(name, scope)))
  const unread = new Set(known.filter((name) => !(name in values)))
  const at = (name: string) => scope.find(name)?.at ?? { file: role.dir, line: 1, col: 1 }
  const { errors } = checkSchema(role.schema, values, `role "${role.name}"`, ([name]) =>
    at(String(name)),
  )
  const misspelt = [...given].flatMap((name) => {
    if (properties.includes(name)) return []
    const meant = meantIn(role, name)
    if (meant === undefined || given.has(meant)) return []
    const message = `role "${role.name}" has no variable "${name}"`
    return [new InputError(at(name), message, `did you mean "${meant}"?`)]
  })
  // A variable that only a host can tell is not missing.
  const missing = (error: InputError) =>
    [...unread].some((name) => new RegExp(` needs .*"${name}"`).test(error.message))
  return [...errors.filter((error) => !missing(error)), ...misspelt]
}

const meantIns = new WeakMap<Role, Map<string, string | undefined>>()

/** The variable of a role that a name comes near to: the same for all hosts, so worked out once. */
function meantIn(role: Role, name: string): string | undefined {
  const known = meantIns.get(role) ?? new Map<string, string | undefined>()
  meantIns.set(role, known)
  if (!known.has(name)) known.set(name, nearest(name, Object.keys(role.schema?.properties ?? {})))
  return known.get(name)
}

function valueOf(name: string, scope: Scope): [string, unknown][] {
  try {
    return [[name, scope.get(name)]]
  } catch (error) {
    if (error instanceof NotYet || error instanceof InputError || error instanceof Missing)
      return []
    throw error
  }
}
