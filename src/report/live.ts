import { DefaultRenderer, Listr, type ListrTaskWrapper } from 'listr2'
import type { Event, Reporter, Status, TaskEvent, TaskRow } from '../core/event.js'
import { recapLines } from './recap.js'
import { hostLines, isNews, paint, taskLines, type TextOptions } from './text.js'

type Wrapper = Pick<ListrTaskWrapper<unknown, never, never>, 'title' | 'skip' | 'newListr'>
const ORDER: Status[] = ['ok', 'changed', 'skipped', 'failed', 'unreachable']

/**
 * The report on a terminal: one row a task, with counts of hosts that move as the run goes;
 * then what changed and what failed, and the table of hosts. Rows are per task, never per
 * host: a hundred hosts must stay readable, and cheap to draw.
 */
export function liveReporter(
  write: (text: string) => void,
  options: TextOptions,
): { report: Reporter; done: () => Promise<void> } {
  const news = new News(options)
  let plays: PlayRows[] = []
  let current: PlayRows | undefined
  let drawn: Promise<unknown> = Promise.resolve()
  let recap: string[] = []
  const report = (event: Event): void => {
    switch (event.event) {
      case 'run':
        news.order = event.hosts
        plays = event.plays.map(({ play, tasks }) => new PlayRows(play, tasks, options))
        drawn = draw(plays)
        return
      case 'play':
        current?.end()
        current = plays.find((play) => !play.begun && play.title === event.play)
        current?.begin()
        return
      case 'start':
        return current?.row(event.id)?.start(event.host)
      case 'progress':
        return current?.row(event.id)?.progress(`${event.host}: ${event.message}`)
      case 'task':
        current?.row(event.id)?.end(event)
        if (isNews(event) || options.verbose) news.task(event)
        return
      case 'host':
        current?.drop(event.host)
        news.add(hostLines(event, options))
        return
      case 'note':
        news.add([`${event.host ? `${event.host}: ` : ''}${event.message}`])
        return
      case 'recap':
        for (const play of plays) play.end()
        recap = recapLines(event, options)
        return
      case 'batch':
        return
    }
  }
  const done = async () => {
    await drawn
    write(`${['', ...news.lines(), ...recap].join('\n')}\n`)
  }
  return { report, done }
}

/** What is told below the rows, once they stand still: what is the same on many hosts, once. */
class News {
  readonly #entries = new Map<string, { event: TaskEvent; hosts: string[] } | string[]>()

  /** The run's hosts, in the order in which they are named. */
  order: readonly string[] = []

  constructor(private readonly options: TextOptions) {}

  #inOrder(hosts: readonly string[]): string[] {
    const among = new Set(hosts)
    return this.order.filter((host) => among.has(host))
  }

  task(event: TaskEvent): void {
    const key = JSON.stringify({ ...event, host: '' })
    const same = this.#entries.get(key)
    if (same && 'hosts' in same) same.hosts.push(event.host)
    else this.#entries.set(key, { event, hosts: [event.host] })
  }

  add(lines: string[]): void {
    this.#entries.set(lines.join('\n'), lines)
  }

  lines(): string[] {
    const lines = [...this.#entries.values()].flatMap((entry) =>
      'hosts' in entry ? taskLines(entry.event, this.options, this.#inOrder(entry.hosts)) : entry,
    )
    return lines.length > 0 ? [...lines, ''] : []
  }
}

/**
 * Draws a tenth of the time at most. Left alone, listr2 lays out all rows anew for each word on each
 * of them, which took four times as long as a converged run of three hosts itself. What is not drawn
 * now its spinner draws a little later, and the end is drawn in any case.
 */
class PacedRenderer extends DefaultRenderer {
  #notBefore = 0

  override update(): void {
    const begin = performance.now()
    if (begin < this.#notBefore) return
    super.update()
    const end = performance.now()
    this.#notBefore = end + 9 * (end - begin)
  }
}

function draw(plays: readonly PlayRows[]): Promise<unknown> {
  const tasks = plays.map((play) => ({
    title: play.title,
    task: (_: unknown, wrapper: Wrapper) => play.start(wrapper),
  }))
  return new Listr<unknown, typeof PacedRenderer, 'simple'>(tasks, {
    renderer: PacedRenderer,
    exitOnError: false,
    registerSignalListeners: false,
    rendererOptions: {
      collapseSubtasks: false,
      collapseErrors: false,
      showErrorMessage: false,
    },
  }).run()
}

/** A play and the rows of its tasks. It waits on the screen until the run reaches it. */
class PlayRows {
  begun = false
  readonly #rows: Row[]
  readonly #turn = deferred()

  constructor(
    readonly title: string,
    tasks: readonly TaskRow[],
    options: TextOptions,
  ) {
    this.#rows = tasks.map((task) => new Row(task, options))
  }

  async start(wrapper: Wrapper): Promise<unknown> {
    await this.#turn.promise
    if (!this.begun) return wrapper.skip(this.title)
    return wrapper.newListr(
      this.#rows.map((row) => ({
        title: row.title,
        task: (_, task) => row.attach(task),
      })),
      { concurrent: true, exitOnError: false },
    )
  }

  begin(): void {
    this.begun = true
    this.#turn.resolve()
  }

  end(): void {
    this.#turn.resolve()
    for (const row of this.#rows) row.finish()
  }

  row(id: string): Row | undefined {
    return this.#rows.find((row) => row.id === id)
  }

  /** A host that broke off is running nothing any more. */
  drop(host: string): void {
    for (const row of this.#rows) row.drop(host)
  }
}

class Row {
  readonly id: string
  #name: string
  readonly #running = new Set<string>()
  /** The last word on each host. */
  readonly #statuses = new Map<string, Status>()
  /** How many have which: with thousands of hosts they are not counted anew for each. */
  readonly #counts: Record<Status, number> = {
    ok: 0,
    changed: 0,
    skipped: 0,
    failed: 0,
    unreachable: 0,
  }
  readonly #end = deferred()
  #progress: string | undefined
  #task: Wrapper | undefined

  constructor(
    { id, name }: TaskRow,
    private readonly options: TextOptions,
  ) {
    this.id = id
    this.#name = name
  }

  get title(): string {
    const counts = ORDER.flatMap((status) => {
      const count = this.#counts[status]
      return count > 0 ? [paint(COLOURS[status], `${count} ${status}`, this.options)] : []
    })
    if (this.#running.size > 0) counts.unshift(`${this.#running.size} running`)
    const shown = this.#progress === undefined ? counts : [...counts, this.#progress]
    return shown.length > 0 ? `${this.#name}  ${shown.join(', ')}` : this.#name
  }

  async attach(task: Wrapper): Promise<void> {
    this.#task = task
    await this.#end.promise
    if (this.#statuses.size === 0) task.skip(this.title)
    if (this.#counts.failed > 0) throw new Error(this.title)
  }

  start(host: string): void {
    this.#running.add(host)
    this.#show()
  }

  progress(message: string): void {
    this.#progress = paint('dim', message, this.options)
    this.#show()
  }

  end({ host, status, task }: TaskEvent): void {
    this.#running.delete(host)
    this.#progress = undefined
    if (this.#name.includes('{{')) this.#name = task
    const before = this.#statuses.get(host)
    // A row shared by the tasks of an include keeps the one word that says most.
    if (!before || RANK.indexOf(status) > RANK.indexOf(before)) {
      this.#statuses.set(host, status)
      this.#counts[status]++
      if (before) this.#counts[before]--
    }
    this.#show()
  }

  drop(host: string): void {
    this.#running.delete(host)
    this.#show()
  }

  finish(): void {
    this.#running.clear()
    this.#show()
    this.#end.resolve()
  }

  #show(): void {
    if (this.#task) this.#task.title = this.title
  }
}

const RANK: Status[] = ['skipped', 'ok', 'changed', 'unreachable', 'failed']
const COLOURS = {
  ok: 'green',
  changed: 'yellow',
  skipped: 'cyan',
  failed: 'red',
  unreachable: 'magenta',
} as const

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
