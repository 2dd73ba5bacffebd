import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { hasReferee } from '../site/referee.js'

const ROOT = resolve(import.meta.dirname, '../..')
const MAIN = join(ROOT, 'dist/main.js')
const root = mkdtempSync(join(tmpdir(), 'dr-play-differences-'))

/** What a command must say: all of it, in any order. */
interface Side {
  /** An earlier run, of which nothing is asked. */
  before?: string[]
  run: string[]
  exit?: number
  says: (string | RegExp)[]
  not?: RegExp
}

/** One row of docs/ansible.md: the same files, and what either tool makes of them. */
export interface Difference {
  files: Readonly<Record<string, string>>
  theirs: Side
  /** The first word is a command of dr-play, or its playbook. */
  ours: Side
}

/**
 * A test for every row of a section of docs/ansible.md, by its first cell; of a row that no test
 * can try, why.
 */
export function differences(
  section: string,
  tried: Readonly<Record<string, Difference | readonly Difference[]>>,
  untried: Readonly<Record<string, string>> = {},
): void {
  afterAll(() => rmSync(root, { recursive: true, force: true }))

  it(`every row of "${section}" is tried here, or it is said why not`, () => {
    const rows = [...Object.keys(tried), ...Object.keys(untried)]
    expect(rows.sort()).toEqual(rowsOf(section).sort())
  })

  describe.runIf(hasReferee)('both sides do what the row says', () => {
    const cases = Object.entries(tried).flatMap(([row, sides]) =>
      [sides].flat().map((side, i) => [row, i, side] as const),
    )
    it.each(cases)('%s (%i)', (_row, _i, { files, theirs, ours }) => {
      check(runBoth(folderOf(files), [], theirs), theirs)
      check(runBoth(folderOf(files), [process.execPath, MAIN], ours), ours)
    })
  })
}

function runBoth(folder: string, tool: readonly string[], { before, run: args }: Side) {
  if (before) run(folder, [...tool, ...before])
  return run(folder, [...tool, ...args])
}

function check({ exit, said }: { exit: number | null; said: string }, side: Side): void {
  for (const part of side.says) {
    if (typeof part === 'string') expect(said).toContain(part)
    else expect(said).toMatch(part)
  }
  if (side.not) expect(said).not.toMatch(side.not)
  expect(exit, said).toBe(side.exit ?? 0)
}

function run(cwd: string, [command = '', ...args]: readonly string[]) {
  const env = {
    PATH: process.env.PATH,
    HOME: cwd,
    LC_ALL: 'C.UTF-8',
    ANSIBLE_LOCAL_TEMP: join(cwd, '.tmp'),
    ANSIBLE_REMOTE_TEMP: join(cwd, '.tmp'),
    ANSIBLE_LOCALHOST_WARNING: 'false',
    ANSIBLE_NOCOLOR: '1',
    DR_PLAY_STATE: join(cwd, '.state'),
  }
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: 'utf8' })
  // Ansible breaks its warnings at 79 columns.
  return { exit: status, said: `${stdout}${stderr}`.replaceAll(/\s+/g, ' ') }
}

/** A new folder; a text that starts with `#!` becomes executable, but for one called `plain`. */
function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(root, 'case-'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
    if (text.startsWith('#!') && name !== 'plain') chmodSync(join(folder, name), 0o755)
  }
  return folder
}

function rowsOf(section: string): string[] {
  const page = readFileSync(join(ROOT, 'docs/ansible.md'), 'utf8')
  const [, body = ''] = page.split(`\n## ${section}\n`)
  const [own = ''] = body.split('\n## ')
  return [...own.matchAll(/^\| ([^|]+?) \|/gm)]
    .map(([, cell]) => cell!)
    .filter((cell) => cell !== '')
}
