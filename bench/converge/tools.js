// What is measured: a way to bring real servers into state, or just to log in to them.
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { realServers, timed } from './lab.js'

const ROOT = resolve(import.meta.dirname, '../..')
const PLAYBOOK = join(import.meta.dirname, 'realservers.yml')
const KEX = 'KexAlgorithms=curve25519-sha256'

/** `ssh host true` on all hosts at once: what no tool that uses SSH can be faster than. */
export const floor = (bench) => ssh(bench, 'true')

/** OpenSSH's client, with a script for each host's shell: what the script itself costs there. */
export function script(bench, text) {
  writeFileSync(join(bench.folder, 'script'), text)
  return ssh(bench, '/bin/sh')
}

async function ssh(bench, command) {
  const { user, privateKeyFile, knownHostsFile } = bench.lab.connection
  const client = ['ssh', '-F', 'none', '-i', privateKeyFile, '-o', KEX, '-o', 'BatchMode=yes']
  const known = ['-o', `UserKnownHostsFile=${knownHostsFile}`]
  const addresses = realServers(bench).map(({ address }) => `${user}@${address}`)
  const all = ['xargs', '-a', 'hosts', '-P', String(bench.count), '-I', '{}']
  const input = command === 'true' ? [] : ['sh', '-c', 'exec "$@" <script >/dev/null 2>&1', 'sh']
  const write = `printf '%s\\n' "$@" >hosts`
  await bench.lab.controller(['sh', '-c', write, 'sh', ...addresses], { cwd: bench.folder })
  return timed(bench, [...all, ...input, ...client, ...known, '{}', command])
}

/** The real-server part of site.yml. */
export async function drPlay(bench, ...flags) {
  const program = [process.execPath, join(ROOT, 'dist/main.js'), PLAYBOOK, '-i', bench.inventory]
  const run = await timed(bench, [...program, '--forks', String(bench.count), ...flags])
  return { ...run, changed: !run.stdout.includes('everything in state') }
}

export const ansible = (bench) => playbook(bench, {})
export const mitogen = (bench) => playbook(bench, { ANSIBLE_STRATEGY: 'mitogen_linear' })

async function playbook(bench, env) {
  const argv = ['ansible-playbook', '-i', bench.inventory, '-f', String(bench.count)]
  const ours = { ANSIBLE_CONFIG: join(ROOT, 'bench/ansible/ansible.cfg'), LC_ALL: 'C.UTF-8' }
  const run = await timed(bench, [...argv, join(ROOT, 'bench/ansible/site.yml')], {
    ...ours,
    ...env,
  })
  return { ...run, changed: /changed=[1-9]/.test(run.stdout) }
}
