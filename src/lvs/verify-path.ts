import type { Finding, Known, Reply } from './verify-model.js'
import { type Check, found, ok, type Scene, unknown } from './verify-scene.js'

/** Checks that a third host makes by asking for the page. */
export const pathChecks: readonly Check[] = [
  {
    id: 'verify/vip-path',
    what: 'Each real server answers what is sent to its MAC for the VIP, as the director sends it.',
    why: 'A real server whose RIP is healthy may serve nothing by the VIP: each client sent there is lost.',
    fix: 'as the checks on that real server say: verify/vip-on-lo, verify/listener, verify/firewall',
    check: (scene) => (scene.thirdHosts.length === 0 ? paths(scene) : perClient(scene, paths)),
  },
  {
    id: 'verify/answer',
    what: 'The service answers a third host, by the director, as it would answer any client.',
    why: 'It is what the cluster is for.',
    fix: 'dr-play why VIP:PORT -i inventory walks the way there',
    check: (scene) => (scene.thirdHosts.length === 0 ? answers(scene) : perClient(scene, answers)),
  },
]

function perClient(scene: Scene, look: (scene: Scene, client: string) => Finding[]): Finding[] {
  return scene.thirdHosts.flatMap(({ name }) => scene.at(name, () => look(scene, name)))
}

function paths(scene: Scene, client?: string): Finding[] {
  return asked(scene).flatMap(({ host, vip, port, rip }) => {
    if (client === undefined) return [unknown(host, `${host}: ${NO_CLIENT}`, NAME_ONE)]
    const told = scene.trial(client)?.paths.get(`${vip}:${port} ${rip}`)
    if (told) return [judge(client, host, `${host} by ${vip}:${port}`, told)]
    const message = `${host} was not asked by ${vip}: its reply would spoil what others know of the VIP`
    return [unknown(host, message, 'mend verify/arp-announce first')]
  })
}

function answers(scene: Scene, client?: string): Finding[] {
  const names = new Set(scene.services.flatMap(endpointsOf))
  return [...names].map((name) => {
    if (client === undefined) return unknown(name, `${name}: ${NO_CLIENT}`, NAME_ONE)
    const told = scene.trial(client)?.replies.get(name)
    const finding = judge(client, name, name, told ?? { unknown: `${client} did not ask` })
    const fix = `dr-play why ${name} -i inventory walks the way there`
    const lost = scene.trial(client)?.failures.get(name) ?? 0
    if (finding.verdict === 'fail' || lost === 0) return { ...finding, fix }
    const message = `${name} did not answer ${lost} of ${scene.seen.requests} requests`
    return {
      ...found('fail', client, message, `curl: ${lost} without an answer`, fix),
      subject: name,
    }
  })
}

const NO_CLIENT = 'no third host can ask'
const NAME_ONE = 'name one in the inventory, in the group client'

function judge(client: string, subject: string, what: string, told: Known<Reply>): Finding {
  if ('unknown' in told) return unknown(subject, `${client}: ${told.unknown}`)
  const { kind, status, text } = told.known
  const seen = `http ${status || kind}: ${text.split('\n').find(Boolean) ?? 'empty'}`
  if (kind === 'open') {
    const message = `${what} takes connections, but speaks no HTTP`
    return { verdict: 'ok', subject, message, evidence: [{ host: client, seen }] }
  }
  if (kind === 'answer' && status < 500) return ok(subject, `${what} answers ${status}`)
  if (kind === 'answer') {
    return { ...found('warn', client, `${what} answers ${status}`, seen), subject }
  }
  const why = kind === 'refused' ? 'refuses connections' : 'does not answer'
  return { ...found('fail', client, `${what} ${why}`, seen), subject }
}

/** What was asked for: each real server, by each VIP that it serves by TCP. */
function asked(scene: Scene) {
  return scene.duties
    .filter(({ service }) => service.protocol === 'tcp' && service.port > 0)
    .map(({ host, vip, service, server }) => {
      return { host: host.name, vip, port: service.port, rip: server.address }
    })
}

function endpointsOf({ protocol, port, vips }: Scene['services'][number]): string[] {
  return protocol === 'tcp' && port > 0 ? vips.map((vip) => `${vip}:${port}`) : []
}
