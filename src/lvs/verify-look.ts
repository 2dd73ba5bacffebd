import { DrPlayError } from '../core/errors.js'
import { lines, sh, type Sh } from '../core/sh.js'
import type { Frame } from '../core/transport.js'
import { firewallQuestion, readFirewall } from './firewall-look.js'
import { isIpv4 } from './ip.js'
import { parseTraffic } from './parse-counts.js'
import { parseTable } from './parse-table.js'
import {
  ANYWHERE,
  type BootSetting,
  type Known,
  type Listener,
  type Sight,
  vipsOf,
  type Wanted,
} from './verify-model.js'
import { parseIp } from './verify-ip.js'

/** What a host is, as far as it decides what it is asked. */
export interface Roles {
  director: boolean
  realServer: boolean
}

/**
 * The first look at a host: what it has and how it is set, read-only. Some six processes, a few
 * more on a director, where one may take 20 ms to start.
 */
export function lookQuestions({ director, realServer }: Roles, wanted: Wanted): Sh[] {
  const vips = vipsOf(wanted)
  const clients = wanted.clients.map(({ address }) => address).filter(isIpv4)
  const others = [...wanted.directors, ...(director ? wanted.realServers : [])]
  const ask = [
    'link',
    'addr',
    ...others.flatMap(({ address }) => (isIpv4(address) ? `route get ${address}` : [])),
    ...(realServer ? clients.flatMap((client) => from(client, vips)) : []),
    `route get ${ANYWHERE}`,
    ...vips.map((vip) => `neigh show to ${vip}`),
  ]
  const server = director || realServer
  return [
    // One process for all. -force goes on after those that fail.
    sh`printf '%s\n' ${ask} | ip -4 -o -force -batch - 2>&1 || :`,
    sh`cd /proc/sys/net/ipv4 && grep -s . ip_forward conf/*/arp_ignore conf/*/arp_announce \
  conf/*/rp_filter conf/*/send_redirects || :`,
    realServer ? bootQuestion : sh`:`,
    realServer ? listenersQuestion : sh`:`,
    server ? firewallQuestion : sh`:`,
    director ? ipvsadm('-S -n') : sh`:`,
    director ? ipvsadm('-L -n --stats --exact') : sh`:`,
    server ? offloadQuestion : sh`:`,
  ]
}

/** ipvsadm would load the module merely to find its table empty. */
export function ipvsadm(options: string): Sh {
  return sh`[ ! -e /proc/net/ip_vs ] || ipvsadm ${options.split(' ')}`
}

/** How a reply from a VIP would go. */
function from(client: string, vips: readonly string[]): string[] {
  return vips.map((vip) => `route get ${client} from ${vip}`)
}

/**
 * The lines about ARP of the files that a boot reads, in its order: by name, whichever folder
 * they are in, a file hiding those of its name in folders of less weight; /etc/sysctl.conf last.
 */
const bootQuestion = sh`seen=' '
files=
for file in $(for dir in /etc /run /usr/local/lib /usr/lib /lib; do
  for path in $dir/sysctl.d/*.conf; do [ -e "$path" ] && echo "\${path##*/} $path"; done
done | sort -s -k1,1 | cut -d ' ' -f 2); do
  case $seen in *" \${file##*/} "*) continue ;; esac
  seen="$seen\${file##*/} "
  files="$files $file"
done
grep -EHs '^[ -]*net[./]ipv4[./]conf[./].*[./](arp_ignore|arp_announce|rp_filter) *=' \
  $files /etc/sysctl.conf || :`

/**
 * Who listens. The kernel lists TCP's listeners (0A) first, so on a busy host the end of the
 * table is never read.
 */
const listenersQuestion = lines([
  sh`for table in tcp tcp6; do
  [ ! -e /proc/net/$table ] || { echo "@$table"; sed -n -e 1d -e '/ 0A /!q' -e p /proc/net/$table; }
done`,
  sh`for table in udp udp6; do
  [ ! -e /proc/net/$table ] || { echo "@$table"; sed 1d /proc/net/$table; }
done`,
])

const offloadQuestion = sh`command -v ethtool >/dev/null || exit 0
for path in /sys/class/net/*; do
  device=\${path##*/}
  [ "$device" = lo ] || { echo "@$device"; ethtool -k "$device" 2>/dev/null | grep -E '^(large|generic)-receive-offload'; }
done
:`

/** Reads the frames of lookQuestions. */
export function readLook(frames: readonly Frame[], { director }: Roles): Sight {
  const [ip, sysctls, boot, listeners, firewall, table, traffic, offload] = frames
  const rules = readFirewall(firewall?.stdout ?? '')
  return {
    ...parseIp(ip?.stdout ?? ''),
    sysctls: new Map(
      [...(sysctls?.stdout ?? '').matchAll(/^(\S+?):(-?\d+)$/gm)].map(([, key = '', value]) => [
        key,
        Number(value),
      ]),
    ),
    boot: parseBoot(boot?.stdout ?? ''),
    listeners: parseListeners(listeners?.stdout ?? ''),
    firewall: typeof rules === 'string' ? { unknown: rules } : { known: rules },
    table: director ? told(table, parseTable) : { known: [] },
    traffic: director ? told(traffic, parseTraffic) : { known: new Map() },
    offloads: parseOffloads(offload?.stdout ?? ''),
  }
}

/** What a program printed; or what it complained about. */
export function told<T>(frame: Frame | undefined, parse: (text: string) => T): Known<T> {
  if (!frame || frame.status !== 0) {
    return { unknown: frame?.stderr.trim().split('\n')[0] || 'it gave no answer' }
  }
  try {
    return { known: parse(frame.stdout) }
  } catch (error) {
    if (error instanceof DrPlayError) return { unknown: error.message }
    throw error
  }
}

/** From `/etc/sysctl.d/x.conf:net.ipv4.conf.all.arp_ignore = 1`; keys as conf/all/arp_ignore. */
function parseBoot(text: string): BootSetting[] {
  const line = /^(\S+?):[ -]*net[./]ipv4[./](conf[./].+[./]\w+?)\s*=\s*(\S+)/gm
  return [...text.matchAll(line)].map(([, file = '', name = '', value = '']) => {
    // A device's dots are written as slashes where the parts are separated by dots.
    const [, device = '', key = ''] = /^conf[./](.+)[./](\w+)$/.exec(name) ?? []
    return { file, key: `conf/${device}/${key}`, value }
  })
}

/** From `0: 0100007F:0050 00000000:0000 0A ...`: each word in the byte order of the machine. */
function parseListeners(text: string): Known<Listener[]> {
  if (text.trim() === '') return { unknown: 'it does not show who listens' }
  let protocol: Listener['protocol'] = 'tcp'
  const found = text.split('\n').flatMap((line): Listener[] => {
    if (line.startsWith('@')) protocol = line.startsWith('@tcp') ? 'tcp' : 'udp'
    const [, address = '', port] = /^ *\d+: ([0-9A-F]+):([0-9A-F]{4}) /.exec(line) ?? []
    const shown = addressOf(address)
    return shown === undefined ? [] : [{ protocol, address: shown, port: parseInt(port!, 16) }]
  })
  return { known: found }
}

/** Undefined for what takes nothing of IPv4. */
function addressOf(hex: string): string | undefined {
  if (/^0+$/.test(hex)) return '0.0.0.0'
  // ::ffff:a.b.c.d
  const last = hex.length === 32 && hex.startsWith('0000000000000000FFFF0000') ? hex.slice(24) : hex
  if (last.length !== 8) return undefined
  const bytes = last.match(/../g)!.map((byte) => parseInt(byte, 16))
  return bytes.reverse().join('.')
}

function parseOffloads(text: string): Sight['offloads'] {
  const devices = text.split(/^@/m).slice(1)
  return new Map(
    devices.map((part) => {
      const [device = '', ...rows] = part.trim().split('\n')
      const states = rows.map((row): [string, boolean] => {
        const [name = '', state = ''] = row.split(': ')
        return [name, state.startsWith('on')]
      })
      return [device, new Map(states)]
    }),
  )
}
