import type { Forwarding } from '../../table.js'
import type { Statement } from './blocks.js'

export interface Method {
  forwarding: Forwarding
  /** As ipvsadm spells it. */
  tunnel?: string
}

const methods: Readonly<Record<string, Forwarding>> = { NAT: 'nat', DR: 'dr', TUN: 'tun' }

/** `lvs_method DR`, `lb_kind TUN type gue port 6080 csum`; undefined for one that is unknown. */
export function methodOf({ words }: Statement): Method | undefined {
  const [name = '', ...options] = words
  const forwarding = Object.hasOwn(methods, name) ? methods[name] : undefined
  if (forwarding === undefined) return undefined
  const after = (word: string) => {
    const place = options.indexOf(word)
    return place < 0 ? undefined : options[place + 1]
  }
  const type = after('type') ?? 'ipip'
  if (forwarding !== 'tun' || type === 'ipip') return { forwarding }
  const port = after('port')
  const sum = ['csum', 'remcsum'].find((word) => options.includes(word)) ?? 'nocsum'
  const parts = [
    ...['--tun-type', type],
    ...(port === undefined ? [] : ['--tun-port', port]),
    `--tun-${sum}`,
  ]
  return { forwarding, tunnel: parts.join(' ') }
}
