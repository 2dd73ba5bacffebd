import type { TestProject } from 'vitest/node'
import { whyNot } from '../src/lab/needs.js'
import { PROJECTS, type Project } from './projects.js'
import { form } from './support/form.js'

const ABOUT: Record<Project, string> = {
  fast: 'what needs no more than this process and a shell: npm run test:fast',
  machine: 'what needs root, namespaces, an sshd or the built program: npm test',
  short: 'the life of a cluster in short, on a lab: npm test',
  here: 'playbooks that Ansible runs, too: npm run test:lab',
  lab: 'the other suites on labs: npm run test:lab',
  'host-kernel': "a lab that uses its machine's IPVS: npm run test:host-kernel",
}

/** After a run: says what it left out, and which command runs that. */
export default function leftOut(project: TestProject): () => void {
  const { projects } = project.vitest
  return () => {
    const ran = projects.map(({ name }) => name)
    const others = PROJECTS.filter((name) => !ran.includes(name))
    const lines = others.map((name) => ABOUT[name])
    if (form === 'fast') lines.unshift('the comparisons with Ansible: npm test')
    if (form !== 'full') {
      lines.push('more shells, more playbooks with Ansible, more random cases: npm run test:full')
    }
    const reason = whyNot()
    if (reason !== undefined) lines.push(`what only a lab can show. ${reason}`)
    if (lines.length > 0) console.log(`left out:\n${lines.map((line) => `  ${line}`).join('\n')}`)
  }
}
