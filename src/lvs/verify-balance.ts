import type { Traffic } from './parse-counts.js'
import type { Listed } from './parse-listing.js'
import { endpoint, serviceName, type VirtualService } from './table.js'
import type { Finding, Member } from './verify-model.js'
import { type Check, given, ok, type Scene, unknown } from './verify-scene.js'

/** Checks on who gets how much. */
export const balanceChecks: readonly Check[] = [
  {
    id: 'verify/share',
    what: 'Each real server gets its share of the new connections, by its weight.',
    why: 'Who gets none is not healthy, or not seen by the scheduler; who gets too many is overloaded.',
    fix: 'look at ipvsadm -L -n: connections that stay keep new ones away under wlc and lc; or set other weights',
    check: perService(share),
  },
  {
    id: 'verify/flooded',
    what: 'No real server that is new to the table gets far more than its share.',
    why: 'Under wlc and the like a fresh one counts as idle: it gets every new connection until it has as many as the rest.',
    fix: 'take it in by steps of its weight: dr-play add-realserver.yml -i inventory',
    check: perService(flooded),
  },
]

/** Schedulers that send one client to one server, or that do not look at weights. */
const BY_CLIENT = ['sh', 'mh', 'dh', 'lblc', 'lblcr', 'fo', 'ovf']
const BY_CONNECTIONS = ['lc', 'wlc', 'sed', 'nq', 'lblc', 'lblcr']
const WITHOUT_WEIGHT = ['rr', 'lc']

/** New connections that tell something. */
const ENOUGH = 12

/** A real server's part of what came by while we looked. */
interface Part {
  name: string
  /** Of all new connections, by weight. */
  expected: number
  got: number
  /** Since the counters began. */
  total: number
  weight: number
}

function perService(
  look: (scene: Scene, live: VirtualService, parts: readonly Part[], director: string) => Finding[],
): Check['check'] {
  return (scene) =>
    scene.services.flatMap((service) =>
      scene.acting(service).flatMap(({ name }: Member) =>
        scene.at(name, (sight) => {
          const live = scene.live(name, service)
          if (!live) return []
          return given(name, sight.traffic, (before) =>
            given(name, scene.trial(name)?.traffic, (after) => {
              const key = serviceName(service)
              return look(scene, live, parts(scene, live, before.get(key), after.get(key)), name)
            }),
          )
        }),
      ),
    )
}

function parts(
  scene: Scene,
  live: VirtualService,
  before: Listed<Traffic> | undefined,
  after: Listed<Traffic> | undefined,
): Part[] {
  const count = (counts: typeof before, key: string) =>
    counts?.realServers.get(key)?.connections ?? 0
  const rows = live.realServers.map((server) => {
    const key = endpoint(server)
    const total = count(after, key)
    const weight = WITHOUT_WEIGHT.includes(live.scheduler)
      ? Math.min(1, server.weight)
      : server.weight
    // A counter that was set to zero meanwhile says nothing.
    const got = Math.max(0, total - count(before, key))
    return { name: scene.serverName(server.address), got, total, weight }
  })
  const sum = rows.reduce((all, { got }) => all + got, 0)
  const weights = rows.reduce((all, { weight }) => all + weight, 0)
  return rows.map((row) => ({
    ...row,
    expected: weights === 0 ? 0 : (sum * row.weight) / weights,
  }))
}

/** Further from its expectation than chance goes in one of a thousand cases: 3.3 deviations. */
function isOdd({ got, expected }: Part, sum: number): boolean {
  const deviation = Math.sqrt(expected * (1 - expected / sum))
  return Math.abs(got - expected) > Math.max(2, 3.3 * deviation)
}

function share(
  { seen }: Scene,
  service: VirtualService,
  all: readonly Part[],
  director: string,
): Finding[] {
  const name = serviceName(service)
  const sum = all.reduce((total, { got }) => total + got, 0)
  const shown = all
    .map(({ name: server, got, expected, weight }) => {
      return `${server} ${got} of ${round(expected)} (weight ${weight})`
    })
    .join(', ')
  if (service.persistence !== undefined || BY_CLIENT.includes(service.scheduler)) {
    const why = service.persistence === undefined ? service.scheduler : 'persistence'
    return [unknown(name, `${name}: under ${why} a few clients say nothing of the shares`)]
  }
  if (sum < ENOUGH) {
    const message = `${name}: ${sum} new connections while we looked, too few to tell`
    const canSend = ['tcp', 'fwmark'].includes(service.protocol) && seen.requests === 0
    return [unknown(name, message, canSend ? 'send some: --requests 60' : undefined)]
  }
  const evidence = [{ host: director, seen: `new connections: ${shown}` }]
  const odd = all.filter((part) => isOdd(part, sum))
  if (odd.length === 0) return [ok(name, `${name}: ${shown}`, ...evidence)]
  const none = odd.find(({ got }) => got === 0)
  const worst = none ?? odd.sort((a, b) => b.got - b.expected - (a.got - a.expected))[0]!
  const message = `${worst.name} got ${worst.got} of ${sum} new connections of ${name}, by its weight it is ${round(worst.expected)}`
  // Who counts connections may have good reason to leave one out.
  const fails = none && !BY_CONNECTIONS.includes(service.scheduler)
  return [{ verdict: fails ? 'fail' : 'warn', subject: name, message, evidence }]
}

function flooded(
  _: Scene,
  service: VirtualService,
  all: readonly Part[],
  director: string,
): Finding[] {
  const name = serviceName(service)
  if (!BY_CONNECTIONS.includes(service.scheduler)) {
    return [ok(name, `${name}: ${service.scheduler} does not count connections`)]
  }
  const sum = all.reduce((total, { got }) => total + got, 0)
  const older = all.reduce((total, part) => total + part.total - part.got, 0)
  const weights = all.reduce((total, { weight }) => total + weight, 0)
  const flood = all.find((part) => {
    const fair = (older * part.weight) / weights
    const isNew = older >= ENOUGH && part.total - part.got < fair / 4
    return isNew && sum >= ENOUGH && part.got > 2 * part.expected && isOdd(part, sum)
  })
  if (!flood) return [ok(name, `${name}: no real server is flooded`)]
  const seen = all.map((part) => `${part.name} ${part.got} new, ${part.total} in all`).join(', ')
  const message = `${flood.name} is new, and gets ${flood.got} of ${sum} new connections of ${name}; by its weight it is ${round(flood.expected)}`
  return [{ verdict: 'warn', subject: name, message, evidence: [{ host: director, seen }] }]
}

function round(number: number): number {
  return Math.round(number * 10) / 10
}
