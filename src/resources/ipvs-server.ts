import { TaskFailed } from '../core/errors.js'
import type { Change, Resource } from '../core/resource.js'
import { lines, sh } from '../core/sh.js'
import type { Least } from '../lvs/capacity.js'
import { serviceDelta } from '../lvs/delta.js'
import { virtualService } from '../lvs/model.js'
import { endpoint, type RealServer, serviceName, type VirtualService } from '../lvs/table.js'
import { type GuardArgs, guardProperties, leastOf, refuseTooFew } from './ipvs-guard.js'
import { asTask, ipvsCall, liveTable, readTable } from './ipvs-call.js'
import { type ServiceArgs, serviceInput, servicesSchema } from './ipvs-schema.js'
import { noteFirst, strikeLast } from './ipvs-joining.js'
import { watch } from './ipvs-watch.js'

interface Args extends GuardArgs {
  address: string
  name?: string
  services?: readonly ServiceArgs[]
  state?: State
  ramp?: readonly (number | string)[]
  step_seconds?: number | string
}

type State = 'present' | 'quiesced' | 'absent'

interface Want {
  address: string
  name: string | undefined
  /** The virtual services that are to have it. */
  services: VirtualService[]
  state: State
  /** Percents of its weight, ascending; the last is 100. */
  ramp: number[]
  stepSeconds: number
  least: Least
}

interface Have {
  table: VirtualService[]
  /** Its address is on the list of those that are being taken in. */
  joining: boolean
}

/**
 * One real server in the virtual services of a director, the others left as they are. One whose
 * weight is raised by steps is on the director's list of joining real servers
 * (`$DR_PLAY_STATE/joining`) until it has all of it: a run that breaks off in between is known
 * by that, while a weight of 0 without it is somebody's own decision.
 */
export const ipvsServer: Resource<Args, Want, Have> = {
  type: 'ipvs_server',
  about: 'Takes one real server into the running IPVS table, quiesces it, or takes it out.',
  schema: {
    type: 'object',
    properties: {
      address: { type: 'string', description: 'The RIP.' },
      name: { type: 'string', description: 'What messages call it.' },
      services: {
        ...servicesSchema,
        description: 'For present: the virtual services; those that list the address get it.',
      },
      state: {
        enum: ['present', 'quiesced', 'absent'],
        default: 'present',
        description:
          'quiesced sets its weight to 0 in every service that has it; absent removes it there.',
      },
      ramp: {
        type: 'array',
        items: {
          anyOf: [
            { type: 'integer', minimum: 1, maximum: 100 },
            { type: 'string', pattern: '^([1-9][0-9]?|100)$' },
          ],
        },
        default: [],
        description:
          'For present: percents of its weight on the way to all of it, from 0 on. Under wlc one that is new and has all its weight at once is flooded. None: all at once.',
      },
      step_seconds: {
        anyOf: [{ type: 'integer' }, { type: 'string', pattern: '^[0-9]+$' }],
        default: 5,
        description:
          'Seconds for which each step of the ramp is watched, as ipvs_watch does; what gets stuck ends it.',
      },
      ...guardProperties,
    },
    required: ['address'],
    additionalProperties: false,
  },

  want({ address, name, services = [], state = 'present', ramp = [], ...more }) {
    const all = asTask('ipvs_server', () =>
      services.map((service) => virtualService(serviceInput(service))),
    )
    const { step_seconds = 5 } = more
    const percents = ramp.map(Number).sort((a, b) => a - b)
    return {
      address,
      name,
      services: all,
      state,
      ramp: percents.length > 0 ? [0, ...percents, 100] : [100],
      stepSeconds: Number(step_seconds),
      least: leastOf(more),
    }
  },

  key: ({ address }) => address,

  probe: () =>
    lines([liveTable, sh`echo '# joining'; cat "$DR_PLAY_STATE/joining" 2>/dev/null || :`]),

  read(stdout, wants) {
    const [live = '', list = ''] = stdout.split('# joining\n')
    const table = readTable(live)
    const joining = new Set(list.split('\n'))
    return wants.map(({ address }) => ({ table, joining: joining.has(address) }))
  },

  plan(want, have) {
    switch (want.state) {
      case 'present':
        return planPresent(want, have)
      case 'quiesced':
        return carrying(want, have).flatMap((service) =>
          replace(want, service, (server) => [{ ...server, weight: 0 }]),
        )
      case 'absent': {
        const changes = carrying(want, have).flatMap((service) => replace(want, service, () => []))
        return have.joining ? strikeLast(changes, want.address) : changes
      }
    }
  },

  result: ({ address }, { table }) => {
    const entries = table.flatMap(({ realServers }) =>
      realServers.filter((server) => server.address === address),
    )
    return { weights: entries.map(({ weight }) => weight) }
  },
}

function planPresent(want: Want, { table, joining }: Have): Change[] {
  const ways = waysOf(want, table)
  const steps = want.ramp.flatMap((percent) => {
    const raised = ways.flatMap((way) => raise(way, percent))
    const watched = percent > 0 && want.ramp.length > 1 && raised.length > 0
    return watched ? [...raised, watch(watchOf(want))] : raised
  })
  const isRamp = want.ramp.length > 1 && steps.length > 0
  const noted = isRamp && !joining ? noteFirst(steps, want.address) : steps
  return isRamp || joining ? strikeLast(noted, want.address) : noted
}

/** A real server on its way in one service: as the table has it by the step that is planned. */
interface Way {
  live: VirtualService
  server: RealServer
}

function waysOf(want: Want, table: readonly VirtualService[]): Way[] {
  const ways = want.services.flatMap((service) => {
    const server = service.realServers.find(({ address }) => address === want.address)
    if (!server) return []
    const live = table.find((each) => serviceName(each) === serviceName(service))
    if (live) return [{ live, server }]
    throw new TaskFailed(
      `${serviceName(service)} is not in the live table`,
      'the director has to be set up first: run site.yml',
    )
  })
  if (ways.length > 0) return ways
  throw new TaskFailed(
    `ipvs_server: none of the services has a real server ${want.address}`,
    'is it in the group realserver, or in real_servers of a virtual service?',
  )
}

/** Brings the way on to a percent of the weight; a ramp never lowers what is there. */
function raise(way: Way, percent: number): Change[] {
  const { live, server } = way
  const isIt = (each: RealServer) => endpoint(each) === endpoint(server)
  const now = live.realServers.find(isIt)
  const weight = Math.ceil((server.weight * percent) / 100)
  if (percent < 100 && now && now.weight >= weight) return []
  const others = live.realServers.filter((each) => !isIt(each))
  const after = { ...live, realServers: [...others, { ...server, weight }] }
  const steps = serviceDelta(live, after)
  way.live = after
  return steps.map((step) => ipvsCall(step))
}

function watchOf({ address, name = address, stepSeconds }: Want) {
  return { address, name, seconds: stepSeconds }
}

function carrying({ address }: Want, { table }: Have): VirtualService[] {
  return table.filter(({ realServers }) => realServers.some((each) => each.address === address))
}

/** @throws TaskFailed when too few would be left */
function replace(
  want: Want,
  service: VirtualService,
  by: (server: RealServer) => RealServer[],
): Change[] {
  const named = (server: RealServer) =>
    want.name === undefined ? server : { ...server, name: want.name }
  const have = {
    ...service,
    realServers: service.realServers.map((each) =>
      each.address === want.address ? named(each) : each,
    ),
  }
  const after = {
    ...have,
    realServers: have.realServers.flatMap((each) =>
      each.address === want.address ? by(each) : [each],
    ),
  }
  const meant = want.services.find((each) => serviceName(each) === serviceName(service))
  const whole = meant?.realServers.filter(({ weight }) => weight > 0).length
  refuseTooFew(have, after, want.least, whole)
  return serviceDelta(have, after).map((step) => ipvsCall(step))
}
