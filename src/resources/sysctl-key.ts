export type Value = string | number | boolean

/** As sysctl(8) reads a key: the first separator decides, the other stands for itself. */
export function partsOf(name: string): string[] {
  const slash = name.indexOf('/')
  const dot = name.indexOf('.')
  if (slash >= 0 && (dot < 0 || slash < dot)) return name.split('/')
  return name.split('.').map((part) => part.replaceAll('/', '.'))
}

export function inWords(text: string): string {
  return text.trim().replace(/\s+/g, ' ')
}

/** A key's name as sysctl(8) prints it: a dot within a part becomes a slash. */
export function nameOf(parts: readonly string[]): string {
  return parts.map((part) => part.replaceAll('.', '/')).join('.')
}

/** A value as the kernel prints it. */
export function textOf(value: Value): string {
  return typeof value === 'boolean' ? String(Number(value)) : inWords(String(value))
}
