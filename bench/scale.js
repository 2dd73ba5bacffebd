// How dr-play fares with many hosts: memory, its event loop, and whether time grows with the hosts.
//   node bench/scale.js [--hosts 250,1000,5000] [--forks 50]
// The hosts are names of the loopback, all one sshd of its own; the play is a check that finds
// everything in state, since all of them are this machine.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '250,1000,5000' },
    forks: { type: 'string', default: '50' },
  },
})
const MAIN = resolve(import.meta.dirname, '../dist/main.js')
const WATCH = join(import.meta.dirname, 'scale/watch.js')
const PORT = 2200 + (process.pid % 700)
const folder = mkdtempSync(join(tmpdir(), 'dr-play-scale-'))
const file = (name, text) => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
const keygen = (name) =>
  spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)])

keygen('host')
keygen('id')
file('authorized_keys', readFileSync(join(folder, 'id.pub')))
mkdirSync('/run/sshd', { recursive: true })
const config = file(
  'sshd_config',
  `ListenAddress 127.0.0.1:${PORT}
HostKey ${folder}/host
AuthorizedKeysFile ${folder}/authorized_keys
PidFile none
StrictModes no
UsePAM no
PermitRootLogin yes
MaxStartups 1000
`,
)
const many = values.hosts.split(',').map(Number)
const sshd = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', config], { stdio: 'ignore' })
file('state', 'in state\n')
file(
  'play.yml',
  `- hosts: all
  tasks:
    - copy: { dest: ${folder}/state, content: "in state\\n" }
    - file: { path: ${folder}, state: directory }
`,
)

try {
  await setTimeout(500)
  console.log(
    '| hosts | seconds | ms a host | CPU ms a host | peak MB | KB a host | loop blocked, ms |',
  )
  console.log('|---|---|---|---|---|---|---|---|')
  let least
  for (const count of many) {
    const run = measure(count)
    least ??= { count, mb: run.mb }
    const kb = count === least.count ? '' : ((run.mb - least.mb) * 1024) / (count - least.count)
    const cells = [
      ...[count, run.seconds.toFixed(1), ((run.seconds / count) * 1000).toFixed(0)],
      ...[((run.cpu / count) * 1000).toFixed(1), run.mb.toFixed(0)],
      ...[kb === '' ? '' : kb.toFixed(0), run.reading.toFixed(0), run.blocked.toFixed(0)],
    ]
    console.log(`| ${cells.join(' | ')} |`)
  }
} finally {
  sshd.kill()
  rmSync(folder, { recursive: true })
}

function measure(count) {
  const names = Array.from({ length: count }, (_, i) => `h${i} ansible_host=127.0.0.1`)
  const inventory = file('inventory', `${names.join('\n')}\n`)
  const key = readFileSync(join(folder, 'host.pub'), 'utf8')
  const known = file('known', `[127.0.0.1]:${PORT} ${key}`)
  const seen = join(folder, 'seen.json')
  const login = ['-u', userInfo().username, '--private-key', join(folder, 'id')]
  const args = [MAIN, 'play.yml', '-i', inventory, '--check', '--known-hosts', known, ...login]
  const began = performance.now()
  const { status, stdout } = spawnSync(
    process.execPath,
    ['--import', WATCH, ...args, '-e', `ansible_port=${PORT}`, '--forks', values.forks],
    {
      cwd: folder,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      env: { ...process.env, SEEN: seen, XDG_CACHE_HOME: folder, SSH_AUTH_SOCK: '' },
    },
  )
  const seconds = (performance.now() - began) / 1000
  if (status !== 0 || !stdout.includes(`everything in state on ${count} hosts`))
    throw new Error(`ended with ${status}:\n${stdout.slice(-2000)}`)
  return { seconds, ...JSON.parse(readFileSync(seen, 'utf8')) }
}
