import { InputError, where } from '../core/errors.js'
import { nearest } from '../core/suggest.js'
import type { Included, Play, Task } from '../site/model.js'
import { adopt } from '../site/outer.js'

/**
 * The handlers that a name notifies: all that listen to it, and the one that it is the name of,
 * with its role or without. Of several, that of the list which is read last, as in Ansible: the
 * roles' lists come before the play's own, and those of roles that tasks take in after it.
 */
export function handlersNamed(name: string, handlers: readonly Task[]): Task[] {
  const named = handlers.filter((handler) => handler.title === name || handler.name === name)
  const last = named.at(-1)
  const one = named.find(({ role }) => role === last?.role)
  return handlers.filter((handler) => handler === one || handler.listen.includes(name))
}

/** A handler that nobody can find would never run, and nobody would know. */
export function unknownHandlers({ notify, at }: Task, handlers: readonly Task[]): InputError[] {
  const unknown = notify.filter((name) => handlersNamed(name, handlers).length === 0)
  const names = [...new Set(handlers.flatMap(({ title, listen }) => [title, ...listen]))]
  return unknown.map((name) => {
    const meant = nearest(name, names)
    const all =
      names.length > 0 ? `the handlers are: ${names.join(', ')}` : 'the play has no handlers'
    const hint = meant ? `did you mean "${meant}"?` : all
    return new InputError(at, `there is no handler "${name}"`, hint)
  })
}

/**
 * A play has the handlers of a role from its first use on.
 *
 * @param include that takes the roles in
 */
export function takeIn({ handlers }: Play, include: Task, { uses }: Included): void {
  const around = { ...include.passesOn, when: [], tags: [], notify: [] }
  for (const handler of uses.flatMap((use) => use.handlers)) {
    const isIt = ({ at }: Task) => where(at) === where(handler.at)
    if (!handlers.some(isIt)) handlers.push(adopt(handler, around))
  }
}
