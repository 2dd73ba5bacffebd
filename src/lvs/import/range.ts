import { isIpv4, words } from '../ip.js'

const MOST = 4096

/** Every IPv4 address from one to another; undefined when they are no range, or a huge one. */
export function addressRange(from: string, to: string): string[] | undefined {
  if (!isIpv4(from) || !isIpv4(to)) return undefined
  const [first, last] = [from, to].map((address) => words(address)[0]!)
  const count = last! - first! + 1
  if (count < 1 || count > MOST) return undefined
  return Array.from({ length: count }, (_, i) => textOf(first! + i))
}

/** An address from its number. */
export function textOf(address: number): string {
  return [24, 16, 8, 0].map((bits) => Math.floor(address / 2 ** bits) % 256).join('.')
}
