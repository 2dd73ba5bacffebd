import type { Names } from './names.js'

/** A name that a template used and nobody set. `among` are the names there were. */
export class Missing extends Error {
  constructor(
    readonly key: string,
    readonly among: readonly string[],
  ) {
    super(`"${key}" is not defined`)
  }
}

/** A list or a map where a template needs a word. */
export class NotText extends Error {}

const originals = new WeakMap<object, object>()

/**
 * A value as a template may see it: every property that does not exist throws Missing.
 * Handlebars itself would print nothing for it, in arguments and conditions even under its
 * `strict` option, and a config file with a hole in it would reach a host.
 */
function strictView(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value
  // What comes through hostvars is one already.
  if (originals.has(value)) return value
  const view = new Proxy(value, {
    get(target, key) {
      if (key === Symbol.toPrimitive) return () => refuseText(target)
      if (typeof key === 'symbol') return Reflect.get(target, key) as unknown
      const known = Object.hasOwn(target, key)
      if (!known) throw new Missing(key, Object.keys(target))
      return strictView((target as Record<string, unknown>)[key])
    },
    has: () => true,
  })
  originals.set(view, value)
  return view
}

/** The same for the variables of a host, which are rendered when they are asked for. */
export function rootView(names: Names): object {
  return new Proxy(
    {},
    {
      get: (_target, key) => {
        // Under a block with ../NAME Handlebars compares each item with this by !=.
        if (key === Symbol.toPrimitive) return () => Symbol('equal to nothing')
        return typeof key === 'symbol' ? undefined : strictView(names.get(key))
      },
      has: () => true,
      // Handlebars asks hasOwnProperty after get, so the value itself no longer matters.
      getOwnPropertyDescriptor: (_target, key) =>
        typeof key === 'string' && names.has(key)
          ? { configurable: true, enumerable: true, value: true }
          : undefined,
      ownKeys: () => [...names.names()],
    },
  )
}

/** The plain value behind a view. */
export function unview(value: unknown): unknown {
  return value !== null && typeof value === 'object' ? (originals.get(value) ?? value) : value
}

function refuseText(value: object): never {
  throw new NotText(Array.isArray(value) ? 'this is a list, not text' : 'this is a map, not text')
}
