import { listed } from './lint-model.js'
import type { BootSetting, Evidence, Finding, Sight } from './verify-model.js'
import { type Check, type Duty, found, ok, type Scene, unknown } from './verify-scene.js'

/** Checks on who answers, and speaks, ARP for a VIP. */
export const arpChecks: readonly Check[] = [
  {
    id: 'verify/arp-answer',
    what: 'The director answers ARP for the VIP.',
    why: 'Else nobody of the segment, the router included, knows where to send packets for it.',
    fix: 'see that the VIP is up, and that no arptables rule and no arp_ignore silences the director',
    check: (scene) => scene.vips.map((vip) => arpAnswer(scene, vip)),
  },
  {
    id: 'verify/arp-leak',
    what: 'Nobody but the director answers ARP for the VIP.',
    why: 'Whoever answers first gets all traffic of a client, or of the router: past the director, to one host.',
    fix: 'on a real server: sysctl -w net.ipv4.conf.all.arp_ignore=1; then clear what others learned: arping -U -c 3 -I INTERFACE VIP on the director',
    check: (scene) => scene.vips.flatMap((vip) => arpLeak(scene, vip)),
  },
  {
    id: 'verify/arp-ignore',
    what: "A real server's live arp_ignore keeps it from answering for the VIP, on every interface.",
    why: 'What counts is the greater of `all` and the interface; with 0 it answers for addresses on lo.',
    fix: 'sysctl -w net.ipv4.conf.all.arp_ignore=1, and dr-play site.yml -i inventory for the next boot',
    check: perDuty(arpSetting('arp_ignore', [1, 2, 8], 'answers ARP for')),
  },
  {
    id: 'verify/arp-announce',
    what: "A real server's live arp_announce keeps it from asking in the name of the VIP.",
    why: 'It asks "who has CLIENT, tell VIP", and everybody who hears it sends the VIP\'s packets to it.',
    fix: 'sysctl -w net.ipv4.conf.all.arp_announce=2, and dr-play site.yml -i inventory for the next boot',
    check: perDuty(arpSetting('arp_announce', [2], 'speaks ARP with')),
  },
  {
    id: 'verify/arp-boot',
    what: 'The sysctl files set arp_ignore and arp_announce for the next boot, and no later file undoes it.',
    why: "After a reboot, or `sysctl --system`, the real server takes the VIP's traffic to itself.",
    fix: 'remove the line, or run: dr-play site.yml -i inventory --limit realserver',
    check: perDuty(arpBoot),
  },
  {
    id: 'verify/neighbour',
    what: 'Those who know the VIP know it by the MAC of the director that has it.',
    why: 'A stale or poisoned entry sends packets elsewhere: after a failover, or by a real server that spoke ARP.',
    fix: 'arping -U -c 3 -I INTERFACE VIP on the director; then find who spoke: verify/arp-leak, verify/arp-announce',
    check: (scene) => scene.vips.flatMap((vip) => neighbours(scene, vip)),
  },
]

interface Answers {
  /** Who could listen, and the MACs that he heard. */
  listeners: { host: string; macs: readonly string[] }[]
  evidence: Evidence[]
  why: string | undefined
}

function answersFor(scene: Scene, vip: string): Answers {
  let why: string | undefined
  const listeners = [...scene.seen.trials].flatMap(([host, { heard }]) => {
    const told = heard.get(vip)
    if (told && 'known' in told) return [{ host, macs: told.known }]
    why ??= told && `${host}: ${told.unknown}`
    return []
  })
  const evidence = listeners.map(({ host, macs }) => {
    const who = macs.map((mac) => scene.shown(mac)).join(', ')
    return { host, seen: `arping ${vip}: ${who || 'no answer'}` }
  })
  return { listeners, evidence, why }
}

function arpAnswer(scene: Scene, vip: string): Finding {
  const [holder] = scene.holders(vip)
  const { listeners, evidence, why } = answersFor(scene, vip)
  const others = listeners.filter(({ host }) => host !== holder?.name)
  if (others.length === 0) return unknown(vip, why ?? 'there is no other host to ask from')
  if (!holder) {
    if (others.some(({ macs }) => macs.length > 0)) {
      return unknown(
        vip,
        `no director is known to have ${vip}, so nobody can tell who should answer`,
      )
    }
    return { verdict: 'fail', subject: vip, message: `nobody answers ARP for ${vip}`, evidence }
  }
  const own = scene.macsOf(holder.name)
  const deaf = others.filter(({ macs }) => !macs.some((mac) => own.includes(mac)))
  if (deaf.length === 0) return ok(vip, `${holder.name} answers ARP for ${vip}`, ...evidence)
  const message = `${holder.name} does not answer ARP for ${vip}, as heard from ${listed(deaf.map(({ host }) => host))}`
  return { verdict: 'fail', subject: vip, message, evidence }
}

function arpLeak(scene: Scene, vip: string): Finding[] {
  const { listeners, evidence, why } = answersFor(scene, vip)
  if (listeners.length === 0) return [unknown(vip, why ?? 'there is no host to ask from')]
  const holders = scene.holders(vip)
  const meant = holders.length > 0 ? holders : scene.directors
  const own = meant.flatMap(({ name }) => scene.macsOf(name))
  const heard = new Set(listeners.flatMap(({ macs }) => macs))
  const strange = [...heard].filter((mac) => !own.includes(mac))
  const unseen = scene.directors.find(({ name }) => !scene.sight(name))
  if (strange.length === 0) {
    const from = listed(listeners.map(({ host }) => host))
    return [ok(vip, `nobody else answers for ${vip}, as heard from ${from}`, ...evidence)]
  }
  return strange.map((mac): Finding => {
    if (unseen && !scene.isKnown(mac)) {
      return unknown(
        vip,
        `${mac} answers for ${vip}, and ${scene.whyNot(unseen.name)}: it may be its`,
      )
    }
    const message = `${scene.nameOf(mac)} answers ARP for ${vip}`
    return { verdict: 'fail', subject: vip, message, evidence, fix: leakFix(scene, vip, mac) }
  })
}

function leakFix(scene: Scene, vip: string, mac: string): string {
  const silence = scene.isKnown(mac)
    ? 'there: sysctl -w net.ipv4.conf.all.arp_ignore=1'
    : `find it by its MAC, and take ${vip} off it`
  return `${silence}; then, for those who believed it, ${announcing(scene, vip)}`
}

function perDuty(look: (scene: Scene, duty: Duty, sight: Sight) => Finding[]): Check['check'] {
  return (scene) =>
    scene.carried.flatMap((duty) => {
      return scene.at(duty.host.name, (sight) => look(scene, duty, sight))
    })
}

/** The effective value of every interface that speaks ARP. */
function arpSetting(key: string, silent: readonly number[], does: string) {
  return (_: Scene, { host, vip }: Duty, { links, sysctls, addresses }: Sight): Finding[] => {
    const all = sysctls.get(`conf/all/${key}`)
    if (all === undefined) return [unknown(host.name, `${host.name} does not show its settings`)]
    const values = links
      .filter(({ up, arp }) => up && arp)
      .map(({ device }) => ({ device, own: sysctls.get(`conf/${device}/${key}`) ?? 0 }))
    const shown = ['all', ...values.map(({ device }) => device)]
      .map((name) => `${name} ${sysctls.get(`conf/${name}/${key}`) ?? 0}`)
      .join(', ')
    const loud = values.filter(({ own }) => !silent.includes(Math.max(all, own)))
    if (loud.length === 0) return [ok(host.name, `${host.name}: ${key}: ${shown}`)]
    const devices = listed(loud.map(({ device }) => device))
    const isUp = addresses.some(({ address }) => address === vip)
    const message = isUp
      ? `${host.name} ${does} ${vip} on ${devices}`
      : `${host.name} would ${does.replace(/s /, ' ')} ${vip} on ${devices}, were it up`
    return [found(isUp ? 'fail' : 'warn', host.name, message, `${key}: ${shown}`)]
  }
}

function arpBoot(scene: Scene, duty: Duty, { boot }: Sight): Finding[] {
  const { host } = duty
  const device = scene.deviceOf(duty) ?? 'eth0'
  const wrong = [['arp_ignore', [1, 2, 8]] as const, ['arp_announce', [2]] as const].flatMap(
    ([key, silent]) => {
      const last = ['all', device].flatMap((name) => lastOf(boot, name, key) ?? [])
      const value = Math.max(0, ...last.map((setting) => Number(setting.value)))
      if ((silent as readonly number[]).includes(value)) return []
      const lines = last.map((one) => `${one.file}: ${one.key.replace('conf/', '')} = ${one.value}`)
      const seen = lines.join(', ') || `no file of sysctl.d sets ${key} for all or ${device}`
      return [found('fail', host.name, `${host.name} boots with ${key} ${value}`, seen)]
    },
  )
  return wrong.length > 0 ? wrong : [ok(host.name, `${host.name}: the sysctl files are right`)]
}

/** The setting that a boot ends with; `*` stands for any interface. */
function lastOf(boot: readonly BootSetting[], device: string, key: string) {
  return boot.findLast((one) => one.key === `conf/${device}/${key}` || one.key === `conf/*/${key}`)
}

/**
 * Who has the VIP himself has no entry for it. A wrong one counts when it was seen once: it goes
 * after some seconds of use where the real server is silent otherwise, and comes again.
 */
function neighbours(scene: Scene, vip: string): Finding[] {
  const third = scene.thirdHosts.map(({ name }) => name)
  const findings = [...scene.seen.sights].flatMap(([host, sight]): Finding[] => {
    if (sight.addresses.some(({ address }) => address === vip)) return []
    const macs = [sight.neighbours.get(vip), scene.trial(host)?.neighbours.get(vip)]
    const seen = [...new Set(macs.flatMap((mac) => mac ?? []))]
    if (seen.length > 0) return seen.map((mac) => neighbour(scene, vip, host, mac))
    return third.includes(host) ? [unknown(host, `${host} has not talked to ${vip}`)] : []
  })
  if (findings.length > 0) return findings
  return [unknown(vip, `no host could be asked by which MAC it knows ${vip}`, NAME_ONE)]
}

function neighbour(scene: Scene, vip: string, host: string, mac: string): Finding {
  const [holder] = scene.holders(vip)
  if (!holder) {
    const known = `${host} knows it by ${scene.shown(mac)}`
    return unknown(host, `no director is known to have ${vip}: ${known}`)
  }
  if (scene.macsOf(holder.name).includes(mac)) {
    return ok(host, `${host} knows ${vip} by the MAC of ${holder.name}`)
  }
  const message = `${host} knows ${vip} by the MAC of ${scene.nameOf(mac)}`
  const seen = `ip neigh: ${vip} lladdr ${mac}; ${holder.name} has ${vip}`
  return found('fail', host, message, seen, announcing(scene, vip))
}

/** Tells the segment where a VIP is. */
function announcing(scene: Scene, vip: string): string {
  const [holder] = scene.holders(vip)
  if (!holder) return 'bring the VIP up on a director'
  const all = scene.sight(holder.name)?.addresses ?? []
  const device = all.find(({ address }) => address === vip)?.device
  return `on ${holder.name}: arping -U -c 3 -I ${device} ${vip}`
}

const NAME_ONE = 'name a third host in the inventory, in the group client'
