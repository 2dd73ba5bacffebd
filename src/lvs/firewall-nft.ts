import {
  type Chain,
  type Condition,
  type Firewall,
  type Hook,
  hooks,
  type Rule,
  type Target,
} from './firewall.js'
import {
  anyOf,
  byInterface,
  byProtocol,
  cannotTell,
  inNetwork,
  inPorts,
  inState,
  not,
} from './firewall-conditions.js'

type Json = Readonly<Record<string, unknown>>

/** Families whose chains an IPv4 packet passes. */
const FAMILIES = ['ip', 'inet', 'netdev']

/**
 * Reads what `nft -j list ruleset` prints. Chains that translate addresses drop nothing.
 *
 * @throws SyntaxError for what is no JSON
 */
export function parseNft(text: string): Firewall {
  const { nftables } = JSON.parse(text) as { nftables: Json[] }
  const of = (key: string) =>
    nftables.flatMap((each) => {
      const item = each[key]
      return isMap(item) && FAMILIES.includes(String(item.family)) ? [item] : []
    })
  const tableOf = ({ family, table }: Json) => `${String(family)} ${String(table)}`
  const sets = new Map(of('set').map((set) => [`${tableOf(set)} ${String(set.name)}`, set.elem]))
  const rules = of('rule')
  return {
    chains: of('chain').map((chain): Chain => {
      const table = tableOf(chain)
      const own = rules.filter((rule) => tableOf(rule) === table && rule.chain === chain.name)
      const reader = new Reader((name) => sets.get(`${table} ${name}`))
      return {
        table,
        name: String(chain.name),
        hook: chain.type === 'nat' ? undefined : hookOf(chain.hook),
        priority: Number(chain.prio ?? 0),
        drops: chain.policy === 'drop',
        rules: own.flatMap((rule) => reader.rules((rule.expr ?? []) as Json[])),
      }
    }),
  }
}

function hookOf(name: unknown): Hook | undefined {
  return hooks.find((hook) => hook === name)
}

class Reader {
  constructor(private readonly set: (name: string) => unknown) {}

  /** A verdict map is as many rules as it has keys. */
  rules(expr: readonly Json[]): Rule[] {
    const conditions: Condition[] = []
    let target: Target
    let packets: number | undefined
    let mark: Rule['mark']
    for (const statement of expr) {
      const [key, value] = entryOf(statement)
      if (key === 'match') conditions.push(this.#match(value as Json))
      else if (key === 'counter' && isMap(value)) packets = Number(value.packets)
      else if (key === 'vmap') return this.#map(conditions, value as Json, packets)
      else if (key === 'xt' || key === 'limit') conditions.push(cannotTell)
      else if (key === 'mangle') mark = markOf(value) ?? mark
      else target ??= targetOf(statement)
    }
    return [
      { text: textOf(expr), conditions, target, packets, ...(mark !== undefined && { mark }) },
    ]
  }

  #map(before: readonly Condition[], { key, data }: Json, packets: number | undefined): Rule[] {
    const pairs = this.#items(data) as [unknown, Json][]
    return pairs.map(([value, verdict]) => ({
      text: `nft ${leftText(key)} ${rightText(value)} ${verdictText(verdict)}`,
      conditions: [...before, this.#one(key, value)],
      target: targetOf(verdict),
      packets,
    }))
  }

  #match({ op, left, right }: Json): Condition {
    const condition = anyOf(this.#items(right).map((item) => this.#one(left, item)))
    if (op === '==' || op === 'in') return condition
    return op === '!=' ? not(condition) : cannotTell
  }

  #items(right: unknown): unknown[] {
    if (typeof right === 'string' && right.startsWith('@')) {
      const elements = this.set(right.slice(1))
      return Array.isArray(elements) ? (elements as unknown[]) : [undefined]
    }
    if (Array.isArray(right)) return right as unknown[]
    if (isMap(right) && Array.isArray(right.set)) return right.set as unknown[]
    return [right]
  }

  #one(left: unknown, item: unknown): Condition {
    if (!isMap(left) || item === undefined) return cannotTell
    const { payload, meta, ct } = left
    if (isMap(payload)) return field(String(payload.protocol), String(payload.field), item)
    if (isMap(meta)) return metaField(String(meta.key), textOfOne(item))
    if (isMap(ct) && ct.key === 'state') return inState([textOfOne(item)])
    return cannotTell
  }
}

function field(protocol: string, name: string, item: unknown): Condition {
  const side = { saddr: 'from', daddr: 'to', sport: 'sourcePort', dport: 'port' }[name]
  if (protocol === 'ip' && name === 'protocol') return byProtocol(textOfOne(item))
  if (protocol === 'ip' && (side === 'from' || side === 'to')) return network(side, item)
  if (side !== 'sourcePort' && side !== 'port') return cannotTell
  const [first, last] =
    isMap(item) && Array.isArray(item.range) ? (item.range as unknown[]) : [item, item]
  const port = inPorts(side, Number(first), Number(last))
  // To look for a port is to look for its protocol too; th is any.
  if (protocol === 'th') return port
  const right = byProtocol(protocol)
  return (packet) => right(packet) && port(packet)
}

function network(side: 'from' | 'to', item: unknown): Condition {
  if (typeof item === 'string') return inNetwork(side, item)
  if (!isMap(item) || !isMap(item.prefix)) return cannotTell
  return inNetwork(side, `${String(item.prefix.addr)}/${String(item.prefix.len)}`)
}

function metaField(key: string, item: string): Condition {
  if (key === 'iifname' || key === 'iif') return byInterface('in', item)
  if (key === 'oifname' || key === 'oif') return byInterface('out', item)
  if (key === 'l4proto') return byProtocol(item)
  if (key === 'nfproto') return () => item === 'ipv4'
  return cannotTell
}

/** Of `meta mark set 7`. */
function markOf(mangle: unknown): Rule['mark'] {
  const { key, value } = mangle as { key?: { meta?: Json }; value?: unknown }
  if (key?.meta?.key !== 'mark') return undefined
  return typeof value === 'number' ? value : 'unknown'
}

function targetOf(statement: unknown): Target {
  if (!isMap(statement)) return undefined
  if ('accept' in statement) return { kind: 'accept' }
  if ('drop' in statement || 'reject' in statement) return { kind: 'drop' }
  if ('return' in statement) return { kind: 'return' }
  for (const kind of ['jump', 'goto'] as const) {
    const to = statement[kind]
    if (isMap(to)) return { kind, chain: String(to.target) }
  }
  return undefined
}

/** A rule nearly as `nft list ruleset` has it. */
function textOf(expr: readonly Json[]): string {
  const words = expr.map((statement) => {
    const { match } = statement
    if (!isMap(match)) return verdictText(statement)
    const op = match.op === '==' || match.op === 'in' ? '' : `${String(match.op)} `
    return `${leftText(match.left)} ${op}${rightText(match.right)}`
  })
  return ['nft', ...words].filter(Boolean).join(' ')
}

function leftText(left: unknown): string {
  if (!isMap(left)) return '?'
  const [kind, value] = entryOf(left)
  if (!isMap(value)) return kind
  if (kind === 'payload') return `${String(value.protocol)} ${String(value.field)}`
  return kind === 'meta' && String(value.key).endsWith('name')
    ? String(value.key)
    : `${kind} ${String(value.key)}`
}

function rightText(right: unknown): string {
  if (Array.isArray(right)) return right.map(rightText).join(',')
  if (!isMap(right)) return String(right)
  const { set, prefix, range } = right
  if (Array.isArray(set)) return `{ ${set.map(rightText).join(', ')} }`
  if (isMap(prefix)) return `${String(prefix.addr)}/${String(prefix.len)}`
  if (Array.isArray(range)) return range.map(String).join('-')
  return '...'
}

function verdictText(statement: Json): string {
  const [kind, value] = entryOf(statement)
  if (kind === 'jump' || kind === 'goto') return `${kind} ${String((value as Json).target)}`
  return kind === 'counter' || kind === 'comment' ? '' : kind
}

/** A statement is a map of one key. */
function entryOf(statement: Json): [string, unknown] {
  return Object.entries(statement)[0] ?? ['', undefined]
}

function textOfOne(item: unknown): string {
  return typeof item === 'string' ? item : JSON.stringify(item)
}

function isMap(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
