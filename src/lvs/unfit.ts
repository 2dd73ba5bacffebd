import { InputError, type Position } from '../core/errors.js'

/** What a service cannot be, and which variable says it, of which real server. */
export class Unfit extends InputError {
  /** @param about `rs1: weight`, or `port` of the service itself; the message begins with it */
  constructor(
    private readonly about: string,
    message: string,
    hint?: string,
  ) {
    super(undefined, message, hint)
  }

  /** The variable, `weight`, and the real server whose it is, if it is one's. */
  get variable(): { name: string; server: string | undefined } {
    const parts = this.about.split(': ')
    return { name: parts.at(-1)!, server: parts.length > 1 ? parts[0] : undefined }
  }
}

/** Where a variable is set, a real server's own or one of the cluster; undefined: not known. */
export type PlaceOf = (variable: string, server?: string) => Position | undefined

/**
 * Where an entry of `virtual_services`, or the one that the flat variables are, has what is
 * wrong with it: what it says itself goes before a real server's own and the cluster's variables.
 * `flat` has the names of the latter.
 */
export function placeOf(
  error: InputError,
  { written, servers }: { written: object; servers: readonly { name: string }[] },
  flat: Readonly<Record<string, string>>,
  at: PlaceOf,
): Position | undefined {
  const listed = at('virtual_services')
  if (!(error instanceof Unfit)) return listed ?? at('vip')
  const { name, server } = error.variable
  if (server !== undefined) {
    const entry = servers.find((each) => each.name === server)
    if (entry && Object.hasOwn(entry, name)) return listed
    if (name === 'address') return at('rip', server) ?? at('ansible_host', server)
    return at(name, server) ?? listed
  }
  const key = name === 'VIP' ? 'vip' : name
  return Object.hasOwn(written, key) ? listed : (at(flat[key] ?? key) ?? listed)
}
