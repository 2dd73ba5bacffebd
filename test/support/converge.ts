import { spawn } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { lstat, readdir, readFile, readlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { expect } from 'vitest'
import type { Change, Context, Resource, Schema } from '../../src/core/resource.js'
import { lines, quote, type Sh, sh } from '../../src/core/sh.js'
import { checkSchema } from '../../src/site/schema.js'

/** What a test may say about the host and the site. */
export interface Surroundings {
  /** The command that reads a script from stdin: ['dash'], ['ip', 'netns', 'exec', X, 'sh']. */
  shell?: readonly string[]
  facts?: Readonly<Record<string, unknown>>
  templates?: Readonly<Record<string, string>>
  files?: Readonly<Record<string, Uint8Array>>
  evaluate?: (expression: string) => unknown
}

export interface Outcome {
  status: number | null
  stdout: string
  stderr: string
}

export interface Observed<Want, Have> {
  want: Want
  have: Have
  plan: Change[]
}

/** Runs a script as the engine does: one subshell, its text given to eval, stdin empty. */
export async function runScript(script: Sh, { shell = ['sh'] }: Surroundings = {}) {
  return feed(shell, `DR_PLAY_STATE=${STATE}\n( eval ${quote(script.text)} ) </dev/null\n`)
}

/** Where scripts of this test file keep what they note. */
export const STATE = path.join(tmpdir(), `dr-play-state-${process.pid}-${randomUUID()}`)
process.on('exit', () => rmSync(STATE, { recursive: true, force: true }))

/** Probes the host for one task and plans what is missing. */
export async function observe<Args, Want, Have>(
  resource: Resource<Args, Want, Have>,
  args: Args,
  surroundings: Surroundings = {},
): Promise<Observed<Want, Have>> {
  const [observed] = await observeAll(resource, [args], surroundings)
  return observed!
}

/** Probes the host for several tasks of one type at once. */
export async function observeAll<Args, Want, Have>(
  resource: Resource<Args, Want, Have>,
  all: readonly Args[],
  surroundings: Surroundings = {},
): Promise<Observed<Want, Have>[]> {
  const wants = all.map((args) => {
    expectValid(resource, args)
    return resource.want(args, context(surroundings))
  })
  const haves = await probe(resource, wants, surroundings)
  return wants.map((want, i) => ({ want, have: haves[i]!, plan: resource.plan(want, haves[i]!) }))
}

/** Applies changes one by one, as the engine does; ends with the first that fails. */
export async function apply(plan: readonly Change[], surroundings: Surroundings = {}) {
  const outcomes: Outcome[] = []
  for (const { run, upload } of plan) {
    if (upload) await put(upload.path, upload.content, surroundings)
    const outcome = await runScript(run, surroundings)
    outcomes.push(outcome)
    if (outcome.status !== 0) break
  }
  return outcomes
}

/**
 * The law of every resource: what is missing is planned, applying the plan works, and a new
 * probe then finds nothing left to do.
 */
export async function expectConverges<Args, Want, Have>(
  resource: Resource<Args, Want, Have>,
  args: Args,
  surroundings: Surroundings = {},
) {
  const { want, have, plan } = await observe(resource, args, surroundings)
  expect(plan, 'something to do').not.toEqual([])
  const outcomes = await apply(plan, surroundings)
  for (const { status, stderr } of outcomes) expect(status, stderr).toBe(0)
  const settled = resource.settled ? resource.settled(want) : want
  const [after] = await probe(resource, [settled ?? want], surroundings)
  if (settled !== undefined) expect(resource.plan(settled, after!), 'left to do').toEqual([])
  return { want, plan, outcomes, before: have, after: after! }
}

/** The other law: where the host is in state already, nothing is planned. */
export async function expectInState<Args, Want, Have>(
  resource: Resource<Args, Want, Have>,
  args: Args,
  surroundings: Surroundings = {},
): Promise<Observed<Want, Have>> {
  const observed = await observe(resource, args, surroundings)
  expect(observed.plan).toEqual([])
  return observed
}

/** Whether the resource's schema takes these arguments; for tests of what it must refuse. */
export function isValid(resource: { schema: object }, args: unknown): boolean {
  return problemsOf(resource, args).length === 0
}

/** Everything below a folder that a check run must leave as it is, by path. */
export async function snapshot(folder: string): Promise<Record<string, string>> {
  const names = await readdir(folder, { recursive: true })
  const rows = names.sort().map(async (name) => {
    const file = path.join(folder, name)
    const { mode, uid, gid, mtimeMs, ino } = await lstat(file)
    const about = [mode.toString(8), uid, gid, mtimeMs, ino, await contentOf(file)]
    return [name, about.join(' ')] as const
  })
  return Object.fromEntries(await Promise.all(rows))
}

export function sha256(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex')
}

async function contentOf(file: string): Promise<string> {
  const stats = await lstat(file)
  if (stats.isFile()) return sha256(await readFile(file))
  return stats.isSymbolicLink() ? readlink(file) : ''
}

const SAME = 'the shell is as it was'
const LOOK = sh`dr_look() { echo "$PWD:$-:$IFS:$(umask):$(trap)"; }
dr_before=$(dr_look)`
const LOOK_AGAIN = sh`dr_status=$?
[ "$(dr_look)" != "$dr_before" ] || echo ${SAME} >&2
( exit $dr_status )`

async function probe<Want, Have>(
  resource: Resource<never, Want, Have>,
  wants: readonly Want[],
  surroundings: Surroundings,
): Promise<Have[]> {
  const script = lines([LOOK, resource.probe(wants), LOOK_AGAIN])
  const { status, stdout, stderr } = await runScript(script, surroundings)
  expect(status, `a probe always succeeds; this one said: ${stderr}`).toBe(0)
  expect(stderr, 'probes share a shell, so each leaves it as it was').toContain(SAME)
  const haves = resource.read(stdout, wants)
  expect(haves, 'one Have a want').toHaveLength(wants.length)
  return haves
}

function expectValid(resource: { schema: object }, args: unknown) {
  expect(problemsOf(resource, args), 'arguments as the schema wants them').toEqual([])
}

/** What the loader says of arguments. */
function problemsOf(resource: { schema: object }, args: unknown): string[] {
  const nowhere = { file: 'play.yml', line: 1, col: 1 }
  const { errors } = checkSchema(resource.schema as Schema, args, 'this module', () => nowhere)
  return errors.map(({ message }) => message)
}

function context({ facts, templates, files, evaluate }: Surroundings): Context {
  return {
    template: (name) => open(Buffer.from(named('template', templates, name))),
    file: (name) => open(named('file', files, name)),
    evaluate: evaluate ?? ((expression) => expect.fail(`evaluates ${expression}`)),
    fact: (name) => facts?.[name],
  }
}

const open = (bytes: Uint8Array) => ({ bytes, sealed: false })

function named<T>(kind: string, all: Readonly<Record<string, T>> | undefined, name: string): T {
  return all?.[name] ?? expect.fail(`no ${kind} ${name}`)
}

async function put(file: string, content: Uint8Array, { shell = ['sh'] }: Surroundings) {
  const { status, stderr } = await feed(
    [...shell, '-c', `umask 077; set -C; cat >${quote(file)}`],
    content,
  )
  expect(status, `upload of ${file}: ${stderr}`).toBe(0)
}

/** Waits until the streams are closed, so a daemon that keeps them open hangs the test. */
async function feed(argv: readonly string[], stdin: string | Uint8Array): Promise<Outcome> {
  const child = spawn(argv[0]!, argv.slice(1))
  const closed = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve)
  })
  child.stdin.on('error', () => undefined).end(stdin)
  const [stdout, stderr, status] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    closed,
  ])
  return { status, stdout, stderr }
}
