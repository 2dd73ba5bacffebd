import type { Resource } from '../core/resource.js'
import { sh } from '../core/sh.js'

/** Either msg or var, as the schema sees to. */
interface Args {
  msg?: unknown
  var?: string
}

interface Want {
  msg: unknown
}

export const debug: Resource<Args, Want, undefined> = {
  type: 'debug',
  about: 'Shows a message, or the value of a variable.',
  shorthand: 'msg',
  schema: {
    type: 'object',
    properties: {
      msg: { description: 'What to show; a list is shown line by line.' },
      var: { type: 'string', minLength: 1, description: 'The variable or expression to show.' },
    },
    oneOf: [{ required: ['msg'] }, { required: ['var'] }],
    additionalProperties: false,
  },
  want: ({ msg, var: name }, context) =>
    name === undefined ? { msg } : { msg: { [name]: context.evaluate(name) } },
  key: (want) => JSON.stringify(want),
  probe: () => sh``,
  read: (_, wants) => wants.map(() => undefined),
  plan: () => [],
  result: ({ msg }) => ({ msg }),
}
