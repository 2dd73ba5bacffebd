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

interface Args extends Guards {
  cmd: string
  executable?: string
}

interface Want extends Guards {
  cmd: string
  executable: string
}

export const shell: Resource<Args, Want, string | undefined> = {
  type: 'shell',
  about: 'Runs a line, or several, in a shell.',
  shorthand: 'cmd',
  inline: ['chdir', 'creates', 'removes', 'executable'],
  disturbs: true,
  schema: {
    type: 'object',
    properties: {
      cmd: { type: 'string', minLength: 1, description: 'What the shell is to run.' },
      executable: { type: 'string', minLength: 1, description: 'The shell; /bin/sh by default.' },
      ...guardSchema,
    },
    required: ['cmd'],
    additionalProperties: false,
  },
  want: ({ cmd, executable = '/bin/sh', ...guards }) => ({
    cmd,
    executable,
    ...wantGuards(guards),
  }),
  key: (want) => JSON.stringify(want),
  probe: probeGuards,
  read: readGuards,
  plan({ cmd, executable, chdir }, needless) {
    if (needless !== undefined) return []
    const run = lines([enter(chdir), sh`exec ${executable} -c ${cmd}`])
    return [{ summary: `run ${cmd}`, run }]
  },
  settled: () => undefined,
  result: ({ cmd }) => ({ cmd }),
}
