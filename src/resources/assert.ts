import { TaskFailed } from '../core/errors.js'
import type { Context, Resource } from '../core/resource.js'
import { sh } from '../core/sh.js'

interface Args {
  that: string | string[]
  fail_msg?: string
  success_msg?: string
  quiet?: boolean
}

interface Want {
  failure: string | undefined
  msg: string | undefined
}

export const assert: Resource<Args, Want, undefined> = {
  type: 'assert',
  about: 'Fails unless all conditions hold.',
  schema: {
    type: 'object',
    properties: {
      that: {
        anyOf: [
          { type: 'string', minLength: 1 },
          { type: 'array', items: { type: 'string', minLength: 1 }, minItems: 1 },
        ],
        description: 'A condition as in when, or a list of them.',
      },
      fail_msg: { type: 'string', description: 'What to say when one does not hold.' },
      success_msg: { type: 'string', description: 'What to say when all hold.' },
      quiet: { type: 'boolean', description: 'Say nothing when all hold.' },
    },
    required: ['that'],
    additionalProperties: false,
  },
  want({ that, fail_msg, success_msg = 'all conditions hold', quiet = false }, context) {
    const wrong = [that].flat().map((expression) => wrongWith(expression, context))
    const first = wrong.find((what) => what !== undefined)
    return {
      failure: first !== undefined && fail_msg !== undefined ? `${fail_msg} (${first})` : first,
      msg: quiet ? undefined : success_msg,
    }
  },
  key: (want) => JSON.stringify(want),
  probe: () => sh``,
  read: (_, wants) => wants.map(() => undefined),
  plan({ failure }) {
    if (failure !== undefined) throw new TaskFailed(failure)
    return []
  },
  result: ({ msg }) => ({ msg }),
}

function wrongWith(expression: string, context: Context): string | undefined {
  const value = context.evaluate(expression)
  if (value === true) return undefined
  return value === false
    ? `${expression} is false`
    : `${expression} is ${JSON.stringify(value)}, neither true nor false`
}
