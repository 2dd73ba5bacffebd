import type { Firewall, Packet, Rule } from './firewall.js'
import { ruleHolds } from './firewall.js'
import { serviceName } from './table.js'
import { deviceOf } from './verify-firewall.js'
import { type Finding, type Member, type Service, type Tried, triedBy } from './verify-model.js'
import { type Check, found, given, ok, type Scene, unknown } from './verify-scene.js'

/** The check on what leads packets to a service by firewall mark. */
export const markChecks: readonly Check[] = [
  {
    id: 'verify/mark-rule',
    what: 'A rule of the director gives packets for the VIP the firewall mark of the service.',
    why: 'Without the mark the service gets nothing; after a boot, too, when the rule was not kept.',
    fix: 'iptables -t mangle -A PREROUTING -d VIP -p tcp --dport PORT -j MARK --set-mark MARK, and keep it for the next boot',
    check: (scene) =>
      scene.services
        .filter(({ protocol }) => protocol === 'fwmark')
        .flatMap((service) =>
          scene.acting(service).flatMap((each) => markRules(scene, service, each)),
        ),
  },
]

function markRules(scene: Scene, service: Service, { name, address }: Member): Finding[] {
  return scene.at(name, (sight) => {
    const device = deviceOf(sight, [...service.vips, address])
    return given(name, sight.firewall, (firewall) =>
      service.vips.map((vip) => markRule(name, service, firewall, vip, device)),
    )
  })
}

function markRule(
  director: string,
  service: Service,
  { chains }: Firewall,
  vip: string,
  device: string | undefined,
): Finding {
  const tried = triedBy(service)
  const rules = chains.flatMap((chain) => chain.rules.filter(({ mark }) => mark !== undefined))
  const here = rules.filter((rule) => mayHold(rule, vip, tried, device))
  const own = here.find(({ mark }) => mark === Number(service.address))
  if (own) return ok(director, `${director} marks packets for ${vip}: ${own.text}`)
  if (here.some(({ mark }) => mark === 'unknown')) {
    const message = `${director} marks packets for ${vip} by a rule that only its kernel can tell`
    return unknown(director, message)
  }
  const port = 'not' in tried ? '' : `, ${tried.protocol} port ${tried.port},`
  const message = `no rule of ${director} marks packets for ${vip}${port} for ${serviceName(service)}`
  const seen = rules.map(({ text }) => text).join('; ')
  return found('fail', director, message, `rules that mark: ${seen || 'none'}`)
}

/** Whether a rule may be for packets to a VIP; where no port is known, of any protocol. */
function mayHold(rule: Rule, vip: string, tried: Tried, device: string | undefined): boolean {
  const kinds = 'not' in tried ? (['tcp', 'udp'] as const) : [tried.protocol]
  return kinds.some((protocol) => {
    const packet: Packet = {
      ...{ protocol, from: undefined, to: vip, sourcePort: undefined },
      ...{ port: 'not' in tried ? undefined : tried.port, state: 'new' },
      ...{ in: device, out: undefined },
    }
    return ruleHolds(rule, packet) !== false
  })
}
