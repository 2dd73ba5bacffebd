import { BadValue } from './python-values.js'

export interface RegexOptions {
  ignorecase?: boolean
  multiline?: boolean
}

/**
 * A Python regular expression as one of JavaScript's, in its lenient mode: like Python, that
 * one takes a backslash before any character.
 * @throws BadValue
 */
export function pythonRegex(pattern: string, options: RegexOptions = {}, flags = ''): RegExp {
  const inline = /^\(\?([aimsux]+)\)/.exec(pattern)
  const letters = new Set(`${flags}${(inline?.[1] ?? '').replace(/[aux]/g, '')}`)
  if (options.ignorecase) letters.add('i')
  if (options.multiline) letters.add('m')
  const body = pattern
    .slice(inline?.[0].length ?? 0)
    .replace(/\\[^]|\(\?P<|\(\?P=(\w+)\)/g, (found, name?: string) => translate(found, name))
  try {
    return new RegExp(body, [...letters].join(''))
  } catch (error) {
    throw new BadValue(`"${pattern}" is not a regular expression: ${(error as Error).message}`)
  }
}

function translate(found: string, name: string | undefined): string {
  if (name !== undefined) return `\\k<${name}>`
  if (found === '(?P<') return '(?<'
  if (found === '\\A') return '(?<![^])'
  return found === '\\Z' ? '(?![^])' : found
}

/** A replacement as Python writes it: \1, \g<1>, \g<name>. */
export function replacement(text: string): (...found: unknown[]) => string {
  return (...found) => {
    const named = typeof found.at(-1) === 'object' ? (found.at(-1) as Record<string, string>) : {}
    return text.replace(
      /\\(?:(\d{1,2})|g<(\w+)>|([^]))/g,
      (all, digits?: string, group?: string, other?: string) => {
        const key = digits ?? group
        if (key === undefined) return other === 'n' ? '\n' : other === '\\' ? '\\' : all
        return /^\d+$/.test(key)
          ? ((found[Number(key)] as string | undefined) ?? '')
          : (named[key] ?? '')
      },
    )
  }
}
