import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { DrPlayError, Interrupted } from '../core/errors.js'

export interface RunOptions {
  cwd?: string
  env?: NodeJS.ProcessEnv
  /** What the command reads; nothing when left out. */
  input?: string
  /** Ends the command, and with it the promise. */
  signal?: AbortSignal | undefined
  /** In a session of its own, which no Ctrl-C and no hang-up of this terminal reaches. */
  apart?: boolean
}

/** How a command ended; a signal that killed it counts as 128 and its number. */
export interface Outcome {
  status: number
  stdout: string
  stderr: string
}

/** Runs a command and keeps what it printed. @throws Interrupted when the signal aborts. */
export function capture(argv: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const { cwd, env, signal } = options
    const child = spawn(argv[0]!, argv.slice(1), { cwd, env, signal, stdio: 'pipe' })
    const out = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => (out[name] += text))
    }
    // A command may end without having read its input; its status says what that means.
    child.stdin.on('error', () => undefined).end(options.input ?? '')
    child.on('error', (error) => reject(failure(argv, error, signal)))
    child.on('close', (code, killer) => resolve({ status: statusOf(code, killer), ...out }))
  })
}

/** Runs a command on the user's own terminal; its exit status. */
export function attach(argv: readonly string[], options: RunOptions = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const { cwd, env, signal, apart: detached = false } = options
    const child = spawn(argv[0]!, argv.slice(1), { cwd, env, signal, detached, stdio: 'inherit' })
    child.on('error', (error) => reject(failure(argv, error, signal)))
    child.on('close', (code, killer) => resolve(statusOf(code, killer)))
  })
}

/** What a command printed, that has to succeed. @throws DrPlayError when it does not. */
export async function must(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const { status, stdout, stderr } = await capture(argv, options)
  if (status === 0) return stdout
  const said = (stderr.trim() || stdout.trim()).split('\n').slice(-5).join('\n')
  throw new DrPlayError(`"${argv[0]!}" exited with ${status}: ${said}`)
}

/** Polls until it holds. @returns false when it did not within the time. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  seconds: number,
  signal?: AbortSignal,
): Promise<boolean> {
  for (const end = Date.now() + seconds * 1000; ;) {
    if (signal?.aborted) throw new Interrupted()
    if (await holds()) return true
    if (Date.now() > end) return false
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
}

function statusOf(code: number | null, signal: NodeJS.Signals | null): number {
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal])
}

function failure(argv: readonly string[], error: Error, signal?: AbortSignal): Error {
  if (signal?.aborted) return new Interrupted()
  return new DrPlayError(`cannot run "${argv[0]!}": ${error.message}`)
}
