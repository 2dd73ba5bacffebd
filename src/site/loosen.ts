import type { Schema } from '../core/resource.js'

type Schemas = Readonly<Record<string, Schema>>

/**
 * The schema of a map as it is written in YAML: in its values a `{{ template }}` may stand for
 * anything, and "80" for 80. In the words of draft 7, for editors.
 */
export function loosen(schema: Schema): Schema {
  return { type: 'object', ...value({ ...schema, type: undefined }) }
}

const TEMPLATE = { type: 'string', pattern: '\\{\\{' }

function value(schema: Schema): Schema {
  const parts = Object.entries(schema).map(([keyword, content]) =>
    (rewrite[keyword] ?? keep)(content, keyword, schema),
  )
  return Object.assign({}, ...parts) as Schema
}

type Rewrite = (content: unknown, keyword: string, schema: Schema) => Schema

const keep: Rewrite = (content, keyword) => ({ [keyword]: content })
const each =
  (loose: (schema: Schema) => Schema, as?: string): Rewrite =>
  (content, keyword) => ({
    [as ?? keyword]: Object.fromEntries(
      Object.entries(content as Schemas).map(([name, schema]) => [name, loose(schema)]),
    ),
  })
const branches: Rewrite = (content, keyword) => ({ [keyword]: (content as Schema[]).map(value) })

const rewrite: Readonly<Record<string, Rewrite>> = {
  $schema: () => ({}),
  quoted: () => ({}),
  type: (type, _, schema) => typed(type, schema),
  pattern: (pattern) => ({ pattern: `${String(pattern)}|${TEMPLATE.pattern}` }),
  enum: (values) => ({ anyOf: [{ enum: values }, TEMPLATE] }),
  const: (one) => ({ anyOf: [{ const: one }, TEMPLATE] }),
  properties: each(value),
  items: (items) => ({ items: value(items as Schema) }),
  additionalProperties: (other) => ({
    additionalProperties: typeof other === 'boolean' ? other : value(other as Schema),
  }),
  anyOf: branches,
  allOf: branches,
  // A template, or "80", would fit several branches.
  oneOf: (list, keyword) => {
    const isAboutNames = (list as Schema[]).every(({ required }) => required !== undefined)
    return branches(list, isAboutNames ? keyword : 'anyOf', {})
  },
  dependentRequired: (content) => ({ dependencies: content }),
  dependentSchemas: each(loosen, 'dependencies'),
}

function typed(type: unknown, { pattern, quoted }: Schema): Schema {
  switch (type) {
    case undefined:
      return {}
    case 'string':
      return { type: (pattern ?? quoted) ? 'string' : ['string', 'number', 'boolean'] }
    case 'boolean':
      return { type: [type, 'string'], pattern: `^(true|false)$|${TEMPLATE.pattern}` }
    case 'integer':
    case 'number':
      return { type: [type, 'string'], pattern: `^-?[0-9.]+$|${TEMPLATE.pattern}` }
    default:
      return { type: [type, 'string'], pattern: TEMPLATE.pattern }
  }
}
