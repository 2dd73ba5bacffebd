import type { HelperDelegate, HelperOptions } from 'handlebars'
import type { Names } from './names.js'
import { unview } from './view.js'

/** What templates may call, beside Handlebars' own if, unless, each, with and lookup. */
export const helpers: Record<string, HelperDelegate> = {
  eq: plain((a, b) => a === b),
  ne: plain((a, b) => a !== b),
  not: plain((a) => !a),
  and: plain((...all) => all.every(Boolean)),
  or: plain((...all) => all.some(Boolean)),
  join: plain((list, separator) => (list as unknown[]).join(String(separator))),
  length: plain((list) => (list as unknown[]).length),
  upper: plain((text) => String(text).toUpperCase()),
  lower: plain((text) => String(text).toLowerCase()),
  /** {{#if (defined "vip")}}: the one way to ask for a variable that may not be set. */
  defined: (name: string, options: HelperOptions) =>
    (options.data as { names: Names }).names.has(name),
  json: plain((value) => JSON.stringify(value)),
}

/** Arguments without Handlebars' options object, and as plain values. */
function plain(helper: (...args: unknown[]) => unknown): HelperDelegate {
  return (...args: unknown[]) => helper(...args.slice(0, -1).map(unview))
}
