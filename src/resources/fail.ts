import { TaskFailed } from '../core/errors.js'
import type { Resource } from '../core/resource.js'
import { sh } from '../core/sh.js'

interface Args {
  msg?: string
}

interface Want {
  msg: string
}

export const fail: Resource<Args, Want, undefined> = {
  type: 'fail',
  about: 'Fails with a message of your own; mostly with a when.',
  shorthand: 'msg',
  schema: {
    type: 'object',
    properties: { msg: { type: 'string', minLength: 1, description: 'Why the task fails.' } },
    additionalProperties: false,
  },
  want: ({ msg = 'the playbook asks to fail here' }) => ({ msg }),
  key: ({ msg }) => msg,
  probe: () => sh``,
  read: (_, wants) => wants.map(() => undefined),
  plan({ msg }) {
    throw new TaskFailed(msg)
  },
}
