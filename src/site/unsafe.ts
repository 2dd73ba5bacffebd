/** A text of `!unsafe`: what looks like a template in it is none. */
export class Unsafe {
  constructor(readonly text: string) {}

  toString(): string {
    return this.text
  }

  /** In the words of ansible-inventory. */
  toJSON(): object {
    return { __ansible_unsafe: this.text }
  }
}

/** A value of which no text is a template; what is no text stays as it is. */
export function unsafe(value: unknown): unknown {
  if (typeof value === 'string') return new Unsafe(value)
  if (Array.isArray(value)) return value.map(unsafe)
  if (Object.getPrototypeOf(Object(value)) !== Object.prototype) return value
  return Object.fromEntries(
    Object.entries(value as object).map(([key, item]) => [key, unsafe(item)]),
  )
}
