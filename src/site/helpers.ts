import type { HelperDelegate, HelperOptions } from 'handlebars'
import type { Names } from './names.js'
import { unview } from './view.js'

/** What templates may call, beside Handlebars' own if, unless, each, with and lookup. */
export const helpers: Record<string, HelperDelegate> = {
  // A number on the command line is text: 80 and "80" are one port.
  eq: plain((a, b) => String(a) === String(b)),
  ne: plain((a, b) => String(a) !== String(b)),
  not: plain((a) => !a),
  and: plain((...all) => all.every(Boolean)),
  or: plain((...all) => all.some(Boolean)),
  join: plain((list, separator) => (list as unknown[]).join(String(separator))),
  add: plain((...numbers) => numbers.reduce<number>((sum, each) => sum + Number(each), 0)),
  length: plain((list) => (list as unknown[]).length),
  upper: plain((text) => String(text).toUpperCase()),
  lower: plain((text) => String(text).toLowerCase()),
  /** {{#if (defined "vip")}}: the one way to ask for a variable that may not be set. */
  defined: (name: string, options: HelperOptions) =>
    (options.data as { names: Names }).names.has(name),
  /** 24 -> 255.255.255.0 */
  netmask: plain((prefix) =>
    [0, 8, 16, 24].map((bits) => 256 - 2 ** (8 - clamp(Number(prefix) - bits))).join('.'),
  ),
  json: plain((value) => JSON.stringify(value)),
}

/** Arguments without Handlebars' options object, and as plain values. */
function plain(helper: (...args: unknown[]) => unknown): HelperDelegate {
  return (...args: unknown[]) => helper(...args.slice(0, -1).map(unview))
}

const clamp = (bits: number) => Math.max(0, Math.min(8, bits))
