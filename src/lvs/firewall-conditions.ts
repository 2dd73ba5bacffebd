import type { Condition, Packet, Truth } from './firewall.js'
import { ipv4Prefix, words } from './ip.js'

/** Conditions that both kinds of firewall have. What a packet leaves open cannot be told. */

export const cannotTell: Condition = () => undefined

export function not(condition: Condition): Condition {
  return (packet) => {
    const truth = condition(packet)
    return truth === undefined ? undefined : !truth
  }
}

export function anyOf(conditions: readonly Condition[]): Condition {
  return (packet) => {
    const all = conditions.map((condition) => condition(packet))
    if (all.includes(true)) return true
    return all.includes(undefined) ? undefined : false
  }
}

/** 10.0.0.0/8, or one address. A packet from anywhere is in a network only when that is all. */
export function inNetwork(side: 'from' | 'to', text: string): Condition {
  const network = ipv4Prefix(text)
  if (!network) return cannotTell
  return (packet) => {
    const address = packet[side]
    if (network.prefix === 0) return true
    if (address === undefined) return undefined
    const bits = (one: string) => Math.floor(words(one)[0]! / 2 ** (32 - network.prefix))
    return bits(address) === bits(network.address)
  }
}

/** Ports from the first to the last. */
export function inPorts(side: 'sourcePort' | 'port', first: number, last = first): Condition {
  if (Number.isNaN(first) || Number.isNaN(last)) return cannotTell
  return ({ [side]: port }) => (port === undefined ? undefined : port >= first && port <= last)
}

/** `eth0`; `eth+` and `eth*` stand for all that begin so. A packet that comes in has no way out. */
export function byInterface(side: 'in' | 'out', text: string): Condition {
  const start = /[+*]$/.test(text) ? text.slice(0, -1) : undefined
  return ({ [side]: device }) => {
    if (device === undefined) return false
    return start === undefined ? device === text : device.startsWith(start)
  }
}

export function byProtocol(text: string): Condition {
  const names: Readonly<Record<string, string>> = { '6': 'tcp', '17': 'udp', '0': 'all' }
  const name = names[text] ?? text
  return ({ protocol }) => name === 'all' || name === protocol
}

export function inState(states: readonly string[]): Condition {
  const known = states.map((state) => state.toLowerCase())
  return ({ state }) => known.includes(state)
}

/** Of a packet that opens a connection alone SYN is set. */
export function byFlags(mask: readonly string[], set: readonly string[]): Condition {
  return ({ protocol, state }: Packet): Truth => {
    if (protocol !== 'tcp') return false
    if (state !== 'new') return undefined
    const all = mask.map((flag) => flag.toUpperCase())
    const looked = all.includes('ALL') || all.includes('SYN') ? ['SYN'] : []
    const wanted = set.map((flag) => flag.toUpperCase()).filter((flag) => flag !== 'NONE')
    return looked.join() === wanted.join()
  }
}
