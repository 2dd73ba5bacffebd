import { TaskFailed } from '../core/errors.js'
import type { Resource } from '../core/resource.js'
import { lines, sh } from '../core/sh.js'
import {
  enter,
  type Guards,
  guardSchema,
  probeGuards,
  readGuards,
  wantGuards,
} from './command-guards.js'
import { splitWords } from './words.js'

/** Either cmd or argv, as the schema sees to. */
interface Args extends Guards {
  cmd?: string
  argv?: string[]
  stdin?: string
}

interface Want extends Guards {
  words: readonly string[]
  stdin: string | undefined
}

export const command: Resource<Args, Want, string | undefined> = {
  type: 'command',
  about: 'Runs a program, without a shell: no variables, pipes or wildcards.',
  shorthand: 'cmd',
  inline: ['chdir', 'creates', 'removes', 'stdin'],
  disturbs: true,
  schema: {
    type: 'object',
    properties: {
      cmd: { type: 'string', description: 'The program and its arguments, quoted as for a shell.' },
      argv: {
        type: 'array',
        items: { type: 'string' },
        minItems: 1,
        description: 'The same as a list, where nothing needs quoting.',
      },
      stdin: { type: 'string', description: 'Text for its standard input; a line end is added.' },
      ...guardSchema,
    },
    oneOf: [{ required: ['cmd'] }, { required: ['argv'] }],
    additionalProperties: false,
  },
  want({ cmd = '', argv, stdin, ...guards }) {
    const words = argv ?? splitWords(cmd)
    if (words.length === 0) throw new TaskFailed('there is no command to run', 'name a program')
    return { words, stdin, ...wantGuards(guards) }
  },
  key: (want) => JSON.stringify(want),
  probe: probeGuards,
  read: readGuards,
  plan({ words, stdin, chdir }, needless) {
    if (needless !== undefined) return []
    // exec: a program it is, even when the shell knows a builtin or a keyword of that name.
    const input = stdin === undefined ? sh`` : sh`printf '%s\n' ${stdin} | `
    const run = lines([enter(chdir), sh`${input}exec ${words}`])
    return [{ summary: `run ${sh`${words}`.text}`, run }]
  },
  settled: () => undefined,
  result: ({ words }) => ({ cmd: words }),
}
