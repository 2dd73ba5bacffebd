// How dr-play fares with many hosts: memory, its event loop, and whether time grows with the hosts.
//   node bench/scale.js [--hosts 250,1000,5000] [--forks 50] [--workers 0,1,2] [--write]
// Each host has an address of its own; all are one sshd. The play is a check that finds everything
// in state, since all of them are this machine. --workers: by that many workers of a queue, 0 for
// none, what all processes take together. --write puts the table into docs/.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { addressOf, inNamespace, startSshd } from './scale/loopback.js'
import { startRedis, startWorker } from './scale/workers.js'

const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '250,1000,5000' },
    forks: { type: 'string', default: '50' },
    workers: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
})
const MAIN = resolve(import.meta.dirname, '../dist/main.js')
const WATCH = join(import.meta.dirname, 'scale/watch.js')

if (inNamespace(import.meta.filename, process.argv.slice(2))) await main()

async function main() {
  const folder = mkdtempSync(join(tmpdir(), 'dr-play-scale-'))
  const sshd = await startSshd(folder)
  try {
    const lines = []
    const say = (line) => {
      console.log(line)
      lines.push(line)
    }
    const counts = values.hosts.split(',').map(Number)
    if (values.workers) await byWorkers(folder, sshd, counts, say)
    else alone(folder, sshd, counts, say)
    if (values.write) write(lines)
  } finally {
    sshd.stop()
    rmSync(folder, { recursive: true })
  }
}

function alone(folder, sshd, counts, say) {
  say(
    '| hosts | seconds | ms a host | CPU ms a host | peak MB | KB a waiting host | KB a host at the peak | loop blocked, ms | of that work, ms |',
  )
  say('|---|---|---|---|---|---|---|---|---|')
  let least
  for (const count of counts) {
    const args = lay(folder, sshd, count)
    const { kb } = watched(folder, args, ['--expose-gc'], { STOP: '1' })
    const run = { count, kb, ...measure(folder, args, count) }
    least ??= run
    say(row(run, least))
  }
}

async function byWorkers(folder, sshd, counts, say) {
  say('| hosts | workers | seconds | CPU ms a host, all processes | the run itself |')
  say('|---|---|---|---|---|')
  const redis = await startRedis(folder)
  try {
    for (const count of counts) {
      const args = lay(folder, sshd, count)
      // What the hosts told is remembered: all are to know it.
      measure(folder, args, count)
      for (const workers of values.workers.split(',').map(Number)) {
        const known = ['--known-hosts', join(folder, 'known')]
        const argv = ['--import', WATCH, MAIN, 'worker', ...redis.flags, ...known]
        const env = { ...envOf(folder), CALM: '1' }
        const start = (_, i) => startWorker(argv, env, join(folder, `seen-${i}.json`))
        const ends = await Promise.all(Array.from({ length: workers }, start))
        const flags = workers > 0 ? redis.flags : []
        const { seconds, cpu } = measure(folder, [...args, ...flags], count, { CALM: '1' })
        const took = await Promise.all(ends.map((end) => end()))
        const all = took.reduce((sum, worker) => sum + worker.cpu, cpu)
        const each = (of) => ((of / count) * 1000).toFixed(1)
        const cells = [count, workers || 'none', seconds.toFixed(1), each(all), each(cpu)]
        say(`| ${cells.join(' | ')} |`)
      }
    }
  } finally {
    redis.stop()
  }
}

function write(lines) {
  const page = resolve(import.meta.dirname, '../docs/scaling.md')
  const name = `bench\\/scale\\.js${values.workers ? ' --workers' : ''}`
  const marks = new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- end -->)`)
  const text = readFileSync(page, 'utf8').replace(marks, `$1\n${lines.join('\n')}\n\n$2`)
  writeFileSync(page, text)
}

/** Memory is what grows with the hosts. */
function row(run, least) {
  const { count, seconds, cpu, mb, kb, blocked } = run
  const grown = (amount) => (run === least ? '' : (amount / (count - least.count)).toFixed(0))
  const cells = [
    ...[count, seconds.toFixed(1), ((seconds / count) * 1000).toFixed(0)],
    ...[((cpu / count) * 1000).toFixed(1), mb.toFixed(0)],
    ...[grown(kb - least.kb), grown((mb - least.mb) * 1024)],
    ...[blocked.wall.toFixed(0), blocked.work.toFixed(0)],
  ]
  return `| ${cells.join(' | ')} |`
}

/** The play and its hosts. @returns the command line */
function lay(folder, sshd, count) {
  const hosts = Array.from({ length: count }, (_, i) => ({ name: `h${i}`, address: addressOf(i) }))
  const file = (name, lines) => {
    writeFileSync(join(folder, name), `${lines.join('\n')}\n`)
    return join(folder, name)
  }
  const inventory = file(
    'inventory',
    hosts.map(({ name, address }) => `${name} ansible_host=${address}`),
  )
  const known = file(
    'known',
    hosts.map(({ address }) => `${address} ${sshd.knownAs}`),
  )
  file('state', ['in state'])
  const play = file('play.yml', [
    '- hosts: all',
    '  tasks:',
    `    - copy: { dest: ${folder}/state, content: "in state\\n" }`,
    `    - file: { path: ${folder}, state: directory }`,
  ])
  const login = ['-u', userInfo().username, '--private-key', sshd.key, '--known-hosts', known]
  // Workers have as many hosts in hand each, and here those share two cores with all of them.
  const patience = ['--timeout', '60']
  return [play, '-i', inventory, '--check', '--forks', values.forks, ...login, ...patience]
}

function measure(folder, args, count, more = {}) {
  const began = performance.now()
  const run = watched(folder, args, [], more)
  const seconds = (performance.now() - began) / 1000
  if (run.status !== 0 || !run.stdout.includes(`everything in state on ${count} hosts`))
    throw new Error(`ended with ${run.status}:\n${run.stdout.slice(-2000)}`)
  return { ...run, seconds }
}

function watched(folder, args, flags, more) {
  const seen = join(folder, 'seen.json')
  const env = { ...envOf(folder), ...more, SEEN: seen }
  const argv = [...flags, '--import', WATCH, MAIN, ...args]
  const { status, stdout } = spawnSync(process.execPath, argv, {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env,
  })
  return { status, stdout, ...JSON.parse(readFileSync(seen, 'utf8')) }
}

function envOf(folder) {
  return { ...process.env, XDG_CACHE_HOME: folder, SSH_AUTH_SOCK: '' }
}
