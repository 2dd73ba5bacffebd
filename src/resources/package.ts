import { TaskFailed } from '../core/errors.js'
import type { Change, Context, Resource, Schema } from '../core/resource.js'
import { sh } from '../core/sh.js'
import { apt } from './package-apt.js'
import { isInstalled, type PackageManager } from './package-manager.js'
import { rpm } from './package-rpm.js'

interface Args {
  name: string | readonly string[]
  state?: 'present' | 'absent'
}

interface Want {
  names: readonly string[]
  state: NonNullable<Args['state']>
  manager: keyof typeof managers
}

const managers = { apt, dnf: rpm('dnf'), yum: rpm('yum') } satisfies Record<string, PackageManager>

const nameSchema: Schema = { type: 'string', pattern: '^[A-Za-z0-9][\\w.+:-]*$' }

/** Have: which of the names are installed. */
export const packages: Resource<Args, Want, readonly string[]> = {
  type: 'package',
  about: 'Installs or removes packages, with apt, dnf or yum.',
  disturbs: true,
  schema: {
    type: 'object',
    properties: {
      name: {
        anyOf: [nameSchema, { type: 'array', items: nameSchema, minItems: 1 }],
        description: 'The package, or a list of them: real names, no patterns or versions.',
      },
      state: {
        enum: ['present', 'absent'],
        description: 'present (the default): installed, in whatever version.',
      },
    },
    required: ['name'],
    additionalProperties: false,
  },
  want: ({ name, state = 'present' }, context) => ({
    names: [name].flat(),
    state,
    manager: managerOf(context),
  }),
  key: ({ names }) => names.join(' '),
  probe: (wants) =>
    wants[0] ? managers[wants[0].manager].probe([...new Set(allNames(wants))]) : sh``,
  read(stdout, wants) {
    const all = wants[0] ? managers[wants[0].manager].installed(stdout) : []
    return wants.map(({ names }) => names.filter((name) => isInstalled(name, all)))
  },
  plan(want, installed) {
    const missing = want.names.filter((name) => !installed.includes(name))
    return want.state === 'present' ? act(want, 'install', missing) : act(want, 'remove', installed)
  },
}

function managerOf(context: Context): Want['manager'] {
  const fact = context.fact('pkg_mgr')
  if (fact === 'apt' || fact === 'dnf' || fact === 'yum') return fact
  throw new TaskFailed(
    `packages cannot be managed here: the package manager is ${String(fact)}`,
    'apt, dnf and yum are known; for another one use a command task',
  )
}

function allNames(wants: readonly Want[]): string[] {
  return wants.flatMap(({ names }) => names)
}

function act(want: Want, verb: 'install' | 'remove', names: readonly string[]): Change[] {
  if (names.length === 0) return []
  return [{ summary: `${verb} ${names.join(', ')}`, run: managers[want.manager][verb](names) }]
}
