import type { Position } from '../core/errors.js'
import { type Fields, isMap } from './fields.js'
import { BadLine, type FreeForm, parseFreeForm } from './free-form.js'
import { misreadArgs } from './misread.js'
import { checkSchema } from './schema.js'
import type { Path } from './yaml.js'

export interface Arguments {
  args: Record<string, unknown>
  argAt: (path: Path) => Position
}

/**
 * The arguments of a task's module: a map, or one line, and what `args` adds to it. Checked
 * where they hold no template.
 *
 * @param key the module as the task names it
 * @param form how the module takes a line, and what it checks; none is checked elsewhere
 */
export function parseArgs(fields: Fields, key: string, name: string, form: FreeForm): Arguments {
  const raw = fields.raw(key)
  if (isTemplate(fields.raw('args'))) {
    fields.problem('args', `the arguments of "${name}" cannot be one template`, WRITTEN_OUT)
    return { args: {}, argAt: () => fields.valueAt(key) }
  }
  const extra = fields.map('args') ? (fields.raw('args') as Record<string, unknown>) : {}
  const own = isMap(raw) ? raw : lineArgs(fields, key, name, form)
  if (own === undefined) return { args: {}, argAt: () => fields.valueAt(key) }

  const place = ([first, ...rest]: Path): Path => {
    if (first === undefined) return [...fields.path, key]
    if (!Object.hasOwn(own, first) && Object.hasOwn(extra, first)) {
      return [...fields.path, 'args', first, ...rest]
    }
    return [...fields.path, key, ...(isMap(raw) ? [first, ...rest] : [])]
  }
  const args = { ...extra, ...own }
  const { errors } = checkSchema(form.schema, args, `"${name}"`, (path, which) =>
    which === 'key' && place(path).at(-1) !== key
      ? fields.yaml.keyAt(place(path))
      : fields.yaml.at(place(path)),
  )
  const source = {
    at: (path: Path) => fields.yaml.at(place(path)),
    written: (path: Path) => fields.yaml.written(place(path)),
  }
  fields.problems.push(...misreadArgs(form.schema, args, `"${name}"`, source), ...errors)
  return { args, argAt: (path) => fields.yaml.at(place(path)) }
}

const WRITTEN_OUT = 'write ARGUMENT: VALUE lines; each value may be a template'

const isTemplate = (value: unknown): value is string =>
  typeof value === 'string' && value.includes('{{')

/** Undefined when what is there gives no arguments, which is noted. */
function lineArgs(
  fields: Fields,
  key: string,
  name: string,
  form: FreeForm,
): Record<string, unknown> | undefined {
  const raw = fields.raw(key)
  if (raw === null || raw === undefined || raw === '') return {}
  const hint = 'write ARGUMENT: VALUE lines below it'
  if (typeof raw !== 'string') {
    if (form.shorthand !== undefined) return { [form.shorthand]: raw }
    return fields.problem(key, `the arguments of "${name}" must be a map`, hint)
  }
  if (form.shorthand === undefined && isTemplate(raw) && raw.startsWith('{{')) {
    return fields.problem(key, `the arguments of "${name}" cannot be one template`, WRITTEN_OUT)
  }
  if (form.shorthand === undefined && !/(^|\s)\w+=/.test(raw)) {
    return fields.problem(key, `the arguments of "${name}" must be a map`, hint)
  }
  try {
    return parseFreeForm(raw, form)
  } catch (error) {
    if (!(error instanceof BadLine)) throw error
    return fields.problem(key, `in the arguments of "${name}", ${error.message}`, error.hint)
  }
}
