import { serviceName } from './table.js'
import { type Finding, type Known, type Reply, type Tried, triedBy } from './verify-model.js'
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
  return scene.duties.flatMap(({ host: { name: host }, vip, service, server }) => {
    const tried = triedBy(service)
    if ('not' in tried || tried.protocol === 'udp') return [untried(service, tried)]
    if (client === undefined) return [unknown(host, `${host}: ${NO_CLIENT}`, NAME_ONE)]
    const { port } = tried
    const told = scene.trial(client)?.paths.get(`${vip}:${port} ${server.address}`)
    if (told) return [judge(client, host, `${host} by ${vip}:${port}`, told)]
    const message = `${host} was not asked by ${vip}: its reply would spoil what others know of the VIP`
    return [unknown(host, message, 'mend verify/arp-announce first')]
  })
}

function answers(scene: Scene, client?: string): Finding[] {
  const names = new Set<string>()
  const findings: Finding[] = []
  for (const service of scene.services) {
    const tried = triedBy(service)
    if ('not' in tried || tried.protocol === 'udp') findings.push(untried(service, tried))
    else for (const vip of service.vips) names.add(`${vip}:${tried.port}`)
  }
  return [...[...names].map((name) => answer(scene, name, client)), ...findings]
}

/** What cannot be asked for is not taken to be well. */
function untried(service: Scene['services'][number], tried: Tried): Finding {
  const name = serviceName(service)
  const why = 'not' in tried ? tried.not : 'UDP has no handshake; ask it as its clients do'
  return unknown(name, `${name} was not tried: ${why}`)
}

function answer(scene: Scene, name: string, client?: string): Finding {
  if (client === undefined) return unknown(name, `${name}: ${NO_CLIENT}`, NAME_ONE)
  const told = scene.trial(client)?.replies.get(name)
  const finding = judge(client, name, name, told ?? { unknown: `${client} did not ask` })
  const fix = `dr-play why ${name} -i inventory walks the way there`
  const lost = scene.trial(client)?.failures.get(name) ?? 0
  if (finding.verdict === 'fail' || lost === 0) return { ...finding, fix }
  const message = `${name} did not answer ${lost} of ${scene.seen.requests} requests`
  const seen = `curl: ${lost} without an answer`
  return { ...found('fail', client, message, seen, fix), subject: name }
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
