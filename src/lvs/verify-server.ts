import { listed } from './lint-model.js'
import { serviceName } from './table.js'
import { ANYWHERE, type Finding, type Sight, triedBy } from './verify-model.js'
import { type Check, type Duty, found, given, ok, type Scene, unknown } from './verify-scene.js'

/** Checks on the real servers themselves. */
export const serverChecks: readonly Check[] = [
  {
    id: 'verify/vip-on-lo',
    what: 'A real server has the VIP, on lo.',
    why: 'Packets come with the VIP as destination: who has not got it drops them, and its RIP answers all the same.',
    fix: 'dr-play site.yml -i inventory --limit realserver',
    check: perDuty(vipOnLo),
  },
  {
    id: 'verify/vip-prefix',
    what: 'The VIP on lo is a /32.',
    why: 'With a shorter prefix the real server takes all addresses of that network for its own.',
    fix: 'dr-play site.yml -i inventory --limit realserver',
    check: perDuty((_, { host, vip }, { addresses }) => {
      const on = addresses.filter(({ address, device }) => address === vip && device === 'lo')
      const wrong = on.find(({ prefix }) => prefix !== 32)
      if (on.length === 0) return []
      if (!wrong) return [ok(host.name, `${host.name}: ${vip}/32`)]
      const message = `${host.name} has ${vip} on lo as a /${wrong.prefix}`
      const fix = `ip addr add ${vip}/32 dev lo label lo:0 && ip addr del ${vip}/${wrong.prefix} dev lo`
      return [found('fail', host.name, message, `ip addr: ${vip}/${wrong.prefix} on lo`, fix)]
    }),
  },
  {
    id: 'verify/rp-filter',
    what: 'A real server with several interfaces does not filter strictly by the way back (rp_filter 1).',
    why: 'Requests come in by the interface of the RIP; where the way back is another, strict mode drops them.',
    fix: 'sysctl -w net.ipv4.conf.all.rp_filter=2: the greater of `all` and the interface counts',
    check: perDuty(rpFilter),
  },
  {
    id: 'verify/listener',
    what: 'Somebody listens on the VIP and the port of the service, or on all addresses.',
    why: 'Apache bound to the RIP only: its health checks are fine, and every client is refused.',
    fix: "Listen PORT in Apache's configuration, without an address; and start it",
    check: (scene) =>
      scene.duties.flatMap((duty) => scene.at(duty.host.name, (sight) => listener(duty, sight))),
  },
  {
    id: 'verify/return-route',
    what: "A real server's replies go to the clients, and not by the director.",
    why: 'The director gets packets from its own address then, and drops them.',
    fix: 'set the default route to the router, not to the DIP or the VIP',
    check: perDuty(returnRoute),
  },
]

function perDuty(look: (scene: Scene, duty: Duty, sight: Sight) => Finding[]): Check['check'] {
  return (scene) =>
    scene.carried.flatMap((duty) => {
      return scene.at(duty.host.name, (sight) => look(scene, duty, sight))
    })
}

function vipOnLo(_: Scene, { host: { name }, vip }: Duty, { addresses }: Sight): Finding[] {
  const on = addresses.filter(({ address }) => address === vip)
  const elsewhere = on.filter(({ device }) => device !== 'lo')
  const shown = on.map(({ prefix, device }) => `${vip}/${prefix} on ${device}`).join(', ')
  if (elsewhere[0]) {
    const { device, prefix } = elsewhere[0]
    const fix = `ip addr del ${vip}/${prefix} dev ${device}, then dr-play site.yml -i inventory --limit ${name}`
    return [found('fail', name, `${name} has ${vip} on ${device}`, `ip addr: ${shown}`, fix)]
  }
  if (on.length > 0) return [ok(name, `${name}: ${shown}`)]
  const lo = addresses.filter(({ device }) => device === 'lo').map(({ address }) => address)
  const fix = `dr-play site.yml -i inventory --limit ${name}`
  return [found('fail', name, `${name} has not got ${vip}`, `ip addr: lo: ${lo.join(', ')}`, fix)]
}

function rpFilter(scene: Scene, duty: Duty, { links, addresses, sysctls }: Sight): Finding[] {
  const { name } = duty.host
  const device = scene.deviceOf(duty)
  const all = sysctls.get('conf/all/rp_filter')
  if (device === undefined || all === undefined) {
    return [unknown(name, `${name} does not show its settings, or has no ${duty.server.address}`)]
  }
  const own = sysctls.get(`conf/${device}/rp_filter`) ?? 0
  const homes = links.filter(
    ({ up, device: name }) => up && name !== 'lo' && addresses.some((one) => one.device === name),
  )
  const seen = `rp_filter: all ${all}, ${device} ${own}`
  if (Math.max(all, own) !== 1) return [ok(name, `${name}: ${seen}`)]
  if (homes.length < 2) return [ok(name, `${name}: ${seen}; ${device} is its only interface`)]
  const message = `${name} drops by rp_filter on ${device} what it would answer by another interface`
  const shown = `${seen}; interfaces: ${listed(homes.map((home) => home.device))}`
  return [found('fail', name, message, shown)]
}

function listener({ host, vip, service }: Duty, sight: Sight): Finding[] {
  const tried = triedBy(service)
  if ('not' in tried) {
    const name = serviceName(service)
    return [unknown(name, `${name}: who listens was not looked for: ${tried.not}`)]
  }
  const { protocol, port } = tried
  return given(host.name, sight.listeners, (all) => {
    const here = all.filter((one) => one.protocol === protocol && one.port === port)
    const on = [...new Set(here.map(({ address }) => address))]
    if (on.includes('0.0.0.0')) return [ok(host.name, `${host.name}: ${protocol} *:${port}`)]
    if (on.includes(vip)) return [ok(host.name, `${host.name}: ${protocol} ${vip}:${port}`)]
    const seen = on.map((address) => `${address}:${port}`).join(', ')
    const message =
      on.length > 0
        ? `on ${host.name} ${protocol} port ${port} is open, but not on ${vip}`
        : `on ${host.name} nobody listens on ${protocol} port ${port}`
    const shown = `listeners: ${seen || `none on ${port}`}`
    const fix = `start there what serves ${protocol} port ${port}, on all addresses or on ${vip}`
    return [found('fail', host.name, message, shown, protocol === 'udp' ? fix : undefined)]
  })
}

function returnRoute(scene: Scene, { host: { name }, vip }: Duty, sight: Sight): Finding[] {
  // Without the VIP no reply has it as source; that is a finding of its own.
  const isUp = sight.addresses.some(({ address }) => address === vip)
  const directors = new Map(
    scene.directors.flatMap((director) => [
      [director.address, director.name] as const,
      ...(scene.sight(director.name)?.addresses ?? []).map(
        ({ address }) => [address, director.name] as const,
      ),
    ]),
  )
  const ways = [
    ...(isUp ? scene.clientAddresses.map((client) => `${client} from ${vip}`) : []),
    ANYWHERE,
  ]
  const wrong = ways.flatMap((way) => {
    const route = sight.routes.get(way)
    const shown = way === ANYWHERE ? 'the default route' : `ip route get ${way}`
    if (!route) {
      if (way === ANYWHERE) return []
      return [found('fail', name, `${name} has no way back to a client`, `${shown}: none`)]
    }
    const director = route.via === undefined ? undefined : directors.get(route.via)
    if (director === undefined) return []
    const message = `${name} answers by ${director}, which is a director`
    return [found('fail', name, message, `${shown}: via ${route.via} dev ${route.device}`)]
  })
  if (wrong.length > 0) return wrong
  const route = sight.routes.get(ANYWHERE)
  const by = route?.via ?? route?.device
  const to = by === undefined ? 'no default route: it answers its own segment only' : `by ${by}`
  return [ok(name, `${name}: ${to}`)]
}
