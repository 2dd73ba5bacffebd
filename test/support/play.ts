import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test as plain } from 'vitest'
import { parseExtraVars } from '../../src/cli/extra-vars.js'
import { transportFor } from '../../src/cli/transport.js'
import { loadSite, type Site, type Wanted } from '../../src/cli/site.js'
import { InputErrors, where } from '../../src/core/errors.js'
import type { Event, Tally, TaskEvent } from '../../src/core/event.js'
import { keepsLock } from '../../src/core/framing.js'
import { Sh, sh } from '../../src/core/sh.js'
import type { Session, Transport } from '../../src/core/transport.js'
import { resources } from '../../src/resources/registry.js'
import type { FactCache } from '../../src/run/foresight.js'
import { run } from '../../src/run/run.js'

export interface PlayOptions extends Partial<Omit<Wanted, 'inventory' | 'extraVars'>> {
  /** Its text; one host, `here`, unless told. */
  inventory?: string
  extraVars?: string[]
  /** What the playbook's file is called; play.yml, unless told. */
  file?: string
  forks?: number
  step?: boolean
  factCache?: FactCache
  /** What somebody says when asked, in order; Enter when there are no more. */
  answers?: string[]
}

export interface Played {
  exit: number
  events: Event[]
  tasks: TaskEvent[]
  tallies: Record<string, Tally>
  /** `HOST TASK (ITEM): STATUS` of every task, in the order they ended. */
  story: string[]
  /** The users that trips were asked for, trip by trip. */
  users: string[]
  /** What was asked. */
  questions: string[]
}

/**
 * A playbook's folder, and hosts that all are this machine: a shell each, and for each of
 * their users a state folder, where the lock and the owed handlers are.
 */
export class TestSite {
  constructor(readonly dir: string) {}

  path(name: string): string {
    return path.join(this.dir, name)
  }

  async write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(path.dirname(this.path(name)), { recursive: true })
      await writeFile(this.path(name), text)
    }
  }

  read(name: string): Promise<string> {
    return readFile(this.path(name), 'utf8')
  }

  async has(name: string): Promise<boolean> {
    return stat(this.path(name)).then(
      () => true,
      () => false,
    )
  }

  /** Reads everything as the command line does; `dir` is a variable of every host. */
  async load(yaml: string, options: PlayOptions = {}): Promise<Site> {
    const { inventory = 'here', extraVars = [], file = 'play.yml', ...wanted } = options
    await this.write({
      [file]: yaml,
      inventory: `${inventory}\n[all:vars]\ndir=${this.dir}\nansible_connection=local\n`,
    })
    return loadSite(
      this.path(file),
      {
        inventory: [this.path('inventory')],
        extraVars: parseExtraVars(extraVars),
        limit: undefined,
        check: false,
        checkHosts: undefined,
        tags: [],
        skipTags: [],
        become: { enabled: false, user: undefined },
        becomePassword: undefined,
        connection: {
          connection: 'ssh',
          user: undefined,
          password: undefined,
          privateKeyFile: undefined,
        },
        ...wanted,
      },
      resources,
      this.path('package'),
    )
  }

  async play(yaml: string, options: PlayOptions = {}): Promise<Played> {
    const site = await this.load(yaml, options)
    const events: Event[] = []
    const users: string[] = []
    const questions: string[] = []
    const answers = [...(options.answers ?? [])]
    const exit = await run({
      ...site,
      playbook: 'play.yml',
      modules: resources,
      become: options.become ?? { enabled: false, user: undefined },
      transport: this.#transport(users),
      report: (event) => void events.push(event),
      signal: new AbortController().signal,
      ask: (question) => {
        questions.push(question)
        return Promise.resolve(answers.shift() ?? '')
      },
      step: options.step,
      factCache: options.factCache,
      forks: options.forks ?? 10,
      holder: 'a test',
    })
    const tasks = events.filter((event) => event.event === 'task')
    const recap = events.find((event) => event.event === 'recap')
    const story = tasks.map(
      ({ host, task, item, status }) =>
        `${host} ${task}${item === undefined ? '' : ` (${item})`}: ${status}`,
    )
    return { exit, events, tasks, tallies: recap!.hosts, story, users, questions }
  }

  /** What is wrong with a playbook: `FILE:LINE:COL MESSAGE | HINT` of every error. */
  async problems(yaml: string, options: PlayOptions = {}): Promise<string[]> {
    try {
      await this.load(yaml, options)
      return []
    } catch (error) {
      if (!(error instanceof InputErrors)) throw error
      return error.errors.map(({ at, message, hint }) => {
        const place = at ? `${where(at)} ` : ''
        const text = `${place}${message}${hint === undefined ? '' : ` | ${hint}`}`
        return text
          .replaceAll(`${this.dir}/`, '')
          .replaceAll(this.dir, '.')
          .replaceAll(path.dirname(this.dir), '..')
      })
    }
  }

  #transport(users: string[]): Transport {
    const transport = transportFor({ hostKeyChecking: 'yes', timeout: 10 })
    return {
      open: async (target, signal) => {
        const state = this.path(`state/${target.name}`)
        await mkdir(path.dirname(state), { recursive: true })
        const session = await transport.open(target, signal)
        return withState(session, state, users)
      },
    }
  }
}

/** Asks to be another user are noted, and no more: this machine's sudo is not for tests. */
function withState(session: Session, state: string, users: string[]): Session {
  return {
    get trips() {
      return session.trips
    },
    run(steps, mode, as, progress, limits) {
      users.push(as?.user ?? 'login')
      const own = as ? `${state}-${as.user}` : state
      return session.run(
        steps.map((step) => inState(step, own)),
        mode,
        undefined,
        progress,
        limits,
      )
    },
    upload: (file, content) => session.upload(file, content),
    close: () => session.close(),
  }
}

/** The lock, else one of the whole machine, is taken on a file beside the state folder. */
function inState(step: Sh, state: string): Sh {
  const lock = step.text.startsWith(keepsLock)
    ? sh`${Sh.trusted(keepsLock)}
dr_lock=${`${state}.lock`}
exec 9<>"$dr_lock"
`
    : sh``
  return sh`${lock}DR_PLAY_STATE=${state}
${step}`
}

/** A test with a site of its own, in a temporary folder. */
export const test = plain.extend<{ site: TestSite }>({
  site: async ({}, use) => {
    const dir = await mkdtemp(path.join(tmpdir(), 'dr-play-site-'))
    await use(new TestSite(dir))
    await rm(dir, { recursive: true, force: true })
  },
})
