import { TaskFailed } from '../core/errors.js'
import { type Facts, factsProbe, readFacts } from '../core/facts.js'
import { globRegex } from '../core/glob.js'
import type { Resource, Schema } from '../core/resource.js'
import { sh } from '../core/sh.js'

interface Args {
  filter?: string | readonly string[]
}

interface Want {
  /** Which facts, by their names with `ansible_`; none: all. */
  patterns: readonly RegExp[]
}

const words: Schema = {
  anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
}

export const setup: Resource<Args, Want, Facts> = {
  type: 'setup',
  about: 'Asks the host for its facts anew.',
  gathers: true,
  schema: {
    type: 'object',
    properties: {
      filter: {
        ...words,
        description: 'Only the facts of these names; patterns such as `*ipv4*`.',
      },
      gather_subset: { ...words, description: 'Taken, and changes nothing: all are gathered.' },
      gather_timeout: { type: 'integer', description: 'Taken, and changes nothing.' },
    },
    additionalProperties: false,
  },
  want: ({ filter = [] }) => ({ patterns: [filter].flat().filter(Boolean).flatMap(patternsOf) }),
  key: () => 'facts',
  probe: (wants) => (wants.length === 0 ? sh`` : factsProbe),
  read: (stdout, wants) => wants.map(() => readFacts(stdout)),
  plan: () => [],
  result: ({ patterns }, facts) => ({
    ansible_facts: Object.fromEntries(
      Object.entries(facts)
        .map(([name, value]) => [`ansible_${name}`, value as unknown] as const)
        .filter(([name]) => patterns.length === 0 || patterns.some((each) => each.test(name))),
    ),
  }),
}

/** As Ansible: a name may leave `ansible_` out. */
function patternsOf(glob: string): RegExp[] {
  const globs = glob.startsWith('ansible_') ? [glob] : [glob, `ansible_${glob}`]
  return globs.map((each) => {
    const pattern = globRegex(each)
    if (!pattern) throw new TaskFailed(`filter: "${glob}" is no pattern of names`)
    return pattern
  })
}
