/** A piece of a word: text, or what stands for text that is worked out. */
export interface Segment {
  kind: 'text' | 'name' | 'command' | 'arithmetic'
  /** The text; what stands between the brackets of `${ }`, `$( )`, `$(( ))`. */
  text: string
  /** In quotes: it is not split into several words. */
  quoted: boolean
}

/** Cuts a word as it was written at its quotes and dollars. */
export function segments(raw: string): Segment[] {
  const found: Segment[] = []
  let quoted = false
  for (let rest = raw; rest !== '';) {
    const [length, segment] = first(rest, quoted)
    if (rest.startsWith('"')) quoted = !quoted
    found.push(segment)
    rest = rest.slice(length)
  }
  return found
}

function first(rest: string, quoted: boolean): [length: number, segment: Segment] {
  const text = (length: number, text: string, isQuoted = quoted): [number, Segment] => [
    length,
    { kind: 'text', text, quoted: isQuoted },
  ]
  if (rest.startsWith('"')) return text(1, '', true)
  if (rest.startsWith("'") && !quoted) {
    const end = rest.indexOf("'", 1)
    return text(end + 1, rest.slice(1, end), true)
  }
  if (rest.startsWith('\\') && (!quoted || /^\\["\\$`]/.test(rest))) {
    return text(2, rest[1] === '\n' ? '' : (rest[1] ?? ''), true)
  }
  return substitution(rest, quoted) ?? text(1, rest[0]!)
}

function substitution(rest: string, quoted: boolean): [number, Segment] | undefined {
  if (rest.startsWith('$((')) {
    const end = closing(rest, 1, '(', ')')
    return [end + 1, { kind: 'arithmetic', text: rest.slice(3, end - 1), quoted }]
  }
  if (rest.startsWith('$(')) {
    const end = closing(rest, 1, '(', ')')
    return [end + 1, { kind: 'command', text: rest.slice(2, end), quoted }]
  }
  if (rest.startsWith('`')) {
    const end = rest.indexOf('`', 1)
    return [end + 1, { kind: 'command', text: rest.slice(1, end), quoted }]
  }
  if (rest.startsWith('${')) {
    const end = closing(rest, 1, '{', '}')
    return [end + 1, { kind: 'name', text: rest.slice(2, end), quoted }]
  }
  const [all, name] = /^\$(\w+|[@*#?$!-])/.exec(rest) ?? []
  // `$10` is $1 and a zero.
  const known = /^\d/.test(name ?? '') ? name![0]! : name
  if (all === undefined || known === undefined) return undefined
  return [known.length + 1, { kind: 'name', text: known, quoted }]
}

/** Where the bracket that is open at `from` is closed. */
function closing(text: string, from: number, open: string, close: string): number {
  let depth = 0
  for (let at = from; at < text.length; at++) {
    if (text[at] === open) depth++
    if (text[at] === close && --depth === 0) return at
  }
  return text.length
}
