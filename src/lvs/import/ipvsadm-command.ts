import { InputError, type Position } from '../../core/errors.js'
import { readEntry } from '../parse-table.js'
import type { RealServer, VirtualService } from '../table.js'
import { portNumber } from './ports.js'

/** What one call of ipvsadm asks for. `other` names what changes no entry of the table. */
export type IpvsadmCall =
  | { act: 'add' | 'edit' | 'delete'; service: VirtualService; server?: RealServer }
  | { act: 'flush' }
  | { act: 'restore' }
  /** Seconds for TCP, TCP after a FIN, and UDP. */
  | { act: 'timeouts'; seconds: readonly number[] }
  | { act: 'other'; option: string }

/** The kernel's own default, in seconds, where -p has no value. */
export const DEFAULT_PERSISTENCE = 360

/** Long options by the short ones that a save file has; those without are kept. */
const shortOf: Readonly<Record<string, string>> = {
  '--add-service': '-A',
  '--edit-service': '-E',
  '--delete-service': '-D',
  '--clear': '-C',
  '--restore': '-R',
  '--save': '-S',
  '--add-server': '-a',
  '--edit-server': '-e',
  '--delete-server': '-d',
  '--list': '-L',
  '-l': '-L',
  '--zero': '-Z',
  '--tcp-service': '-t',
  '--udp-service': '-u',
  '--fwmark-service': '-f',
  '--ipv6': '-6',
  '--scheduler': '-s',
  '--persistent': '-p',
  '--netmask': '-M',
  '--real-server': '-r',
  '--gatewaying': '-g',
  '--ipip': '-i',
  '--masquerading': '-m',
  '--weight': '-w',
  '--u-threshold': '-x',
  '--l-threshold': '-y',
  '--numeric': '-n',
  '--ops': '-o',
  '--sched-flags': '-b',
}
const WITH_VALUE = /^(-[tufsMrwxyb]|--(sctp-service|pe|tun-type|tun-port))$/
const SECONDS = 'of TCP, of TCP after a FIN, of UDP: --set 900 120 300'
const ACTS = { A: 'add', a: 'add', E: 'edit', e: 'edit', D: 'delete', d: 'delete' } as const

/**
 * Reads the words after `ipvsadm`, in every form that the tool takes: long options, values
 * that are attached, ports by name or left out.
 *
 * @throws InputError for what it does not take
 */
export function readCall(words: readonly string[], at: Position): IpvsadmCall {
  const options = optionsOf(words, at)
  const command = options.find(([name]) => /^(-[ACDELRSZade]|--(set|st.+))$/.test(name))?.[0]
  if (command === '-C') return { act: 'flush' }
  if (command === '-R') return { act: 'restore' }
  if (command === '--set') return { act: 'timeouts', seconds: secondsIn(words, at) }
  const act = command && ACTS[command.slice(1) as keyof typeof ACTS]
  if (!act) return { act: 'other', option: command ?? '-L' }

  const service = options.find(([name]) => /^(-[tu]|--sctp-service)$/.test(name))
  const [port = '0'] = /\d+$/.exec(withPort(service?.[1] ?? '', 0, at)) ?? []
  const plain = options.flatMap(([name, text]): string[] => {
    if (name === '-n' || name === command) return []
    if (name === '-r') return [name, withPort(text ?? '', Number(port), at)]
    if (name === service?.[0]) return [name, withPort(text ?? '', 0, at)]
    return text === undefined ? [name] : [name, text]
  })
  const entry = readEntry(plain, at)
  if (command === command.toUpperCase()) return { act, service: entry.service }
  if (!entry.server) throw new InputError(at, 'names no real server', '-r ADDRESS:PORT')
  return { act, service: entry.service, server: entry.server }
}

/** Pairs of an option, short where there is a short one, and its value. */
function optionsOf(words: readonly string[], at: Position): [string, string?][] {
  const options: [string, string?][] = []
  const rest = [...words]
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const [long = '', attached] = word.startsWith('--') ? word.split('=', 2) : ['', undefined]
    const name = long === '' ? word : (shortOf[long] ?? long)
    if (attached !== undefined) rest.unshift(attached)
    if (long === '' && /^-[^-]./.test(word)) rest.unshift(...apart(word))
    else if (name === '-p') options.push([name, takeNumber(rest) ?? String(DEFAULT_PERSISTENCE)])
    else if (!WITH_VALUE.test(name)) options.push([shortOf[name] ?? name])
    else if (rest.length > 0) options.push([name, rest.shift()])
    else throw new InputError(at, `ipvsadm: ${word} has no value`, 'ipvsadm refuses it, too')
  }
  return options
}

/** `-at` is `-a -t`, `-w3` is `-w 3`. */
function apart(word: string): string[] {
  const first = word.slice(0, 2)
  const rest = word.slice(2)
  return WITH_VALUE.test(first) || first === '-p' ? [first, rest] : [first, `-${rest}`]
}

function takeNumber(rest: string[]): string | undefined {
  return /^\d+$/.test(rest[0] ?? '') ? rest.shift() : undefined
}

/** An address with its port as a number; ipvsadm takes names, too, or none at all. */
function withPort(text: string, otherwise: number, at: Position): string {
  const [, address = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(text) ?? []
  if (port === undefined && address.startsWith('[')) {
    const hint = `${text}:80, or ${text}:0 for all ports`
    throw new InputError(at, `ipvsadm refuses "${text}": of IPv6 it wants a port, too`, hint)
  }
  if (port === undefined) return `${address}:${otherwise}`
  const number = portNumber(port)
  if (number !== undefined) return `${address}:${number}`
  throw new InputError(at, `"${port}" is no port`, 'write its number')
}

function secondsIn(words: readonly string[], at: Position): number[] {
  const seconds = words.slice(words.indexOf('--set') + 1).map((word) => Number(word))
  if (seconds.length === 3 && seconds.every((each) => Number.isInteger(each))) return seconds
  throw new InputError(at, 'ipvsadm: --set takes three numbers of seconds', SECONDS)
}
