import { listed } from './lint-model.js'
import { endpoint, endpointArgs, serviceName } from './table.js'
import type { Finding, Member, Service } from './verify-model.js'
import { type Check, found, given, ok, type Scene, unknown } from './verify-scene.js'

/** Checks on the directors, and on the table that is live there. */
export const directorChecks: readonly Check[] = [
  {
    id: 'verify/director-vip',
    what: 'Just one director has the VIP, on an interface that clients reach.',
    why: 'Without it nobody answers for the VIP; on two directors, clients are divided by chance.',
    fix: 'dr-play site.yml -i inventory --limit director',
    check: (scene) => scene.vips.map((vip) => holderOf(scene, vip)),
  },
  {
    id: 'verify/service',
    what: 'The virtual service is in the live table of the director that has the VIP.',
    why: "Connections to a VIP without a service end at the director's own ports.",
    fix: 'dr-play site.yml -i inventory --limit director',
    check: perService((scene, service, { name }) => {
      if (scene.live(name, service)) {
        return [ok(name, `${name} has ${serviceName(service)}`)]
      }
      return given(name, scene.sight(name)?.table, (table) => {
        const seen = `ipvsadm -S -n: ${table.map(serviceName).join(', ') || 'no service'}`
        return [found('fail', name, `${name} has no service ${serviceName(service)}`, seen)]
      })
    }),
  },
  {
    id: 'verify/real-servers',
    what: 'The real servers of the inventory are in the live table, with weight, and no others.',
    why: 'Who is not there, or has weight 0, gets no new connection; when all are so, clients are refused.',
    fix: 'dr-play site.yml -i inventory',
    check: perService(realServers),
  },
  {
    id: 'verify/forwarding',
    what: 'The live entries forward by the method of the inventory: direct routing (Route, -g).',
    why: 'Under -m the director rewrites packets and waits for replies that never come by it.',
    fix: 'dr-play site.yml -i inventory --limit director',
    check: perService((scene, service, { name }) =>
      entries(scene, service, name, (entry, shown) => {
        const wanted = service.realServers.find(({ address }) => address === entry.address)
        if (!wanted || wanted.forwarding === entry.forwarding) return undefined
        const [server, method] = [endpoint(entry), { dr: '-g', nat: '-m', tun: '-i' }]
        const args = endpointArgs(service).join(' ')
        return found(
          'fail',
          name,
          `${name} forwards to ${shown} by ${entry.forwarding}, not ${wanted.forwarding}`,
          `ipvsadm -S -n: -r ${server} ${method[entry.forwarding]} -w ${entry.weight}`,
          `ipvsadm -e ${args} -r ${server} ${method[wanted.forwarding]} -w ${entry.weight}`,
        )
      }),
    ),
  },
  {
    id: 'verify/port',
    what: 'The live entries have the port of their virtual service.',
    why: 'Direct routing leaves ports as they are; another one only takes effect under -m.',
    fix: 'serve on the same port, and run: dr-play site.yml -i inventory --limit director',
    check: perService((scene, service, { name }) =>
      entries(scene, service, name, (entry, shown) => {
        if (service.port === 0 || entry.port === service.port) return undefined
        const message = `${name} sends ${serviceName(service)} to port ${entry.port} of ${shown}`
        return found('fail', name, message, `ipvsadm -S -n: -r ${endpoint(entry)}`)
      }),
    ),
  },
  {
    id: 'verify/local-server',
    what: 'No director is a real server, unless director_is_realserver says so.',
    why: 'After a failover the other director sends connections back, and they go round in circles.',
    fix: 'take it out of the group realserver',
    check: perService(localServers),
  },
  {
    id: 'verify/redirects',
    what: "A director that forwards (ip_forward) sends no ICMP redirects from the VIP's interface.",
    why: 'They tell clients to pass the director by, straight to one real server.',
    fix: 'sysctl -w net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.INTERFACE.send_redirects=0',
    check: (scene) =>
      scene.vips.flatMap((vip) => scene.holders(vip).flatMap(redirects(scene, vip))),
  },
]

function holderOf(scene: Scene, vip: string): Finding {
  const holders = scene.holders(vip).map(({ name }) => name)
  const unseen = scene.directors.filter(({ name }) => !scene.sight(name))
  if (holders.length > 1) {
    return {
      verdict: 'fail',
      subject: vip,
      message: `${listed(holders)} ${holders.length === 2 ? 'both' : 'all'} have ${vip}`,
      evidence: holders.map((host) => ({ host, seen: `ip addr: ${vip}` })),
      fix: `take it off all but one: ip addr del ${vip}/32 dev INTERFACE`,
    }
  }
  if (holders[0] !== undefined) return ok(vip, `${holders[0]} has ${vip}`)
  if (unseen[0]) return unknown(vip, scene.whyNot(unseen[0].name))
  const evidence = scene.directors.map(({ name: host }) => {
    const all = scene.sight(host)?.addresses.filter(({ address }) => address !== '127.0.0.1') ?? []
    const shown = all.map(({ address, prefix, device }) => `${address}/${prefix} on ${device}`)
    return { host, seen: `ip addr: ${shown.join(', ') || 'no address'}` }
  })
  const who = scene.directors.length === 1 ? scene.directors[0]!.name : 'no director'
  const message = who === 'no director' ? `no director has ${vip}` : `${who} has not got ${vip}`
  return { verdict: 'fail', subject: vip, message, evidence }
}

/** Looks at each service on each director that has to do its work. */
function perService(
  look: (scene: Scene, service: Service, director: Member) => Finding[],
): Check['check'] {
  return (scene) =>
    scene.services.flatMap((service) =>
      scene.acting(service).flatMap((director) => {
        return scene.at(director.name, () => look(scene, service, director))
      }),
    )
}

/** Looks at each live entry of a service; nothing when there is no such service. */
function entries(
  scene: Scene,
  service: Service,
  director: string,
  look: (entry: Service['realServers'][number], shown: string) => Finding | undefined,
): Finding[] {
  const live = scene.live(director, service)
  if (!live) return []
  const wrong = live.realServers.flatMap((entry) => {
    return look(entry, scene.serverName(entry.address)) ?? []
  })
  return wrong.length > 0 ? wrong : [ok(director, `${director}: ${serviceName(service)}`)]
}

function realServers(scene: Scene, service: Service, { name }: Member): Finding[] {
  const live = scene.live(name, service)
  if (!live) return []
  const inTable = (address: string) => live.realServers.find((entry) => entry.address === address)
  const seen = live.realServers
    .map(({ address, weight }) => `${scene.serverName(address)} weight ${weight}`)
    .join(', ')
  const table = `ipvsadm -S -n: ${seen || 'no real server'}`
  const service_ = serviceName(service)
  if (!live.realServers.some(({ weight }) => weight > 0)) {
    return [found('fail', name, `${service_} has no real server with weight on ${name}`, table)]
  }
  const wanted = service.realServers.filter(({ weight }) => weight > 0)
  const missing = wanted.filter(({ address }) => !inTable(address))
  const quiesced = wanted.filter(({ address }) => inTable(address)?.weight === 0)
  const strange = live.realServers.filter(
    ({ address }) => !service.realServers.some((server) => server.address === address),
  )
  const names = (servers: readonly { address: string }[]) =>
    listed(servers.map(({ address }) => scene.serverName(address)))
  const all = [
    ...(missing.length > 0
      ? [found('warn', name, `${names(missing)}: not in the table of ${service_}`, table)]
      : []),
    ...(quiesced.length > 0
      ? [found('warn', name, `${names(quiesced)}: weight 0 in ${service_}`, table)]
      : []),
    ...(strange.length > 0
      ? [found('warn', name, `${names(strange)}: in ${service_}, not in the inventory`, table)]
      : []),
  ]
  return all.length > 0 ? all : [ok(name, `${service_}: ${seen}`)]
}

function localServers(scene: Scene, service: Service, { name }: Member): Finding[] {
  const own = new Map(
    scene.directors.flatMap((director) => [
      [director.address, director.name] as const,
      ...(scene.sight(director.name)?.addresses ?? []).map(
        ({ address }) => [address, director.name] as const,
      ),
    ]),
  )
  return entries(scene, service, name, ({ address }) => {
    const host = own.get(address)
    if (host === undefined) return undefined
    const harmless = scene.seen.wanted.directorServes
    if (harmless && scene.directors.length === 1) return undefined
    const message = `${host} is a director, and a real server of ${serviceName(service)}`
    return found(harmless ? 'warn' : 'fail', name, message, `ipvsadm -S -n: -r ${address}`)
  })
}

function redirects(scene: Scene, vip: string) {
  return ({ name }: Member): Finding[] =>
    scene.at(name, ({ sysctls, addresses }) => {
      const device = addresses.find((one) => one.address === vip && one.device !== 'lo')?.device
      const all = sysctls.get('conf/all/send_redirects')
      const own = sysctls.get(`conf/${device}/send_redirects`)
      const forward = sysctls.get('ip_forward')
      if (all === undefined || own === undefined || forward === undefined) {
        return [unknown(name, `${name} does not show its settings`)]
      }
      const seen = `ip_forward ${forward}, send_redirects: all ${all}, ${device} ${own}`
      // The kernel sends them when one of the two says so.
      if (forward === 0 || (all === 0 && own === 0)) return [ok(name, `${name}: ${seen}`)]
      const fix = `sysctl -w net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.${device}.send_redirects=0`
      return [found('warn', name, `${name} sends ICMP redirects on ${device}`, seen, fix)]
    })
}
