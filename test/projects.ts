import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The projects of the tests:
 * - fast: in this process, or with the machine's shells; neither root nor a build is needed
 * - machine: needs root, namespaces, an sshd, packages or the built program
 * - short: one lab, in which a cluster lives its life in short
 * - here: playbooks that Ansible and dr-play run on this machine, so one goes at a time
 * - lab: all other labs
 * - host-kernel: a lab on a machine of its own, whose kernel has IPVS
 */
export const PROJECTS = ['fast', 'machine', 'short', 'here', 'lab', 'host-kernel'] as const
export type Project = (typeof PROJECTS)[number]

/** What a test reaches for that needs more than this process and a shell. */
const NEEDS = new RegExp(
  `${helper('netns|private-machine|program|queue|server|sshd|systemd-machine|users')}|node_modules/\\.bin`,
  'm',
)
const NEEDS_ANSIBLE = new RegExp(`${helper('as-ansible')}|'ansible-playbook'`, 'm')
const NEEDS_A_DIRECTOR = new RegExp(helper('director'), 'm')

/** Matches the import of a file of that name. */
function helper(names: string): string {
  return `^(?:import|}) .*/(?:${names})\\.js'`
}

/** @param path below test/, @param text of the file */
export function projectOf(path: string, text: string): Project {
  if (path === 'e2e/short.test.ts') return 'short'
  if (path === 'lab/host-kernel.test.ts') return 'host-kernel'
  if (/^(lab|e2e)\//.test(path) || NEEDS_A_DIRECTOR.test(text)) return 'lab'
  if (path.startsWith('differences/') || NEEDS_ANSIBLE.test(text)) return 'here'
  return NEEDS.test(text) ? 'machine' : 'fast'
}

/** Paths of the test files below test/, by project. */
export function testFiles(): Record<Project, string[]> {
  const files = Object.fromEntries(PROJECTS.map((name) => [name, [] as string[]])) as Record<
    Project,
    string[]
  >
  for (const path of readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.test.ts')) continue
    files[projectOf(path, readFileSync(join(import.meta.dirname, path), 'utf8'))].push(path)
  }
  return files
}
