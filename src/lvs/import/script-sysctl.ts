import { listed } from '../lint-model.js'
import type { Command } from './shell/walk.js'
import type { Note, ToldAddress } from './told.js'

/** What the role realserver sets: silence about the VIP. */
const SILENCE: Readonly<Record<string, string>> = {
  'net.ipv4.conf.lo.arp_ignore': '1',
  'net.ipv4.conf.lo.arp_announce': '2',
  'net.ipv4.conf.all.arp_ignore': '1',
  'net.ipv4.conf.all.arp_announce': '2',
}

/** The kernel's settings that a command sets: by echo into /proc/sys, or by sysctl. */
export function sysctlsOf({ words, redirects }: Command): [key: string, value: string][] {
  const [command, ...args] = words.map((word) => word ?? '')
  const target = redirects.find(({ operator }) => operator.startsWith('>'))?.target ?? ''
  const [, path] = /^\/proc\/sys\/(.+)$/.exec(target) ?? []
  if (path !== undefined) return [[path.replaceAll('/', '.'), args.join(' ').trim()]]
  if (!command?.endsWith('sysctl')) return []
  return args.flatMap((arg): [string, string][] => {
    const [key, value] = arg.split('=')
    return value === undefined ? [] : [[key!.trim().replaceAll('/', '.'), value.trim()]]
  })
}

/** What a real server's script leaves undone, or does otherwise than dr-play. */
export function arpNotes(
  addresses: readonly ToldAddress[],
  sysctls: ReadonlyMap<string, string>,
): Note[] {
  const onLo = addresses.find(({ on }) => on === 'realserver')
  if (!onLo) return []
  const others = Object.entries(SILENCE).filter(([key, value]) => sysctls.get(key) !== value)
  if (others.length === 0) return []
  const keys = others.map(([key, value]) => {
    const now = sysctls.get(key)
    return now === undefined ? `${key} is not set` : `${key} is ${now}, not ${value}`
  })
  return [
    {
      at: onLo.at,
      message: `the VIP is put on ${onLo.device} while ${listed(keys)}`,
      hint: 'dr-play sets these on its first run: the greater one of all and the interface counts',
    },
  ]
}
