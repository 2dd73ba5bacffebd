import { lines, sh, type Sh } from '../core/sh.js'
import type { Frame } from '../core/transport.js'
import { arpFunctions } from './arp-question.js'
import { isIpv4 } from './ip.js'
import { parseTraffic } from './parse-counts.js'
import { parseIp } from './verify-ip.js'
import { ipvsadm, type Roles, told } from './verify-look.js'
import {
  type Known,
  type Reply,
  type Sight,
  type Trial,
  triedBy,
  vipsOf,
  type Wanted,
} from './verify-model.js'
import { vipPathFunctions } from './vip-path.js'

/** What a host is told to try. */
export interface Task {
  wanted: Wanted
  roles: Roles & { client: boolean }
  sight: Sight
  /** The real servers that a client may try: a reply of others would spoil its neighbours. */
  mayTry: (address: string) => boolean
  /** How many requests this client sends. */
  requests: number
}

/** Requests are few at once, so that the trial itself is no load. */
const AT_ONCE = 8

/** The second look: who answers, and what gets through. */
export function tryQuestions({ wanted, roles, sight, mayTry, requests }: Task): Sh[] {
  const { director, client } = roles
  const toward = wanted.directors.find(({ address }) => isIpv4(address))?.address ?? ''
  const hear = vipsOf(wanted).map((vip) => sh`hear ${vip} ${toward}`)
  return [
    lines([arpFunctions, hearFunction, ...together(hear)]),
    director ? fitQuestion(wanted, sight) : sh`:`,
    client ? pathQuestion(wanted, mayTry) : sh`:`,
    client ? replyQuestion(wanted, requests) : sh`:`,
    client
      ? sh`printf 'neigh show to %s\n' ${vipsOf(wanted)} | ip -4 -o -force -batch - 2>&1 || :`
      : sh`:`,
    director ? ipvsadm('-L -n --stats --exact') : sh`:`,
  ]
}

/** The counters of a director once more. They lag behind by two seconds. */
export const laterQuestion = sh`sleep 2.2
${ipvsadm('-L -n --stats --exact')}`

/** hear VIP TOWARD: prints `VIP;why;MACs`. */
const hearFunction = sh`hear() {
  if arp_way "$1" "$2"; then echo "$1;;$(arp_asks "$1")"; else echo "$1;$why;"; fi
}`

/** At most so many at once. */
function together(commands: readonly Sh[]): Sh[] {
  return commands.flatMap((command, i) => {
    const last = i % AT_ONCE === AT_ONCE - 1 || i === commands.length - 1
    return last ? [sh`${command} &`, sh`wait`] : [sh`${command} &`]
  })
}

/** A packet as large as the director's own interface takes, that nobody may cut. */
function fitQuestion({ realServers }: Wanted, sight: Sight): Sh {
  const fits = realServers.flatMap(({ address }) => {
    const route = sight.routes.get(address)
    const link = sight.links.find(({ device }) => device === route?.device)
    return route && !route.local && link ? [sh`fits ${address} ${link.mtu - 28}`] : []
  })
  return lines([
    sh`fits() {
  command -v ping >/dev/null || { echo "$1;no ping on this host: install iputils-ping (Debian) or iputils (EL)"; return; }
  if ping -n -q -M do -c 1 -W 1 -s "$2" "$1" >/dev/null 2>&1; then echo "$1;yes"
  elif ping -n -q -c 1 -W 1 "$1" >/dev/null 2>&1; then echo "$1;no"
  else case $(ip -4 neigh show to "$1") in
    *lladdr*) echo "$1;it does not answer ping" ;;
    *) echo "$1;gone" ;;
  esac
  fi
}`,
    ...together(fits),
  ])
}

function pathQuestion(wanted: Wanted, mayTry: Task['mayTry']): Sh {
  const tries = portsOf(wanted).flatMap(({ vip, port, rips }) =>
    rips.filter(mayTry).map((rip) => sh`${vip} ${port} ${rip}`),
  )
  return lines([
    vipPathFunctions,
    replyFunction,
    sh`try() {
  slot=$1
  vip_path 2 "$2" "$3" "$4" / ''
  tell "$2:$3 $4"
}`,
    ...together(tries.map((words, i) => sh`try ${i % AT_ONCE} ${words}`)),
  ])
}

function replyQuestion(wanted: Wanted, requests: number): Sh {
  return lines([
    vipPathFunctions,
    replyFunction,
    ...portsOf(wanted).map(
      ({ vip, port }) => sh`if command -v curl >/dev/null; then vip_get 3 ${vip} ${port} / ''
else code=; page='no curl on this host: install curl'
fi
tell ${`${vip}:${port}`}`,
    ),
    ...(requests === 0 ? [] : portsOf(wanted).map((each) => many(each, requests))),
  ])
}

/** One process sends them all, each over a connection of its own. */
function many({ vip, port }: Port, requests: number): Sh {
  const scheme = [443, 8443].includes(port) ? 'https' : 'http'
  const url = `${scheme}://${vip}:${port}/#[1-${requests}]`
  return sh`codes=$(curl -s -k --noproxy '*' -m 3 -H 'Connection: close' -o /dev/null -w '%{http_code} ' -- ${url})
failed=0
for code in $codes; do case $code in 000) failed=$((failed + 1)) ;; esac; done
echo "failed;${`${vip}:${port}`};$failed"`
}

/** tell NAME: prints `NAME;code;what page begins with, in base64`. */
const replyFunction = sh`tell() {
  printf '%s;%s;%s\n' "$1" "$code" "$(printf %.300s "$page" | base64 -w 0)"
}`

interface Port {
  vip: string
  port: number
  rips: string[]
}

/** Where a client can ask by TCP. */
function portsOf({ services }: Wanted): Port[] {
  const ports = new Map<string, Port>()
  for (const service of services) {
    const tried = triedBy(service)
    if ('not' in tried || tried.protocol !== 'tcp') continue
    const { port } = tried
    const rips = service.realServers
      .filter(({ forwarding, address }) => forwarding === 'dr' && isIpv4(address))
      .map(({ address }) => address)
    for (const vip of service.vips.filter(isIpv4)) {
      // A service of its own and one by firewall mark may be tried by the same port.
      const known = ports.get(`${vip}:${port}`)?.rips ?? []
      ports.set(`${vip}:${port}`, { vip, port, rips: [...new Set([...known, ...rips])] })
    }
  }
  return [...ports.values()]
}

const FITS = ['yes', 'no', 'gone'] as const

/** Reads the frames of tryQuestions. */
export function readTrial(frames: readonly Frame[], { director }: Roles): Trial {
  const [heard, fits, paths, replies, neighbours, traffic] = frames
  const rows = (frame: Frame | undefined) =>
    (frame?.stdout ?? '').split('\n').flatMap((line) => {
      const cells = line.split(';')
      return cells.length > 1 ? [cells] : []
    })
  const own = rows(replies)
  return {
    heard: new Map(
      rows(heard).map(([vip = '', why = '', macs = '']) => {
        return [vip, why === '' ? { known: macs.split(' ').filter(Boolean) } : { unknown: why }]
      }),
    ),
    fits: new Map(
      rows(fits).map(([rip = '', said = '']) => {
        const fit = FITS.find((one) => one === said)
        return [rip, fit === undefined ? { unknown: said } : { known: fit }]
      }),
    ),
    paths: new Map(rows(paths).map((row) => [row[0]!, replyOf(row)])),
    replies: new Map(
      own.filter(([name]) => name !== 'failed').map((row) => [row[0]!, replyOf(row)]),
    ),
    failures: new Map(
      own.flatMap(([kind, name = '', count]) => (kind === 'failed' ? [[name, Number(count)]] : [])),
    ),
    neighbours: parseIp(neighbours?.stdout ?? '').neighbours,
    traffic: director ? told(traffic, parseTraffic) : { known: new Map() },
  }
}

function replyOf([, code = '', base64 = '']: readonly string[]): Known<Reply> {
  const text = Buffer.from(base64, 'base64').toString('utf8').trim()
  if (code === '') return { unknown: text }
  const status = Number(code)
  return { known: { kind: status > 0 ? 'answer' : failureOf(text), status, text } }
}

/** What curl's complaint means: by its exit code, which it begins with. */
function failureOf(text: string): Reply['kind'] {
  const code = Number(/curl: \((\d+)\)/.exec(text)?.[1])
  if (code === 7) return /refused/i.test(text) ? 'refused' : 'silent'
  // 28 is over time: in connecting, or in what came after.
  if (code === 28 && !/bytes received/.test(text)) return 'silent'
  return 'open'
}
