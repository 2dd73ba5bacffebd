import { TaskFailed } from '../core/errors.js'
import type { Change, Resource } from '../core/resource.js'
import { lines, sh, type Sh } from '../core/sh.js'
import { leavesTooFew, type Least } from '../lvs/capacity.js'
import { serviceDelta } from '../lvs/delta.js'
import { virtualService } from '../lvs/model.js'
import { type RealServer, serviceName, type VirtualService } from '../lvs/table.js'
import { asTask, ipvsCall, liveTable, readTable } from './ipvs-call.js'
import { type ServiceArgs, serviceInput, servicesSchema } from './ipvs-schema.js'

interface Args {
  address: string
  name?: string
  services?: readonly ServiceArgs[]
  state?: State
  percent?: number | string
  min_active?: number | string
  force?: boolean
}

type State = 'present' | 'quiesced' | 'absent'

interface Want {
  address: string
  name: string | undefined
  /** The virtual services that are to have it. */
  services: VirtualService[]
  state: State
  percent: number
  least: Least
}

interface Have {
  table: VirtualService[]
  /** Its address is on the list of those that are being taken in. */
  joining: boolean
}

/**
 * One real server in the virtual services of a director, the others left as they are. One that
 * is brought to less than all of its weight is on the director's list of joining real servers
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
      percent: {
        anyOf: [
          { type: 'integer', minimum: 0, maximum: 100 },
          { type: 'string', pattern: '^([0-9]|[1-9][0-9]|100)$' },
        ],
        default: 100,
        description: 'For present: how much of its weight it gets; 0 adds it with weight 0.',
      },
      min_active: {
        anyOf: [
          { type: 'integer', minimum: 0 },
          { type: 'string', pattern: '^([0-9]+|([0-9]|[1-9][0-9]|100)%)$' },
        ],
        default: '50%',
        description:
          'How many real servers of each service must keep a weight: a number, or a share of those it is meant to have. What would leave fewer is refused.',
      },
      force: { type: 'boolean', default: false, description: 'Do it all the same.' },
    },
    required: ['address'],
    additionalProperties: false,
  },

  want({ address, name, services = [], state = 'present', percent = 100, ...guard }) {
    const all = asTask('ipvs_server', () =>
      services.map((service) => virtualService(serviceInput(service))),
    )
    const { min_active: least = '50%', force = false } = guard
    return {
      address,
      name,
      services: all,
      state,
      percent: Number(percent),
      least: force ? 0 : /%$/.test(String(least)) ? (least as Least) : Number(least),
    }
  },

  key: ({ address }) => address,

  probe: (wants) =>
    lines([
      liveTable,
      sh`[ ! -e "$DR_PLAY_STATE/joining" ] || while read -r address; do
  case $address in ${alternatives(wants)}) echo "# joining $address" ;; esac
done <"$DR_PLAY_STATE/joining"`,
    ]),

  read(stdout, wants) {
    const table = readTable(stdout)
    const joining = new Set(stdout.match(/(?<=^# joining ).*$/gm))
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
        return withMark(changes, have.joining ? unmark(want) : undefined)
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
  const wanted = want.services.flatMap((service) =>
    service.realServers
      .filter(({ address }) => address === want.address)
      .map((server) => ({ service, server: portion(server, want.percent) })),
  )
  if (wanted.length === 0) {
    throw new TaskFailed(
      `ipvs_server: none of the services has a real server ${want.address}`,
      'is it in the group realserver, or in real_servers of a virtual service?',
    )
  }
  const changes = wanted.flatMap(({ service, server }) => {
    const live = table.find((each) => serviceName(each) === serviceName(service))
    if (!live) {
      throw new TaskFailed(
        `${serviceName(service)} is not in the live table`,
        'the director has to be set up first: run site.yml',
      )
    }
    const others = live.realServers.filter(
      ({ address, port }) => address !== server.address || port !== server.port,
    )
    return serviceDelta(live, { ...live, realServers: [...others, server] }).map((step) =>
      ipvsCall(step),
    )
  })
  if (want.percent < 100) return joining ? changes : markFirst(changes, want)
  return withMark(changes, joining ? unmark(want) : undefined)
}

/** Its part of the full weight, but never none of it unless that is what is asked for. */
function portion(server: RealServer, percent: number): RealServer {
  return { ...server, weight: Math.ceil((server.weight * percent) / 100) }
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
  const refusal = leavesTooFew(have, after, want.least, whole)
  if (refusal !== undefined) {
    throw new TaskFailed(refusal, 'take others in first, set min_active, or say -e force=true')
  }
  return serviceDelta(have, after).map((step) => ipvsCall(step))
}

/** The list is written before the first change that it speaks of. */
function markFirst(changes: readonly Change[], { address }: Want): Change[] {
  const [first, ...rest] = changes
  if (!first) return []
  const mark = sh`mkdir -p "$DR_PLAY_STATE" && echo ${address} >>"$DR_PLAY_STATE/joining" || exit`
  return [{ ...first, run: lines([mark, first.run]) }, ...rest]
}

/** It is struck off the list with the last change, or by a change of its own. */
function withMark(changes: readonly Change[], strike: Sh | undefined): Change[] {
  if (!strike) return [...changes]
  const last = changes.at(-1)
  if (!last) return [{ summary: 'is no longer on the list of joining real servers', run: strike }]
  return [
    ...changes.slice(0, -1),
    {
      ...last,
      run: sh`{ ${last.run}
} && { ${strike}
}`,
    },
  ]
}

function unmark({ address }: Want): Sh {
  return sh`cd "$DR_PLAY_STATE" && [ -e joining ] || exit 0
grep -vxF ${address} joining >joining.left || [ $? = 1 ] || exit 1
if [ -s joining.left ]; then mv joining.left joining; else rm -f joining joining.left; fi`
}

function alternatives(wants: readonly Want[]): Sh {
  const [first, ...rest] = wants.map(({ address }) => address)
  return rest.reduce((all, address) => sh`${all} | ${address}`, sh`${first ?? ''}`)
}
