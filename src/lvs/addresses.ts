import { canonical } from './ip.js'

/** One address on one interface. */
export interface Address {
  device: string
  address: string
  prefix: number
  /** The alias name that ifconfig shows, as lo:0; the interface's own, where there is none. */
  label: string
}

/**
 * Reads `ip -o addr show`, of one family or both:
 * `2: eth0    inet 10.0.0.1/24 brd 10.0.0.255 scope global secondary eth0:1\       valid_lft ...`
 */
export function parseAddresses(stdout: string): Address[] {
  return stdout.split('\n').flatMap((line) => {
    const [, device, local = '', rest = ''] = /^\d+: (\S+)\s+inet6? (\S+) (.*)$/.exec(line) ?? []
    const v6 = local.includes(':')
    const [text = '', length = v6 ? '128' : '32'] = local.split('/')
    const address = canonical(text)
    if (device === undefined || address === undefined) return []
    const [shown = ''] = rest.split('\\')
    const label = v6 ? device : (shown.trim().split(' ').at(-1) ?? device)
    return [{ device, address, prefix: Number(length), label }]
  })
}
