import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { form } from '../support/form.js'

/** What ansible-core makes of an inventory, or why it refuses it. */
export interface Verdict {
  groups: Record<string, { hosts: string[]; children: string[] }>
  hostvars: Record<string, Record<string, unknown>>
  patterns: (string[] | { error: string })[]
  error?: string
}

export interface Case {
  sources: string[]
  playbookDir?: string
  patterns?: [pattern: string, limit: string | null][]
}

const PYTHON = '/usr/bin/python3'

/**
 * Whether Debian's ansible-core is here to compare with (test/setup.ts installs it), and this run
 * is to ask it. Where it is missing, the comparing tests are left out, and that is said.
 */
export const hasReferee = form !== 'fast' && findReferee()

/** Puts cases to ansible-core, all in one process. */
export function judge(cases: readonly Case[]): Verdict[] {
  return runPython('referee.py', cases) as Verdict[]
}

/** Runs a script of this folder with JSON on both ends. */
export function runPython(script: string, input: unknown): unknown {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const env = {
    ...process.env,
    PYTHONWARNINGS: 'ignore',
    ANSIBLE_LOCAL_TEMP: tmpdir(),
  }
  const { status, stdout, stderr } = spawnSync(PYTHON, [path], {
    input: JSON.stringify(input),
    encoding: 'utf8',
    env,
    maxBuffer: 1 << 28,
  })
  if (status !== 0) throw new Error(`the referee failed: ${stderr}`)
  return JSON.parse(stdout) as unknown
}

function findReferee(): boolean {
  const found =
    spawnSync(PYTHON, ['-c', 'import ansible, jinja2'], { stdio: 'ignore' }).status === 0
  if (!found) console.warn('ansible-core is missing: nothing is compared with Ansible itself')
  return found
}
