import { canonical, isIpv4, words as numbers } from '../ip.js'
import type { Field } from './shell/expand.js'
import type { ToldAddress } from './told.js'

/** An address that a command puts on an interface. */
export type Put = Pick<ToldAddress, 'address' | 'device' | 'label' | 'prefix'>

/**
 * What `ifconfig eth0:1 192.168.139.6 netmask 255.255.255.255 up` puts on an interface.
 * Undefined when it puts nothing there; 'unknown' when only a run can tell what.
 */
export function ifconfig(args: readonly Field[]): Put | 'unknown' | undefined {
  const [name, ...rest] = args
  if (
    rest.length === 0 ||
    rest.every((word) => /^(up|down|-?arp|-?multicast)$/.test(word ?? '.'))
  ) {
    return undefined
  }
  const [first, ...more] = rest.filter((word) => !/^(inet6?|add)$/.test(word ?? ''))
  if (/^(mtu|hw|txqueuelen|del|promisc|-promisc)$/.test(first ?? '')) return undefined
  const [hasMask, mask] = [more.includes('netmask'), after(more, 'netmask')]
  if (name === undefined || first === undefined || (hasMask && mask === undefined)) return 'unknown'
  const [text = '', length] = first.split('/')
  const address = canonical(text)
  if (address === undefined) return 'unknown'
  const prefix =
    mask !== undefined
      ? prefixOfMask(mask)
      : length === undefined
        ? classful(address)
        : Number(length)
  return { address, ...interfaceOf(name), ...(prefix === undefined ? {} : { prefix }) }
}

/** The same of `ip addr add 192.168.139.6/32 dev eth0 label eth0:1`. */
export function ipAddr(args: readonly Field[]): Put | 'unknown' | undefined {
  const words = args.filter((word) => !/^-/.test(word ?? ''))
  const [object, act, ...rest] = words
  if (
    !/^a(d(d(r(ess?)?)?)?)?$/.test(object ?? '') ||
    !/^(a(dd?)?|replace|change)$/.test(act ?? '')
  ) {
    return undefined
  }
  if (rest.includes(undefined)) return 'unknown'
  const first = rest[0] === 'local' ? rest[1] : rest[0]
  const [text = '', length] = (first ?? '').split('/')
  const address = canonical(text)
  const device = after(rest, 'dev')
  if (address === undefined || device === undefined) return 'unknown'
  const label = after(rest, 'label')
  const whole = address.includes(':') ? 128 : 32
  const prefix =
    length === undefined ? whole : isIpv4(length) ? prefixOfMask(length) : Number(length)
  return {
    address,
    ...interfaceOf(device),
    ...(label === undefined ? {} : { label }),
    prefix,
  }
}

/**
 * Where a route leads that `route add -host VIP dev lo:0` or `ip route add VIP/32 dev lo` makes:
 * an address, or other text, `?` when only a run can tell. Undefined when no route is made.
 */
export function routeTarget(name: string, args: readonly Field[]): Field {
  const words = name === 'ip' ? args.filter((word) => !/^-/.test(word ?? '')) : args
  const [object, act, ...rest] = name === 'ip' ? words : ['route', ...words]
  if (!/^r(o(u(te?)?)?)?$/.test(object ?? '') || !/^(a(dd)?|replace|change)$/.test(act ?? '')) {
    return undefined
  }
  const [target] = rest.filter((word) => word !== '-host')
  return target === undefined ? '?' : target.replace(/\/32$/, '')
}

/** The word that follows one of these. */
export function after(words: readonly Field[], ...names: string[]): Field {
  const at = words.findIndex((word) => word !== undefined && names.includes(word))
  return at < 0 ? undefined : words[at + 1]
}

/** `eth0:1` is a label of eth0. */
function interfaceOf(name: string): { device: string; label?: string } {
  const [device = '', suffix] = name.split(':')
  return suffix === undefined ? { device } : { device, label: name }
}

/** A mask's length; the mask itself when it has gaps. */
function prefixOfMask(mask: string): number | string {
  const hex = /^0x([0-9a-f]{8})$/i.exec(mask)?.[1]
  if (hex === undefined && !isIpv4(mask)) return mask
  const bits = hex === undefined ? numbers(mask)[0]! : parseInt(hex, 16)
  const [, ones] = /^(1*)0*$/.exec(bits.toString(2).padStart(32, '0')) ?? []
  return ones === undefined ? mask : ones.length
}

/** What ifconfig takes when no mask is given: the class of the address. */
function classful(address: string): number | undefined {
  if (!isIpv4(address)) return undefined
  const first = Number(address.split('.')[0])
  return first < 128 ? 8 : first < 192 ? 16 : 24
}
