import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { hasReferee } from '../site/referee.js'
import { drPlayIn } from '../support/command-line.js'

const ROOT = resolve(import.meta.dirname, '../..')
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

/** Runs here take the lock of this machine, as they do on any host: one goes at a time. */
const lockingPath = process.env.PATH ?? ''

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
    it.each(cases)('%s (%i)', async (_row, _i, { files, theirs, ours }) => {
      const [there, here] = [folderOf(files), folderOf(files)]
      await check(theirs, (args) => Promise.resolve(ansible(there, args)))
      await check(ours, (args) => drPlayIn(here, { LC_ALL: 'C.UTF-8', PATH: lockingPath })(...args))
    })
  })
}

type Tool = (
  args: readonly string[],
) => Promise<{ exit: number | null; stdout: string; stderr: string }>

async function check(side: Side, tool: Tool): Promise<void> {
  if (side.before) await tool(side.before)
  const { exit, stdout, stderr } = await tool(side.run)
  // Ansible breaks its warnings at 79 columns.
  const said = `${stdout}${stderr}`.replaceAll(/\s+/g, ' ')
  for (const part of side.says) {
    if (typeof part === 'string') expect(said).toContain(part)
    else expect(said).toMatch(part)
  }
  if (side.not) expect(said).not.toMatch(side.not)
  expect(exit, said).toBe(side.exit ?? 0)
}

function ansible(cwd: string, [command = '', ...args]: readonly string[]) {
  const env = {
    PATH: process.env.PATH,
    HOME: cwd,
    LC_ALL: 'C.UTF-8',
    ANSIBLE_LOCAL_TEMP: join(cwd, '.tmp'),
    ANSIBLE_REMOTE_TEMP: join(cwd, '.tmp'),
    ANSIBLE_LOCALHOST_WARNING: 'false',
    ANSIBLE_NOCOLOR: '1',
  }
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: 'utf8' })
  return { exit: status, stdout, stderr }
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
