/** A packet, as far as firewall rules look at it. Undefined is any, or not known. */
export interface Packet {
  protocol: 'tcp' | 'udp'
  from: string | undefined
  to: string | undefined
  sourcePort: number | undefined
  port: number | undefined
  /** The interface that it comes in by, or goes out by. */
  in: string | undefined
  out: string | undefined
  /** new: it opens a connection. */
  state: 'new' | 'established'
}

/** Undefined: only the kernel can tell, as of a limit, a set or a mark. */
export type Truth = boolean | undefined
export type Condition = (packet: Packet) => Truth

export type Target =
  | { kind: 'accept' | 'drop' | 'return'; chain?: undefined }
  | { kind: 'jump' | 'goto'; chain: string }
  | undefined

export interface Rule {
  /** As the tool prints it. */
  text: string
  conditions: readonly Condition[]
  /** Undefined: it counts, logs or marks, and no more. */
  target: Target
  /** Packets that it matched so far. */
  packets: number | undefined
  /** The firewall mark that it gives; unknown: one that only the kernel can tell. */
  mark?: number | 'unknown'
}

export const hooks = ['ingress', 'prerouting', 'input', 'output', 'postrouting'] as const
export type Hook = (typeof hooks)[number]

export interface Chain {
  /** Its table and its name; jumps stay within the table. */
  table: string
  name: string
  /** Where the kernel enters it; undefined: only by a jump. */
  hook: Hook | undefined
  priority: number
  drops: boolean
  rules: readonly Rule[]
}

export interface Firewall {
  chains: readonly Chain[]
}

/** Where a packet is dropped. */
export interface Drop {
  /** Whether it surely is; else a rule on the way cannot be told. */
  certain: boolean
  chain: string
  /** `policy drop` for the end of a chain. */
  rule: string
  packets: number | undefined
}

/** Where a packet ends on its way through these hooks; undefined: it gets through. */
export function dropOf(
  { chains }: Firewall,
  way: readonly Hook[],
  packet: Packet,
): Drop | undefined {
  const entries = way.flatMap((hook) =>
    chains.filter((chain) => chain.hook === hook).sort((a, b) => a.priority - b.priority),
  )
  const drops = entries.flatMap((chain) => new Walk(chains, packet).through(chain) ?? [])
  return drops.find(({ certain }) => certain) ?? drops[0]
}

type End = 'accept' | 'drop' | 'on'

/** One packet on its way through one chain, and those that it jumps to. */
class Walk {
  /** The packet may have been accepted or dropped before. */
  #left = false
  #first: Drop | undefined
  /** Chains under way: the kernel has no loops, a text may have. */
  readonly #under = new Set<Chain>()

  constructor(
    private readonly chains: readonly Chain[],
    private readonly packet: Packet,
  ) {}

  through(chain: Chain): Drop | undefined {
    const end = this.#chain(chain, false)
    if (end === 'on' && chain.drops) this.#drop(chain, 'policy drop', undefined, false)
    return this.#first
  }

  /** @param maybe the packet may not come here at all */
  #chain(chain: Chain, maybe: boolean): End {
    if (this.#under.has(chain)) return 'on'
    this.#under.add(chain)
    const end = this.#rules(chain, maybe)
    this.#under.delete(chain)
    return end
  }

  #rules(chain: Chain, maybe: boolean): End {
    for (const rule of chain.rules) {
      const { target } = rule
      const matches = ruleHolds(rule, this.packet)
      if (target === undefined || matches === false) continue
      const unsure = maybe || matches === undefined
      const end = this.#target(chain, rule, target, unsure)
      if (end === undefined) continue
      if (matches === true) return end === 'back' ? 'on' : end
      if (end === 'back') maybe = true
      else this.#left = true
    }
    return 'on'
  }

  /** back: the rest of the chain is left out. Undefined: the next rule is looked at. */
  #target(
    chain: Chain,
    rule: Rule,
    target: NonNullable<Target>,
    unsure: boolean,
  ): 'accept' | 'drop' | 'back' | undefined {
    if (target.kind === 'drop') this.#drop(chain, rule.text, rule.packets, unsure)
    if (target.chain === undefined) return target.kind === 'return' ? 'back' : target.kind
    const next = this.chains.find(({ table, name }) => {
      return table === chain.table && name === target.chain
    })
    const end = next ? this.#chain(next, unsure) : 'on'
    if (end !== 'on') return end
    return target.kind === 'goto' ? 'back' : undefined
  }

  #drop({ table, name }: Chain, rule: string, packets: number | undefined, unsure: boolean): void {
    const certain = !unsure && !this.#left
    if (this.#first && (!certain || this.#first.certain)) return
    this.#first = { certain, chain: `${table} ${name}`, rule, packets }
  }
}

/** Whether a rule is for a packet. */
export function ruleHolds({ conditions }: Rule, packet: Packet): Truth {
  const all = conditions.map((condition) => condition(packet))
  if (all.includes(false)) return false
  return all.includes(undefined) ? undefined : true
}
