const ESCAPE = /\\(?:([0-7]{1,3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([^]))/g
const LETTERS: Readonly<Record<string, string>> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

/**
 * The text of a Python string, its backslashes resolved; `\d` and other escapes that mean
 * nothing stay as they are. Gives undefined for one that is broken, as `\x4`.
 */
export function unescapePython(body: string): string | undefined {
  const broken: string[] = []
  const text = body.replace(ESCAPE, (all, octal?: string, x?: string, u?: string, U?: string) => {
    const hex = x ?? u ?? U
    const code = octal === undefined ? parseInt(hex ?? '', 16) : parseInt(octal, 8)
    if (code <= 0x10ffff) return String.fromCodePoint(code)
    const letter = all.charAt(1)
    if ('xuUN'.includes(letter)) broken.push(all)
    return LETTERS[letter] ?? all
  })
  return broken.length > 0 ? undefined : text
}
