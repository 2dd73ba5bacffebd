import type { AnyResource, Schema } from '../../src/core/resource.js'

const BEGIN = '<!-- Made of the schema by `npm run docs`, up to the line that says so. -->'
const END = '<!-- From here on: by hand. -->'
const BY_HAND = `## In a check run\n\n## Unlike Ansible\n\n## Examples\n`

/** A module's page: its first part made anew, what is written by hand kept. */
export function pageOf(module: AnyResource, page: string | undefined): string {
  const hand = page?.split(`${END}\n`)[1] ?? `\n${BY_HAND}`
  return `${BEGIN}\n\n${madePart(module)}\n\n${END}\n${hand}`
}

export function indexOf(modules: Iterable<AnyResource>): string {
  const rows = [...modules].map(({ type, about }) => `| [${type}](${type}.md) | ${about} |`)
  return `${INTRO}\n| module | |\n|---|---|\n${rows.join('\n')}\n`
}

const INTRO = `<!-- Made by \`npm run docs\`. -->

# Modules

A task names one module, with its arguments below it or, as Ansible's users write them, on one
line: \`service: name=httpd state=started\`. \`args\` beside a module adds to them. All arguments
are checked before a host is contacted, as far as no template is in them, and again once those
are rendered. \`ansible.builtin.NAME\` and \`ansible.posix.NAME\` mean the same modules.

What \`register\` keeps of each: \`changed\`, \`failed\`, \`skipped\`, and \`stdout\`, \`stdout_lines\`,
\`stderr\` and \`rc\` of what was run; \`msg\` when it failed. A module's page names what it adds. A
check run changes nothing on a host; what a page says of it is what else is to be known.
`

function madePart(module: AnyResource): string {
  const { type, about, schema, disturbs } = module
  const paragraphs = [
    `# ${type}`,
    about,
    `| argument | takes | default | |\n|---|---|---|---|\n${rowsOf(schema).join('\n')}`,
    rulesOf(schema).join(' '),
    lineOf(module),
    disturbs
      ? 'When it changed something, the tasks after it are looked at again before they are planned.'
      : '',
  ]
  return paragraphs.filter(Boolean).join('\n\n')
}

function rowsOf(schema: Schema, prefix = ''): string[] {
  const required = (schema.required ?? []) as string[]
  return Object.entries(propertiesOf(schema)).flatMap(([name, property]) => {
    const full = `${prefix}${name}`
    const needed = required.includes(name) ? ', required' : ''
    const preset = property.default === undefined ? '' : `\`${JSON.stringify(property.default)}\``
    const description = String(property.description).replaceAll('|', '\\|')
    const row = `| \`${full}\`${needed} | ${takes(property)} | ${preset.replaceAll('"', '')} | ${description} |`
    const items = (property.items ?? {}) as Schema
    return [row, ...rowsOf(items, `${full}.`)]
  })
}

function takes({ type, enum: values, anyOf, items }: Schema): string {
  if (values !== undefined)
    return (values as unknown[]).map((value) => `\`${String(value)}\``).join(', ')
  if (anyOf !== undefined) {
    const all = [...new Set((anyOf as Schema[]).map(takes))]
    return (all[0] === NUMBER ? all.filter((one) => one !== 'text') : all).join(' or ')
  }
  if (type === 'array')
    return `list of ${items === undefined ? 'anything' : plural(items as Schema)}`
  return names[String(type)] ?? 'anything'
}

const NUMBER = 'whole number'
const names: Readonly<Record<string, string>> = {
  string: 'text',
  boolean: '`true` or `false`',
  integer: NUMBER,
  number: 'number',
  object: 'map',
}

function plural(items: Schema): string {
  return items.type === 'object' ? 'maps' : 'texts'
}

/** What the schema says of several arguments together. */
function rulesOf({ oneOf, anyOf, dependentRequired, dependentSchemas }: Schema): string[] {
  const groups = (list: unknown) =>
    (list as { required: string[] }[]).map(({ required }) => required.map(code).join(' with '))
  const grouped = ((oneOf ?? []) as { required: string[] }[]).flatMap(({ required }) => required)
  return [
    ...(oneOf === undefined ? [] : [`It takes either ${groups(oneOf).join(' or ')}.`]),
    ...(anyOf === undefined ? [] : [`It needs ${groups(anyOf).join(' or ')}, or both.`]),
    ...Object.entries((dependentRequired ?? {}) as Record<string, string[]>)
      .filter(([name]) => !grouped.includes(name))
      .map(([name, others]) => `${code(name)} needs ${others.map(code).join(' and ')}.`),
    ...Object.entries((dependentSchemas ?? {}) as Record<string, Schema>).map(([name, schema]) => {
      const settings = Object.entries(propertiesOf(schema)).map(([key, value]) =>
        code(`${key}: ${String(value.const)}`),
      )
      return `${code(name)} needs ${settings.join(' and ')}.`
    }),
  ]
}

/** How it is written on one line. */
function lineOf({ type, schema, shorthand, inline = [] }: AnyResource): string {
  if (shorthand === undefined) {
    const { required, oneOf } = schema as { required?: string[]; oneOf?: { required: string[] }[] }
    const needed = [...(required ?? []), ...(oneOf?.[0]?.required ?? [])]
    const first = needed.length > 0 ? needed : Object.keys(propertiesOf(schema))
    return `On one line: ${code(`${type}: ${first.map((name) => `${name}=...`).join(' ')}`)}.`
  }
  const within =
    inline.length === 0 ? '' : `; ${inline.map(code).join(', ')} may stand in it as NAME=VALUE`
  return `Text in place of the map is ${code(shorthand)}: ${code(`${type}: ...`)}${within}.`
}

function propertiesOf(schema: Schema): Record<string, Schema> {
  return (schema.properties ?? {}) as Record<string, Schema>
}

function code(text: string): string {
  return `\`${text}\``
}
