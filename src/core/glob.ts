/**
 * A shell's wildcard pattern (`*`, `?`, `[abc]`, `[!a-z]`) as a regular expression for the whole
 * of a name, case and all; undefined for a set that cannot be, as `[z-a]`.
 */
export function globRegex(glob: string): RegExp | undefined {
  const body = glob.replace(
    /\*+|\?|\[(!?)(\]?[^\]]*)\]|[^*?[]+|\[/g,
    (part, not = '', set?: string) => {
      if (part.startsWith('*')) return '.*'
      if (part === '?') return '.'
      if (set === undefined || set === '') return escape(part)
      return `[${not === '!' ? '^' : ''}${set.replace(/[\\[\]^]/g, '\\$&')}]`
    },
  )
  try {
    return new RegExp(`^(?:${body})$`, 's')
  } catch {
    return undefined
  }
}

function escape(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
