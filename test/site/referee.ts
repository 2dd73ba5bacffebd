import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'

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
 * Whether Debian's ansible-core is here to compare with; root gets it installed. Where it
 * is missing, the comparing tests are left out, and that is said aloud.
 */
export const hasReferee = findReferee()

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
  if (imports()) return true
  if (process.getuid?.() === 0) {
    const options = ['install', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300']
    spawnSync('apt-get', [...options, 'ansible-core'], { stdio: 'ignore' })
  }
  if (imports()) return true
  console.warn('REFEREE MISSING: without ansible-core, nothing is compared with Ansible itself')
  return false
}

function imports(): boolean {
  return spawnSync(PYTHON, ['-c', 'import ansible, jinja2'], { stdio: 'ignore' }).status === 0
}
