import { TaskFailed } from '../core/errors.js'
import type { Change, Context, Resource } from '../core/resource.js'
import { sh } from '../core/sh.js'
import type { Question, ServiceManager, ServiceState, Verb } from './service-manager.js'
import { systemd } from './service-systemd.js'
import { sysvinit } from './service-sysvinit.js'

interface Args {
  name: string
  state?: 'started' | 'stopped' | 'restarted' | 'reloaded'
  enabled?: boolean
}

interface Want extends Args {
  manager: 'systemd' | 'sysvinit'
}

const managers: Readonly<Record<Want['manager'], ServiceManager>> = { systemd, sysvinit }

export const service: Resource<Args, Want, ServiceState> = {
  type: 'service',
  about: 'Starts, stops, restarts or reloads a service, and says whether it starts at boot.',
  disturbs: true,
  schema: {
    type: 'object',
    properties: {
      name: {
        type: 'string',
        pattern: '^[\\w@.:][\\w@.:-]*$',
        description: "The service's name, such as apache2; with systemd any unit's.",
      },
      state: {
        enum: ['started', 'stopped', 'restarted', 'reloaded'],
        description:
          'started and stopped act only when the service is not so yet; restarted and reloaded always act, and start a service that is down.',
      },
      enabled: { type: 'boolean', description: 'Whether the service starts with the host.' },
    },
    required: ['name'],
    anyOf: [{ required: ['state'] }, { required: ['enabled'] }],
    additionalProperties: false,
  },
  want: (args, context) => ({ ...args, manager: managerOf(context) }),
  key: ({ name }) => name.replace(/\.service$/, ''),
  probe: (wants) => (wants[0] ? managers[wants[0].manager].probe(wants.map(question)) : sh``),
  read: (stdout, wants) => (wants[0] ? managers[wants[0].manager].read(stdout, names(wants)) : []),
  plan: (want, have) => [...planBoot(want, have), ...planState(want, have)],
  settled: ({ state, ...rest }) =>
    isRenewal(state) ? { ...rest, state: 'started' } : { ...rest, state },
  renews: ({ state, enabled }) => isRenewal(state) && enabled === undefined,
}

function isRenewal(state: Args['state']): boolean {
  return state === 'restarted' || state === 'reloaded'
}

function managerOf(context: Context): Want['manager'] {
  const fact = context.fact('service_mgr')
  if (fact === 'systemd' || fact === 'sysvinit') return fact
  throw new TaskFailed(
    `services cannot be managed here: the service manager is ${String(fact)}`,
    'systemd and System V init are known; for another one use a command task',
  )
}

/** What a restart does is the same whether the service runs or not. */
function question({ name, state }: Want): Question {
  return { name, running: state !== undefined && state !== 'restarted' }
}

function names(wants: readonly Want[]): string[] {
  return wants.map(({ name }) => name)
}

function planBoot(want: Want, { boot }: ServiceState): Change[] {
  if (want.enabled === undefined || boot === 'fixed') return []
  if (want.enabled === (boot === 'yes')) return []
  return [act(want, want.enabled ? 'enable' : 'disable')]
}

function planState(want: Want, { running }: ServiceState): Change[] {
  switch (want.state) {
    case undefined:
      return []
    case 'started':
      return running === 'yes' ? [] : [act(want, 'start')]
    case 'stopped':
      return running === 'no' ? [] : [act(want, 'stop')]
    case 'restarted':
      return [act(want, 'restart')]
    case 'reloaded':
      // Told as what it was asked for: a handler may find the service down in a check run alone.
      return [act(want, running === 'yes' ? 'reload' : 'start', 'reload')]
  }
}

function act({ name, manager }: Want, verb: Verb, told: Verb = verb): Change {
  const change = { summary: `${name}: ${told}`, run: managers[manager].act(name, verb) }
  return verb === 'start' || verb === 'restart' ? { ...change, renews: true } : change
}
