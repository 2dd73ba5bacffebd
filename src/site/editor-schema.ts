import type { AnyResource, Schema } from '../core/resource.js'
import {
  blockKeywords,
  importPlaybookKeywords,
  importKeywords,
  type Keywords,
  loopKeywords,
  playKeywords,
  roleKeywords,
  taskKeywords,
} from './keywords.js'
import { controls, roleArgs } from './controls.js'
import { loosen } from './loosen.js'

/**
 * JSON Schemas for editors, of the same tables and module schemas that the loader checks
 * with. Draft 7, which is what editors know best.
 */
const DRAFT = 'http://json-schema.org/draft-07/schema#'

type Module = Pick<AnyResource, 'type' | 'about' | 'schema' | 'shorthand'>

export function playbookSchema(modules: Iterable<Module>): Schema {
  return {
    $schema: DRAFT,
    title: 'A playbook of dr-play',
    type: 'array',
    minItems: 1,
    items: {
      type: 'object',
      if: { anyOf: named('import_playbook').map((name) => ({ required: [name] })) },
      then: { $ref: '#/definitions/import_playbook' },
      else: { $ref: '#/definitions/play' },
    },
    definitions: {
      import_playbook: mapOf(importPlaybookKeywords, {
        import_playbook: { type: 'string', description: 'The plays of another playbook.' },
      }),
      play: { ...mapOf(playKeywords), required: ['hosts'] },
      role: roleUse,
      ...taskDefinitions([...modules]),
    },
  }
}

/** Of the files in a role's tasks/ and handlers/, and of those that are imported. */
export function tasksSchema(modules: Iterable<Module>): Schema {
  return {
    $schema: DRAFT,
    title: 'A task file of dr-play',
    $ref: '#/definitions/tasks',
    definitions: taskDefinitions([...modules]),
  }
}

/** Of one role's variables. */
export function roleSchema(schema: Schema): Schema {
  return { $schema: DRAFT, ...loosen(schema) }
}

/** Of group_vars and host_vars: all variables of the roles, and any others. */
export function varsSchema(roles: Iterable<Schema>): Schema {
  const all = new Map<string, Schema[]>()
  for (const role of roles) {
    for (const [name, schema] of Object.entries(propertiesOf(loosen(role)))) {
      const known = all.get(name) ?? []
      const isNew = known.every((each) => JSON.stringify(each) !== JSON.stringify(schema))
      all.set(name, isNew ? [...known, schema] : known)
    }
  }
  const merged = ([first, ...more]: Schema[]): Schema =>
    more.length === 0 ? first! : { ...first, allOf: more }
  return {
    $schema: DRAFT,
    title: "Variables of dr-play's roles",
    type: ['object', 'null'],
    properties: Object.fromEntries([...all].sort().map(([name, each]) => [name, merged(each)])),
  }
}

const roleUse: Schema = {
  anyOf: [
    { type: 'string' },
    {
      type: 'object',
      description: 'A role; what is no keyword is one of its variables.',
      properties: roleKeywords,
      anyOf: [{ required: ['role'] }, { required: ['name'] }],
    },
  ],
}

function taskDefinitions(resources: Module[]): Record<string, Schema> {
  const modules = [...resources, ...[...controls].map(([type, control]) => ({ type, ...control }))]
  const importing = ['import_tasks', 'import_role']
    .flatMap(named)
    .map((name) => ({ required: [name] }))
  const imported = {
    type: 'string',
    description: 'Takes the tasks of another file in; named as seen from this one.',
  }
  const keys = modules.map(({ type }) => type)
  return {
    tasks: { type: ['array', 'null'], items: { $ref: '#/definitions/entry' } },
    entry: {
      type: 'object',
      if: { required: ['block'] },
      then: { $ref: '#/definitions/block' },
      else: {
        if: { anyOf: importing },
        then: { $ref: '#/definitions/import' },
        else: { $ref: '#/definitions/task' },
      },
    },
    block: { ...mapOf(blockKeywords), required: ['block'] },
    import: mapOf(importKeywords, {
      import_tasks: imported,
      import_role: {
        description: 'Takes the tasks of a role in; its handlers and defaults are the play’s.',
        type: 'object',
        properties: roleArgs,
        required: ['name'],
        additionalProperties: false,
      },
    }),
    task: {
      ...mapOf(taskKeywords, {
        ...Object.fromEntries(modules.map(({ type }) => [type, refTo(type)])),
      }),
      oneOf: keys.flatMap(named).map((key) => ({ required: [key] })),
    },
    loop_control: mapOf(loopKeywords),
    ...Object.fromEntries(modules.map((module) => [`module_${module.type}`, moduleSchema(module)])),
  }
}

/** A map of keywords, and of `modules` under their names with and without a collection. */
function mapOf(keywords: Keywords, modules: Readonly<Record<string, Schema>> = {}): Schema {
  const prefixed = Object.entries(modules).map(([name, schema]) => [
    `^ansible\\.(builtin|posix)\\.${name}$`,
    schema,
  ])
  return {
    type: 'object',
    properties: { ...keywords, ...modules },
    ...(prefixed.length > 0 && { patternProperties: Object.fromEntries(prefixed) as object }),
    additionalProperties: false,
  }
}

/** The arguments as a map, as one line, or none where none is needed. */
function moduleSchema({ about, schema, shorthand }: Module): Schema {
  const isText = shorthand === undefined || propertiesOf(schema)[shorthand]?.type === 'string'
  const line = { type: isText ? 'string' : ['string', 'number', 'boolean', 'array'] }
  return {
    description: about,
    anyOf: [
      shorthand === undefined ? { ...line, pattern: '\\w=' } : line,
      loosen(schema),
      ...(isFree(schema) ? [{ type: 'null' }] : []),
    ],
  }
}

/** Whether it can do without any argument. */
function isFree({ required, oneOf, anyOf }: Schema): boolean {
  return required === undefined && oneOf === undefined && anyOf === undefined
}

function propertiesOf(schema: Schema): Record<string, Schema> {
  return (schema.properties ?? {}) as Record<string, Schema>
}

function refTo(type: string): Schema {
  return { $ref: `#/definitions/module_${type}` }
}

/** The names that a module goes by. */
function named(type: string): string[] {
  return [type, `ansible.builtin.${type}`, `ansible.posix.${type}`]
}
