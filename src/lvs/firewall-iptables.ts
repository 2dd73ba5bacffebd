import type { Chain, Condition, Firewall, Hook, Rule, Target } from './firewall.js'
import {
  anyOf,
  byFlags,
  byInterface,
  byProtocol,
  cannotTell,
  inNetwork,
  inPorts,
  inState,
  not,
} from './firewall-conditions.js'

/** The kernel's order of the tables at one hook. nat drops nothing. */
const PRIORITY: Readonly<Record<string, number>> = {
  raw: -300,
  mangle: -150,
  filter: 0,
  security: 50,
}
const HOOKS: Readonly<Record<string, Hook>> = {
  PREROUTING: 'prerouting',
  INPUT: 'input',
  OUTPUT: 'output',
  POSTROUTING: 'postrouting',
}

/** Reads what `iptables-save -c` prints. @param prefix what to call its tables by */
export function parseIptables(text: string, prefix = ''): Firewall {
  const chains: (Chain & { rules: Rule[] })[] = []
  let table = ''
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1).trim()
    const priority = PRIORITY[table]
    if (priority === undefined) continue
    const [, name, policy] = /^:(\S+) (\S+)/.exec(line) ?? []
    if (name !== undefined) {
      chains.push({
        table: `${prefix}${table}`,
        name,
        hook: HOOKS[name],
        priority,
        drops: policy === 'DROP',
        rules: [],
      })
    }
    const [, packets, rule] = /^(?:\[(\d+):\d+\] )?(-A .*)$/.exec(line) ?? []
    if (rule === undefined) continue
    const [, chain = '', ...words] = split(rule)
    const count = packets === undefined ? undefined : Number(packets)
    chains
      .find((each) => each.table === `${prefix}${table}` && each.name === chain)
      ?.rules.push({ text: `iptables ${rule}`, ...readRule(words), packets: count })
  }
  return { chains }
}

/** Words, of which those in quotes may have spaces. */
function split(line: string): string[] {
  const words = line.match(/"(?:\\.|[^"\\])*"|\S+/g) ?? []
  return words.map((word) => word.replace(/^"(.*)"$/, '$1'))
}

type Reader = (value: () => string) => Condition

const port = (side: 'sourcePort' | 'port', text: string) => {
  const [first = '', last = first] = text.split(':')
  return inPorts(side, first === '' ? 0 : Number(first), last === '' ? 65535 : Number(last))
}
const ports = (side: 'sourcePort' | 'port', text: string) =>
  anyOf(text.split(',').map((one) => port(side, one)))
const always: Condition = () => true

const READERS: Readonly<Record<string, Reader>> = {
  '-p': (value) => byProtocol(value()),
  '-s': (value) => inNetwork('from', value()),
  '-d': (value) => inNetwork('to', value()),
  '-i': (value) => byInterface('in', value()),
  '-o': (value) => byInterface('out', value()),
  '--sport': (value) => port('sourcePort', value()),
  '--dport': (value) => port('port', value()),
  '--sports': (value) => ports('sourcePort', value()),
  '--dports': (value) => ports('port', value()),
  '--state': (value) => inState(value().split(',')),
  '--ctstate': (value) => inState(value().split(',')),
  '--tcp-flags': (value) => byFlags(value().split(','), value().split(',')),
  '--syn': () => byFlags(['SYN'], ['SYN']),
  '--comment': (value) => (value(), always),
}

/** Matches that say all by their own options, which are known. */
const KNOWN = ['tcp', 'udp', 'state', 'conntrack', 'comment', 'multiport']

function readRule(words: readonly string[]): Pick<Rule, 'conditions' | 'target' | 'mark'> {
  const rest = [...words]
  const next = () => rest.shift() ?? ''
  const conditions: Condition[] = []
  let target: Target
  let negated = false
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const reader = READERS[word]
    if (word === '!') {
      negated = true
      continue
    }
    if (word === '-j' || word === '-g') {
      const name = next()
      target = targetOf(word, name)
      // What follows are the target's own options.
      if (name === 'MARK' || name === 'CONNMARK') return { conditions, target, mark: markOf(rest) }
      break
    }
    if (word === '-m') {
      if (!KNOWN.includes(next())) conditions.push(cannotTell)
    } else if (reader) {
      const condition = reader(next)
      conditions.push(negated ? not(condition) : condition)
    } else if (word.startsWith('-')) {
      conditions.push(cannotTell)
    }
    negated = false
  }
  return { conditions, target }
}

/** From `--set-xmark 0x7/0xffffffff`; connections' own marks only the kernel knows. */
function markOf([option, value = '']: readonly string[]): number | 'unknown' {
  const [mark, mask = '0xffffffff'] = value.split('/')
  const isWhole = Number(mask) === 0xffffffff || Number(mask) === Number(mark)
  const sets = ['--set-xmark', '--set-mark'].includes(option ?? '') && isWhole
  return sets ? Number(mark) : 'unknown'
}

/** Targets that let the packet go on, and do something to it or tell of it. */
const GOES_ON =
  /^(LOG|NFLOG|ULOG|MARK|CONNMARK|SECMARK|CONNSECMARK|CT|NOTRACK|CLASSIFY|TCPMSS|TCPOPTSTRIP|DSCP|TOS|TTL|HL|SET|TRACE|AUDIT|CHECKSUM|RATEEST|TEE|IDLETIMER|LED|HMARK)$/

function targetOf(option: string, name: string): Target {
  if (name === 'ACCEPT') return { kind: 'accept' }
  if (name === 'DROP' || name === 'REJECT') return { kind: 'drop' }
  if (name === 'RETURN') return { kind: 'return' }
  if (GOES_ON.test(name)) return undefined
  return { kind: option === '-g' ? 'goto' : 'jump', chain: name }
}
