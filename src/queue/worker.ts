import { type Job, UnrecoverableError, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import { DrPlayError, Interrupted } from '../core/errors.js'
import { Line } from './line.js'
import type { JobData, Part } from './messages.js'
import { namesOf, QUEUE, workerLabel } from './names.js'
import { type Address, connect } from './redis.js'
import type { Seal } from './seal.js'
import { Shard, type Site } from './shard.js'
import { States } from './states.js'
import { decode } from './wire.js'

export interface WorkerOptions {
  address: Address
  seal: Seal
  version: string
  /** Who it is, for people: `host-pid`. */
  name: string
  /** Makes of a run's bundle what its parts are done with. */
  load: (bundle: Buffer, run: string) => Site
  say: (line: string) => void
  /** Aborts when it is to take nothing more, and begin with no further host. */
  leaving: AbortSignal
}

/** A job is another worker's, when its own has not been heard of for so long. */
const LOCK_MS = 10_000

/** How often a part may lose its worker before nobody takes it any more. */
const LOSSES = 5

/** A run that the worker has parts of. */
interface Known {
  run: string
  site: Site
  states: States
}

/**
 * Takes parts of runs from the queue, one at a time, until it is told to leave.
 *
 * @returns why it does not go on; undefined when it was told to leave
 * @throws InputError when the queue cannot be used
 */
export async function work(options: WorkerOptions): Promise<DrPlayError | undefined> {
  const { address, seal, version, name, say, leaving } = options
  const redis = await connect(address)
  let known: Known | undefined
  let refused: DrPlayError | undefined
  let leave: () => void = () => undefined
  const left = new Promise<void>((resolve) => (leave = resolve))

  const refuse = (why: string): never => {
    refused = new DrPlayError(
      `${why}: it took nothing of it, and ends`,
      'update the one, or give it the same key',
    )
    leave()
    throw new UnrecoverableError(`refused: ${why}`)
  }
  const process = async (job: Job<JobData>, _token?: string, signal?: AbortSignal) => {
    const { data, id = '' } = job
    if (data.version !== version) {
      refuse(`the worker ${name} is dr-play ${version}, and the run ${data.run} is ${data.version}`)
    }
    const opened = seal.open(data.sealed, `${data.run} ${id}`)
    if (!opened) refuse(`the worker ${name} has another key than the run ${data.run}`)
    const part = decode(opened!.toString('utf8')) as Part
    const names = namesOf(data.run)
    // Nobody decides any more what comes after it.
    if ((await redis.exists(names.alive)) === 0)
      return say(`run ${data.run} is gone: nothing is done for it`)
    const line = new Line(redis, seal, data.run, part, name)
    try {
      if (known?.run !== data.run) {
        const sealed = (await redis.get(names.bundle)) ?? ''
        const bundle = seal.open(sealed, names.bundle)
        if (!bundle) throw new DrPlayError(`the queue has lost what the run ${data.run} is made of`)
        known = {
          run: data.run,
          site: options.load(bundle, data.run),
          states: new States(seal, names.hosts),
        }
      }
      await known.states.follow(redis)
      say(`run ${data.run}: ${part.hosts.length} hosts, ${part.hosts[0]!} first`)
      await doPart(part, known, line, signal!)
    } catch (error) {
      const { message, hint } = error as DrPlayError
      await line.tell({ error: { message: `the worker ${name}: ${message}`, hint } })
      say(`run ${data.run}: ${message}`)
    }
  }
  const doPart = async (
    part: Part,
    { site, states, run }: Known,
    line: Line,
    lost: AbortSignal,
  ) => {
    const ears = await listen(redis, run, part)
    try {
      const { stopped, ended } = ears
      const shard = new Shard(part, site, states, { stopped, lost, leaving, ended, line })
      await shard.run()
      // Another worker has it by now.
      if (!lost.aborted) await line.tell({ end: true })
      say(`run ${run}: done with ${line.count} of ${part.hosts.length} hosts`)
    } finally {
      ears.close()
    }
  }
  const worker = new Worker<JobData>(QUEUE, process, {
    ...{ connection: address.options, name: workerLabel({ name, version, key: seal.id }) },
    ...{ lockDuration: LOCK_MS, stalledInterval: LOCK_MS / 2, maxStalledCount: LOSSES },
    ...{ removeOnComplete: { count: 0 }, removeOnFail: { count: 0 } },
  })
  worker.on('error', (error) => say(`the queue: ${error.message}`))
  worker.on('lockRenewalFailed', (jobs) => {
    for (const job of jobs) worker.cancelJob(job, 'lost')
  })
  await worker.waitUntilReady()
  say(`worker ${name} waits for work at ${address.shown}`)
  if (!leaving.aborted) leaving.addEventListener('abort', leave)
  else leave()
  await left
  await worker.close()
  redis.disconnect()
  return refused
}

/** Hears that a batch was ended for all, or the run. */
async function listen(redis: Redis, run: string, { batch }: Part) {
  const { channel, ended: key } = namesOf(run)
  const stop = new AbortController()
  let over = false
  const hear = (what: string | null) => {
    if (what === 'all') stop.abort(new Interrupted())
    if (what === String(batch)) over = true
  }
  const ears = redis.duplicate()
  ears.on('error', () => undefined)
  ears.on('message', (_channel, what) => hear(what))
  await ears.subscribe(channel)
  hear(await redis.get(key))
  return { stopped: stop.signal, ended: () => over, close: () => ears.disconnect() }
}
