import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import { InputError, type Position, where } from '../core/errors.js'
import type { Schema } from '../core/resource.js'
import { Secret } from '../core/sh.js'
import { didYouMean } from '../core/suggest.js'
import { Unsafe } from './unsafe.js'
import type { Path } from './yaml.js'

const ajv = new Ajv2020({
  allErrors: true,
  verbose: true,
  coerceTypes: true,
  strict: false,
  // To improve the code that checks takes much longer than a run checks with it; and so does
  // the schema of schemas, to compile. A keyword's own type is looked at in any case.
  code: { optimize: false },
  validateSchema: false,
})
const compiled = new WeakMap<Schema, ValidateFunction>()

/** Where a value stands; `key` asks for its key instead. */
type Locate = (path: Path, key?: 'key') => Position

/**
 * Checks data against a schema. A string that still holds a `{{ template }}` passes any
 * type, and so does what a vault hid: it is checked again once rendered.
 *
 * @param what how messages name the data, `"service"` or `role "director"`
 * @returns the data with numbers and booleans written as strings converted, and all errors
 */
export function checkSchema<T>(schema: Schema, data: T, what: string, locate: Locate) {
  const value = structuredClone(concealed(data))
  const validate = compile(schema)
  validate(value)
  const errors = (validate.errors ?? [])
    .filter((error, _, all) => !holdsTemplate(error, all) && !isEcho(error, validate.errors ?? []))
    .map((error) => toInputError(error, what, locate))
  const bare = unquoted(schema, data, what, locate)
  const isTold = ({ at }: InputError) =>
    bare.some((each) => at && each.at && where(each.at) === where(at))
  return { value, errors: [...bare, ...errors.filter((error) => !isTold(error))] }
}

/**
 * A property marked `quoted` is refused as a number: YAML reads 0644 as 420, and what was
 * written can no longer be told.
 */
function unquoted(schema: Schema, data: unknown, what: string, locate: Locate): InputError[] {
  const properties = (schema.properties ?? {}) as Record<
    string,
    { quoted?: true; description?: string }
  >
  return Object.entries(properties).flatMap(([name, { quoted, description }]) => {
    const value = (data as Record<string, unknown>)[name]
    if (!quoted || typeof value !== 'number') return []
    const message = `"${name}" of ${what} must be quoted: YAML read it as the number ${value}`
    return [new InputError(locate([name]), message, description)]
  })
}

/** What is wrong with a schema itself. */
export function whyNoSchema(schema: Schema): string | undefined {
  try {
    compile(schema)
    return undefined
  } catch (error) {
    const isFine = ajv.validateSchema(schema) === true
    return isFine ? (error as Error).message : ajv.errorsText(ajv.errors, { dataVar: 'schema' })
  }
}

function compile(schema: Schema): ValidateFunction {
  let validate = compiled.get(schema)
  if (!validate) {
    validate = ajv.compile(schema)
    compiled.set(schema, validate)
  }
  return validate
}

/** Secrets as a text that passes any type. */
function concealed<T>(data: T): T {
  if (data instanceof Secret) return '{{ secret }}' as T
  if (data instanceof Unsafe) return data.text as T
  if (Array.isArray(data)) return data.map(concealed) as T
  if (data === null || typeof data !== 'object') return data
  return Object.fromEntries(Object.entries(data).map(([key, item]) => [key, concealed(item)])) as T
}

const isTemplate = (value: unknown) => typeof value === 'string' && value.includes('{{')

/** Whether it is about a template; or about alternatives, one of which failed for a template. */
function holdsTemplate(error: ErrorObject, all: readonly ErrorObject[]): boolean {
  return (
    isTemplate(error.data) ||
    (ONE_OF.includes(error.keyword) &&
      all.some((other) => isTemplate(other.data) && isBranch(other, error)))
  )
}

function isBranch(error: ErrorObject, of: ErrorObject): boolean {
  return (
    error.schemaPath.startsWith(`${of.schemaPath}/`) &&
    `${error.instancePath}/`.startsWith(`${of.instancePath}/`)
  )
}

/**
 * The branches of a failed anyOf or oneOf say less than the one error for the whole; and what
 * is missing beside a name that does not exist is most often that name, spelt right.
 */
function isEcho(error: ErrorObject, all: readonly ErrorObject[]): boolean {
  return all.some(
    (other) =>
      other !== error &&
      ((ONE_OF.includes(other.keyword) && isBranch(error, other)) ||
        (other.keyword === 'additionalProperties' &&
          other.instancePath === error.instancePath &&
          [...ONE_OF, 'required', 'dependentRequired'].includes(error.keyword))),
  )
}

const ONE_OF = ['anyOf', 'oneOf']

function toInputError(error: ErrorObject, what: string, locate: Locate): InputError {
  const path = error.instancePath.split('/').slice(1).map(unescape)
  const name = path.length > 0 ? `"${path.join('.')}" of ${what}` : what
  const { title, description } = (error.parentSchema ?? {}) as {
    title?: string
    description?: string
  }
  const params = error.params as Record<string, unknown>
  switch (error.keyword) {
    case 'additionalProperties': {
      const extra = String(params.additionalProperty)
      const known = Object.keys((error.parentSchema?.properties as object | undefined) ?? {})
      const hint = didYouMean(extra, known, `there are: ${known.join(', ')}`)
      return new InputError(locate([...path, extra], 'key'), `${name} has no "${extra}"`, hint)
    }
    case 'required': {
      const missing = String(params.missingProperty)
      return new InputError(locate(path), `${name} needs "${missing}"`, describe(error, missing))
    }
    case 'oneOf':
    case 'anyOf': {
      const names = (error.schema as Schema[]).map(
        ({ required }) => (required as string[] | undefined)?.[0],
      )
      if (names.includes(undefined)) break
      const all = names.map((each) => `"${each}"`).join(' or ')
      const given = names.filter((each) => Object.hasOwn(error.data as object, each!))
      if (given.length > 1) {
        const both = given.map((each) => `"${each}"`).join(' and ')
        return new InputError(locate(path), `${name} takes ${all}, and not ${both} together`)
      }
      return new InputError(locate(path), `${name} needs ${all}`, describe(error, names[0]!))
    }
    case 'enum': {
      const allowed = (params.allowedValues as unknown[]).map(String)
      const hint = didYouMean(String(error.data), allowed, `one of: ${allowed.join(', ')}`)
      return new InputError(locate(path), `${name} cannot be ${show(error.data)}`, hint)
    }
    case 'type':
      return new InputError(
        locate(path),
        `${name} must be ${String(params.type)}, not ${show(error.data)}`,
        description,
      )
  }
  return new InputError(
    locate(path),
    `${name} cannot be ${show(error.data)}`,
    title ?? description ?? error.message,
  )
}

function describe(error: ErrorObject, property: string): string | undefined {
  const properties = error.parentSchema?.properties as Record<string, Schema> | undefined
  const description = properties?.[property]?.description
  return typeof description === 'string' ? `${property}: ${description}` : undefined
}

function unescape(segment: string): string | number {
  const text = segment.replaceAll('~1', '/').replaceAll('~0', '~')
  return /^\d+$/.test(text) ? Number(text) : text
}

function show(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}
