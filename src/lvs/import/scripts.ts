import { basename } from 'node:path'
import { InputError, type Position } from '../../core/errors.js'
import { CallTable } from './call-table.js'
import { readCall } from './ipvsadm-command.js'
import { readSaveFile } from './ipvsadm-save.js'
import { after, ifconfig, ipAddr, type Put, routeTarget } from './script-network.js'
import { arpNotes, sysctlsOf } from './script-sysctl.js'
import type { Field } from './shell/expand.js'
import { type Command, walkScript } from './shell/walk.js'
import { type Disk, nothing, type Told } from './told.js'

/** Commands that set nothing up, or nothing that the roles do not do by themselves. */
const HARMLESS = new Set(
  `: [ [[ action alias apt apt-get arping break cat cd chkconfig chmod chown clear command
   continue cut daemon date depmod dirname dnf echo exit expr failure false functions grep head
   hostname id insmod ipvsadm-save kill log logger ls lsmod mkdir modprobe mount mv netstat nohup
   passed ping popd printf ps pushd pwd return rm set shift sleep sort ss status success sync
   sysctl tail test tee touch tr trap true ulimit umask uname unset usage wait warning wc which
   whoami yum`.split(/\s+/),
)
const FIREWALL = /^(ip6?tables|nft|firewall-cmd|ufw|ebtables|arptables|iptables-.*)$/
const RESTARTS = /^(ifup|ifdown|service|systemctl|initctl|rc-service|nmcli|network|NetworkManager)$/
/** Files that hold no settings. */
const SCRATCH = /^(\/dev\/|\/var\/(lock|run|log|tmp)\/|\/run\/|\/tmp\/|&?\d$|\/proc\/)/
const DIP = /^(DIP|DIRECTOR_?IP|LVS_?DIP)$/i

/**
 * What a script tells of the old kind, lvs.sh or rs.sh, that sets a host up by ipvsadm,
 * ifconfig or ip, and echo into /proc/sys. It is read as `start` would run it, never run.
 *
 * @throws InputError for a script that cannot be read
 */
export function readScript(text: string, file: string, disk: Disk): Told {
  return new Reader(disk).read(text, file)
}

class Reader {
  readonly #told = nothing()
  readonly #table = new CallTable()
  readonly #sysctls = new Map<string, string>()
  /** Addresses of a director's interface itself, without a label: a VIP, or its own. */
  readonly #plain: (Put & { at: Position })[] = []

  readonly #routes: { command: Command; target: Field }[] = []

  constructor(readonly disk: Disk) {}

  read(text: string, file: string): Told {
    const { commands, env, places, notes } = walkScript(text, file, this.disk)
    this.#told.notes.push(...notes)
    for (const command of commands) this.#attempt(command)
    const services = [...this.#told.services, ...this.#table.services]
    const isVip = (address: string) => services.some((service) => service.address === address)
    for (const { at, ...put } of this.#plain) {
      // No host's own address is a /32.
      if (isVip(put.address) || services.length === 0 || put.prefix === 32) {
        this.#told.addresses.push({ ...put, at, on: 'director' })
      } else {
        const { address, prefix } = put
        this.#told.directors.push({ address, ...(prefix === undefined ? {} : { prefix }), at })
      }
    }
    const [dip] = [...env].filter(([name, value]) => DIP.test(name) && value?.length === 1)
    const at = dip && places.get(dip[0])
    if (dip && at && this.#told.directors.length === 0) {
      this.#told.directors.push({ address: dip[1]![0]!, at })
    }
    // The host route to the VIP is the role's business, too.
    const vips = [...services, ...this.#told.addresses].map(({ address }) => address)
    for (const { command, target } of this.#routes) {
      if (target === undefined || vips.includes(target)) continue
      this.#note(command.at, `a route is not carried over: ${command.text}`, KEEP)
    }
    this.#told.notes.push(...arpNotes(this.#told.addresses, this.#sysctls))
    return { ...this.#told, services }
  }

  #attempt(command: Command): void {
    try {
      this.#command(command)
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      this.#note(command.at, `${error.message}: ${command.text}`, error.hint ?? REPAIR)
    }
  }

  #command(command: Command): void {
    const { name, args } = called(command.words)
    const settings = sysctlsOf(command)
    if (settings.length > 0) for (const [key, value] of settings) this.#sysctls.set(key, value)
    else if (command.words.length === 0) this.#files(command)
    else if (name === undefined) this.#unknown(command)
    else if (/^ipvsadm(-restore)?$/.test(name)) this.#ipvsadm(command, name, args)
    else if (name === 'ifconfig') this.#put(command, ifconfig(args))
    else if (name === 'ip' && /^(rule|tunnel|neigh)/.test(args[0] ?? '')) this.#unknown(command)
    else if (name === 'route' || (name === 'ip' && /^r/.test(args[0] ?? ''))) {
      this.#routes.push({ command, target: routeTarget(name, args) })
    } else if (name === 'ip') this.#put(command, ipAddr(args))
    else if (FIREWALL.test(name)) this.#firewall(command, args)
    else if (RESTARTS.test(name)) this.#restart(command)
    else if (!HARMLESS.has(name)) this.#unknown(command)
    else this.#files(command)
  }

  #ipvsadm(command: Command, name: string, args: readonly Field[]): void {
    const { at, redirects } = command
    const known = args.filter((arg) => arg !== undefined)
    if (known.length < args.length) return this.#unknown(command)
    const call = name === 'ipvsadm' ? readCall(known, at) : { act: 'restore' as const }
    if (call.act === 'restore') {
      const document = redirects.find((redirect) => redirect.document)?.document
      if (document) {
        const before = '\n'.repeat(document.line - 1)
        this.#told.services.push(...readSaveFile(before + document.text, at.file).services)
        return
      }
      const file = redirects.find(({ operator }) => operator === '<')?.target
      this.#note(at, `loads the table of ${file ?? 'another file'}`, 'import that file, too')
    } else if (call.act === 'timeouts') {
      const [tcp = 0, tcpfin = 0, udp = 0] = call.seconds
      this.#told.timeouts = { tcp, tcpfin, udp, at }
    } else if (call.act !== 'other') this.#table.apply(call, at)
    else if (call.option === '--start-daemon') {
      this.#note(at, 'the sync daemon is not carried over', KEEP)
    }
  }

  #put({ at, text, ...command }: Command, put: Put | 'unknown' | undefined): void {
    if (put === undefined) return
    if (put === 'unknown') return this.#unknown({ at, text, ...command })
    if (/^(lo|dummy\d*|tunl\d*)$/.test(put.device)) {
      if (put.address.startsWith('127.')) return
      this.#told.addresses.push({ ...put, on: 'realserver', at })
      if (put.device === 'lo') return
      const message = `the VIP is on ${put.device}, and dr-play puts it on lo`
      this.#note(
        at,
        message,
        'the first run moves it: do that with one real server after the other',
      )
    } else if (put.label === undefined) this.#plain.push({ ...put, at })
    else this.#told.addresses.push({ ...put, on: 'director', at })
  }

  #firewall({ at, text }: Command, args: readonly Field[]): void {
    const isMark = args.includes('MARK')
    const [mark] = (isMark ? after(args, '--set-mark', '--set-xmark') : undefined)?.split('/') ?? []
    const [vip] = after(args, '-d', '--destination', '--dst')?.split('/') ?? []
    if (mark !== undefined && vip !== undefined) {
      this.#told.marks.push({ mark: String(Number(mark)), vip, at })
    }
    const hint = /(^|\s)-(F|X|Z)\b/.test(text)
      ? 'dr-play never empties a firewall; what has to be open stays your own business'
      : 'dr-play leaves firewalls alone: keep the rule in your own set'
    this.#note(at, `a firewall rule is not carried over: ${text}`, hint)
  }

  #restart({ at, text }: Command): void {
    if (/\b(ipvsadm|httpd|apache2|nginx)\b/.test(text)) return
    this.#note(
      at,
      `not carried over: ${text}`,
      'dr-play changes what differs, and restarts nothing else',
    )
  }

  /** A file that is written: what is in it is not looked at. */
  #files({ at, redirects }: Command): void {
    for (const { operator, target } of redirects) {
      if (!operator.includes('>') || (target !== undefined && SCRATCH.test(target))) continue
      if (/sysconfig\/ipvsadm$|ipvsadm\.rules$/.test(target ?? '')) continue
      this.#note(
        at,
        `writes a file, which is not carried over: ${target ?? 'of a name that only a run tells'}`,
        KEEP,
      )
    }
  }

  #unknown({ at, text, words }: Command): void {
    const missing = words.includes(undefined)
    const why = missing ? 'only a run can tell what this does' : 'not understood'
    this.#note(at, `${why}: ${text}`, missing ? REPAIR : KEEP)
  }

  #note(at: Position, message: string, hint: string): void {
    this.#told.notes.push({ at, message, hint })
  }
}

const REPAIR = 'write the values into a copy of the script, or import ipvsadm -S -n as well'
const KEEP = 'see whether the cluster needs it, and keep it where it is'

/** The command itself, without its folder and what merely runs it. */
function called([first, ...args]: readonly Field[]): {
  name: string | undefined
  args: readonly Field[]
} {
  const name = first === undefined ? undefined : basename(first)
  const isFront = name === 'sudo' || name === 'exec' || name === 'command' || name === 'env'
  return isFront && args.length > 0 ? called(args) : { name, args }
}
