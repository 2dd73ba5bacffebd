// Values of variables as somebody wrote them: text, numbers, lists and maps.

export type Map = Readonly<Record<string, unknown>>

/** Undefined where nothing is written. */
export function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Whether a value says yes, as Ansible reads it. */
export function isYes(value: unknown): boolean {
  return ['true', 'yes', 'on', '1'].includes(textOf(value)?.toLowerCase() ?? '')
}

export function isMap(value: unknown): value is Map {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

/** Without what is not written. */
export function defined<T extends object>(value: T): Defined<T> {
  const entries = Object.entries(value).filter(([, each]) => each !== undefined)
  return Object.fromEntries(entries) as Defined<T>
}
