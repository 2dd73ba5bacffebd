import { lines, sh, type Sh } from '../core/sh.js'
import type { Frame } from '../core/transport.js'
import { type Address, parseAddresses } from './addresses.js'

/** One virtual service that a real server is meant to serve on the VIP itself. */
export interface Duty {
  /** Its name, as `tcp 192.168.139.6:80`. */
  service: string
  /** Undefined for a fwmark service: the packets have any address. */
  vip: string | undefined
  port: number
  /** Whether the real server can be asked by TCP. */
  tcp: boolean
  /** What the inventory gives it. */
  weight: number
}

/** ARP settings that count on an interface: the greater of `all` and its own. */
export interface ArpSetting {
  device: string
  ignore: number
  announce: number
  /** Up, and of a kind that does ARP. */
  speaks: boolean
}

/**
 * What came back from a port: an HTTP status; `open`, somebody who took the connection but does
 * not speak HTTP; `refused` or `timeout`, nobody; `unknown`, where the host has no client to ask
 * with.
 */
export type Reply = number | 'open' | 'refused' | 'timeout' | 'unknown'

export interface Answer {
  vip: string
  port: number
  /** Undefined when the host does not have the VIP: somebody else would answer. */
  reply: Reply | undefined
  /** What came from its own address; asked only when nobody answers on the VIP. */
  own: Reply | undefined
}

/** What a look at a real server shows. */
export interface ServerSight {
  addresses: Address[]
  arp: ArpSetting[]
  /** The VIPs that a host route over lo leads to. */
  routes: string[]
  answers: Answer[]
}

/** Seconds to wait for an answer. */
const GLANCE = 2

/** The look at a real server, read-only. @param own its RIP */
export function serverLook(own: string, vips: readonly string[], duties: readonly Duty[]): Sh {
  const asked = duties.flatMap(({ vip, port, tcp }) => {
    return vip !== undefined && tcp && port > 0 ? [{ vip, port }] : []
  })
  const ask = asked.map(({ vip, port }) => sh`ask ${vip} ${port} ${hostOf(vip)} ${hostOf(own)}`)
  return lines([
    sh`addresses=$(ip -o addr show) || exit
printf '%s\n' "$addresses" ${MARK}`,
    ...vips.map(
      (vip) => sh`ip -o route show table main exact ${vip}/${vip.includes(':') ? 128 : 32}`,
    ),
    // The flags tell which interfaces are up.
    sh`echo ${MARK}
cd /proc/sys/net/ipv4/conf || exit
grep -s . */arp_ignore */arp_announce /sys/class/net/*/flags
echo ${MARK}`,
    ...(ask.length > 0 ? [client] : []),
    // At the same time, since each may take seconds.
    ...(ask.length > 1 ? [...ask.map((one) => sh`${one} &`), sh`wait`] : ask),
  ])
}

const MARK = '--'

/** reply URL: sets word. ask VIP PORT HOST OWN: prints `VIP PORT REPLY OWN-REPLY`. */
const client = sh`reply() {
  if command -v curl >/dev/null; then
    word=$(curl -s -k -g --noproxy '*' -o /dev/null -m ${GLANCE} -w '%{http_code}' -- "$1")
    case $word,$? in
      000,7) word=refused ;;
      000,28) word=timeout ;;
      000,*) word=open ;;
    esac
  elif command -v wget >/dev/null; then
    word=$(wget -q -S -O /dev/null --no-check-certificate --no-proxy --tries=1 --max-redirect=0 \
      --timeout=${GLANCE} -- "$1" 2>&1)
    case $?,$word in
      *HTTP/*)
        word=\${word#*HTTP/* }
        word=\${word%%[!0-9]*}
        ;;
      4,*) word=refused ;;
      *) word=open ;;
    esac
  else
    word=unknown
  fi
}
ask() {
  scheme=http
  case $2 in 443 | 8443) scheme=https ;; esac
  there=- own=-
  case $addresses in
    *" $1/"*) reply "$scheme://$3:$2/"; there=$word ;;
  esac
  case $there in
    - | refused | timeout) reply "$scheme://$4:$2/"; own=$word ;;
  esac
  echo "$1 $2 $there $own"
}`

function hostOf(address: string): string {
  return address.includes(':') ? `[${address}]` : address
}

/** @returns why nothing can be told, where a question could not be answered */
export function readServer({ status, stdout, stderr }: Frame): ServerSight | string {
  if (status !== 0) return stderr.trim() || `exit status ${status}`
  const [addresses = '', routes = '', arp = '', answers = ''] = stdout.split(`${MARK}\n`)
  return {
    addresses: parseAddresses(addresses),
    arp: parseArp(arp),
    routes: routes.split('\n').flatMap((line) => {
      const [, vip] = /^(\S+) dev lo /.exec(line) ?? []
      return vip ?? []
    }),
    answers: [...answers.matchAll(/^(\S+) (\d+) (\S+) (\S+)$/gm)].map(
      ([, vip = '', port, reply, own]) => ({
        vip,
        port: Number(port),
        reply: replyOf(reply),
        own: replyOf(own),
      }),
    ),
  }
}

function replyOf(word = '-'): Reply | undefined {
  if (word === '-') return undefined
  return /^\d+$/.test(word) ? Number(word) : (word as Reply)
}

/** From `eth0/arp_ignore:1`, `/sys/class/net/eth0/flags:0x1003`. */
function parseArp(text: string): ArpSetting[] {
  const values = new Map(
    [...text.matchAll(/^(.+):(\w+)$/gm)].map(([, path = '', value]) => [path, Number(value)]),
  )
  const value = (device: string, name: string) => values.get(`${device}/${name}`) ?? 0
  const greater = (device: string, name: string) =>
    Math.max(value('all', name), value(device, name))
  const devices = [...values.keys()].flatMap((path) => /^(.+)\/arp_ignore$/.exec(path)?.[1] ?? [])
  return devices
    .filter((device) => !['all', 'default', 'lo'].includes(device))
    .map((device) => ({
      device,
      ignore: greater(device, 'arp_ignore'),
      announce: greater(device, 'arp_announce'),
      // IFF_UP without IFF_NOARP; what cannot be read counts as up.
      speaks: ((values.get(`/sys/class/net/${device}/flags`) ?? 1) & 0x81) === 1,
    }))
}
