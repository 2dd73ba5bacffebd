import type { Reporter, Tally } from '../core/event.js'
import type { Become, Mode, Session, Target } from '../core/transport.js'
import type { Secret } from '../core/sh.js'
import type { Var } from '../site/vars.js'
import type { Facts } from '../core/facts.js'
import { pendingProbe } from './hello.js'
import { Held, type Holder, lockPart, takeOver } from './lock.js'
import { type Owed, readOwed } from './owed.js'
import { type Part, trip } from './trip.js'

/** What is known of a host, for others who go on with it. */
export interface Kept {
  shown?: Readonly<Record<string, unknown>> | undefined
  registered: readonly (readonly [string, Var])[]
  failed?: HostRun['failed']
  tally: Tally
}

/** One host during a run: what is known of it, what it still owes, how it fared. */
export class HostRun {
  session: Session | undefined
  /** What it told of itself, which modules go by. */
  facts: Facts | undefined
  /** What playbooks see as its facts: those, or what a setup that was delegated brought since. */
  shown: Readonly<Record<string, unknown>> | undefined
  /** The variables that tasks may register; known while the run is only thought through. */
  expected: Pick<ReadonlySet<string>, 'has'> | undefined
  /** What tasks registered, by variable. */
  readonly registered = new Map<string, Var>()
  /** Handlers that a broken-off run left to do, and that no play took on yet. */
  readonly pending = new Set<Owed>()
  /** Who takes it for this run; undefined where it is only looked at. */
  holder: Holder | undefined
  /** The users whose list was read. */
  readonly #asked = new Set<string | undefined>()
  /** The users as whom it is this run's. */
  readonly #taken = new Set<string | undefined>()
  #left = Promise.resolve()
  failed: 'failed' | 'unreachable' | undefined
  /** Grows whenever facts or registered variables change: scopes built before are stale. */
  version = 0
  readonly tally: Tally = {
    ok: 0,
    changed: 0,
    skipped: 0,
    failed: 0,
    unreachable: 0,
    ignored: 0,
    rescued: 0,
    trips: 0,
    ms: 0,
  }

  constructor(
    readonly name: string,
    readonly target: Target,
    readonly becomePassword: Secret | undefined,
    /** Only look, and say what would change. */
    readonly check: boolean,
  ) {}

  keep(): Kept {
    const { shown, registered, failed, tally } = this
    return { shown, registered: [...registered], failed, tally: { ...tally } }
  }

  /** As somebody else left it; nothing of a connection that was had to it here counts any more. */
  restore({ shown, registered, failed, tally }: Kept): void {
    this.lose()
    this.pending.clear()
    this.#asked.clear()
    this.shown = shown
    this.registered.clear()
    for (const [name, value] of registered) this.registered.set(name, value)
    this.failed = failed
    Object.assign(this.tally, tally)
    this.version++
  }

  expect(registers: Pick<ReadonlySet<string>, 'has'> | undefined): void {
    this.expected = registers
    this.version++
  }

  register(name: string, value: unknown, at: Var['at']): void {
    this.registered.set(name, { value, at })
    this.version++
  }

  learn(facts: Facts): void {
    this.facts = facts
    this.show(facts)
  }

  /** Has something done as if it had told these facts. */
  suppose(facts: Facts | undefined, act: () => void): void {
    const { facts: known, shown } = this
    if (facts) this.learn(facts)
    act()
    this.facts = known
    this.shown = shown
    this.version++
  }

  /**
   * A trip to it, taken for this run before that: each user's shell has a lock, for what a user
   * manages another one may manage as well, after sudo.
   *
   * @throws TaskFailed when another run has it
   */
  async locked(
    parts: readonly Part[],
    mode: Mode,
    as: Become | undefined,
    report: Reporter,
  ): Promise<void> {
    const user = as?.user ?? this.target.user
    if (!this.holder || this.#taken.has(user)) return trip(this.session!, parts, mode, as)
    let problem: Error | undefined
    const lock = lockPart(this.holder, (error) => (problem = error))
    try {
      await trip(this.session!, [lock, ...parts], mode, as)
    } catch (error) {
      throw problem ?? error
    }
    if (problem instanceof Held) {
      const message = await takeOver(this.session!, this.holder, as)
      report({ event: 'note', host: this.name, message })
    } else if (problem) throw problem
    this.#taken.add(user)
    // What comes after a lock that was not had is skipped, where it would change something.
    if (problem && mode === 'until-failure') await trip(this.session!, parts, mode, as)
  }

  /** The run is through with it: its connection ends, and with that its lock. */
  leave(): Promise<void> {
    if (this.session) {
      this.tally.trips += this.session.trips
      this.#left = this.session.close().catch(() => undefined)
      this.session = undefined
      this.#taken.clear()
    }
    return this.#left
  }

  /** It went away. Whoever meets it again takes it, and asks it, anew. */
  lose(): void {
    void this.session?.close().catch(() => undefined)
    this.session = undefined
    this.#taken.clear()
    this.facts = undefined
  }

  /** Some of them anew. */
  update(facts: Partial<Facts>): void {
    if (this.facts) this.facts = { ...this.facts, ...facts }
    this.show(facts)
  }

  show(facts: object): void {
    this.shown = { ...this.shown, ...facts }
    this.version++
  }

  /** Reads a user's list of owed handlers, in the first trip as that user. */
  pendingParts(as: Become | undefined): Part[] {
    if (this.#asked.has(as?.user)) return []
    this.#asked.add(as?.user)
    const read: Part['read'] = ({ stdout }) => {
      for (const owed of readOwed(stdout, as)) this.pending.add(owed)
    }
    return [{ script: pendingProbe, read }]
  }
}
