import type { TaskEvent } from '../core/event.js'
import { type DrPlayError, TaskFailed, type Unreachable } from '../core/errors.js'
import type { Change, Result } from '../core/resource.js'
import type { Frame } from '../core/transport.js'
import { NotYet } from '../site/scope.js'
import { type Act, holds } from './act.js'
import type { Due } from './queue.js'
import { shownOf } from './turn.js'

/** How an act ended on a host. */
export interface Outcome {
  /** unreachable: only where that is passed over. */
  status: 'ok' | 'changed' | 'skipped' | 'failed' | 'unreachable'
  changes: readonly Change[]
  result: Result
  error?: DrPlayError
  message?: string
}

/** The outcome of an act that was looked at, and applied where it was due. */
export function outcomeOf(
  act: Act,
  changes: readonly Change[],
  have: unknown,
  frames: readonly Frame[],
  error: TaskFailed | undefined,
): Outcome {
  const real = changes.filter((change) => !change.wait)
  const last = frames.at(-1)
  const own = error ? {} : (act.resource.result?.(act.want, have, last?.stdout) ?? {})
  const result: Record<string, unknown> = {
    changed: real.length > 0,
    failed: error !== undefined,
    skipped: false,
    ...(last ? output(last) : { stdout: '', stderr: '', stdout_lines: [], rc: 0 }),
    ...own,
    ...(error ? { msg: error.message } : {}),
    ...turnOf(act),
  }
  const failed = failedOf(act, result, error)
  result.failed = failed !== undefined
  result.changed = !failed && changedOf(act, result)
  const status = failed ? 'failed' : result.changed ? 'changed' : 'ok'
  const message = own.msg === undefined ? undefined : shown(own.msg)
  return {
    status,
    changes: real,
    result,
    ...(failed ? { error: failed } : {}),
    ...(message === undefined ? {} : { message }),
  }
}

/**
 * The outcome of an act that a check run only planned. Whatever reads more of its result
 * than `changed` meets NotYet, and is left out in its turn.
 */
export function plannedOutcome(act: Act, changes: readonly Change[]): Outcome {
  const result: Record<string, unknown> = {
    changed: true,
    failed: false,
    skipped: false,
    ...turnOf(act),
  }
  for (const key of KNOWN_LATER) {
    Object.defineProperty(result, key, {
      get: () => {
        throw new NotYet(`${act.task.register ?? act.name}.${key}`)
      },
    })
  }
  try {
    result.changed = changedOf(act, result)
  } catch (error) {
    if (!(error instanceof NotYet)) throw error
  }
  if (result.changed) return { status: 'changed', changes, result }
  result.skipped = true
  return { status: 'skipped', changes: [], result, message: 'not run in a check' }
}

const KNOWN_LATER = [
  ...['stdout', 'stderr', 'stdout_lines', 'rc', 'status', 'content', 'msg', 'backup_file'],
]

/** The outcome of a task that was done here, without the host. */
export function settled(result: Result = {}): Outcome {
  return {
    status: 'ok',
    changes: [],
    result: { changed: false, failed: false, skipped: false, ...result },
  }
}

/** A check run's word on a wait that waits for what is only planned. */
export function waitsForPlan(): Outcome {
  return unwaited('waits for what is only planned')
}

/** A check run's word on a wait that no outcome depends on. */
export function notWaited(): Outcome {
  return unwaited('not waited for in a check')
}

function unwaited(message: string): Outcome {
  const result = { changed: false, failed: false, skipped: true }
  return { status: 'skipped', changes: [], result, message }
}

/** A value as people read it: a list line by line. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return value.map(shown).join('\n')
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2)
}

/** The outcome of a task that could not be worked out. */
export function broken(error: DrPlayError): Outcome {
  const result = { changed: false, failed: true, skipped: false, msg: error.message }
  return { status: 'failed', changes: [], result, error }
}

/** The outcome of a task whose host could not be reached, under ignore_unreachable. */
export function unreached(error: Unreachable): Outcome {
  const result = { changed: false, failed: false, skipped: false, unreachable: true }
  return { status: 'unreachable', changes: [], result: { ...result, msg: error.message }, error }
}

export function skipped(because: string): Outcome {
  const result = { changed: false, failed: false, skipped: true, skip_reason: because }
  return { status: 'skipped', changes: [], result, message: because }
}

/** What an event is about: an act, or a task that never became one. */
export type Subject = Due & Pick<Act, 'id' | 'name' | 'item' | 'check'>

export function unexpanded(due: Due, check: boolean, name = due.task.name): Subject {
  const { task, turn } = due
  return { ...due, id: task.row, name, item: turn && shownOf(turn), check }
}

/** What the result of a loop's turn keeps of it. */
export function turnOf({ turn }: Due): Result {
  return turn ? { [turn.loop.name]: turn.value } : {}
}

/** The event that tells an outcome; under no_log without anything that the task handled. */
export function eventOf(subject: Subject, host: string, outcome: Outcome): TaskEvent {
  const { task, id, name, item, check } = subject
  const { status, error } = outcome
  const message = error?.message ?? outcome.message
  return {
    event: 'task',
    host,
    id,
    task: name,
    module: task.module,
    status,
    check,
    changes: (status === 'changed' ? outcome.changes : []).map(({ summary, diff }) =>
      task.noLog ? { summary: HIDDEN } : { summary, ...(diff ? { diff } : {}) },
    ),
    ...(message === undefined ? {} : { message: task.noLog ? HIDDEN : message }),
    ...(error ? { at: error.at ?? task.at } : {}),
    ...(error?.hint === undefined ? {} : { hint: error.hint }),
    ...(item === undefined ? {} : { item }),
    ...((status === 'failed' && task.ignoreErrors) || status === 'unreachable'
      ? { ignored: true }
      : {}),
  }
}

const HIDDEN = 'hidden by no_log'

/** Why a change did not work, in the words that it printed itself. */
export function failureOf(change: Change, { status, stdout, stderr }: Frame): TaskFailed {
  const said = stderr.trim() || stdout.trim()
  return new TaskFailed(`${change.summary}: ${said || `exit status ${status}`}`)
}

function output({ stdout, stderr, status }: Frame): Result {
  const text = stdout.replace(/\n$/, '')
  const stdoutLines = text === '' ? [] : text.split('\n')
  return { stdout: text, stderr: stderr.replace(/\n$/, ''), stdout_lines: stdoutLines, rc: status }
}

function failedOf(act: Act, result: Result, error: TaskFailed | undefined): TaskFailed | undefined {
  const conditions = act.task.failedWhen
  if (!conditions) return error
  const hit = conditions.every((condition) => holds(condition, withResult(act, result)))
  if (!hit || error) return hit ? error : undefined
  const texts = conditions.map(({ text }) => text)
  return new TaskFailed(`failed_when is true: ${texts.join(' and ')}`, undefined, conditions[0]?.at)
}

function changedOf(act: Act, result: Result): boolean {
  const conditions = act.task.changedWhen
  if (!conditions) return result.changed === true
  return conditions.every((condition) => holds(condition, withResult(act, result)))
}

/** The scope in which changed_when and failed_when see the task's own result. */
function withResult({ task, scope }: Act, result: Result) {
  if (task.register === undefined) return scope()
  const vars = new Map([[task.register, { value: result, at: task.at }]])
  return scope().with([{ vars, data: true }])
}
