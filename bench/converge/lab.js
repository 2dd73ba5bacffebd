// A lab of so many light real servers, and commands in its controller, timed.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { labInventory, readCluster } from '../../dist/cli/lab-inventory.js'
import { up } from '../../dist/lab/up.js'

/** The inventory names a director, since the cluster has one; it is not built. */
function inventory(count) {
  const hosts = Array.from({ length: count }, (_, i) => `rs${i + 1} ansible_host=10.66.0.${i + 10}`)
  return `[director]
director ansible_host=10.66.0.3
[realserver]
${hosts.join('\n')}
[all:vars]
vip=10.66.0.6
`
}

/** Runs the body with a fresh lab, and clears that away. */
export async function withLab(count, body) {
  const folder = mkdtempSync(join(tmpdir(), 'dr-play-bench-'))
  const source = join(folder, 'inventory.ini')
  writeFileSync(source, inventory(count))
  const cluster = readCluster([source])
  const hosts = cluster.hosts.filter(({ role }) => role === 'realserver')
  const name = `bench-${process.pid}`
  const spec = {
    name,
    hosts,
    flavor: 'debian',
    systemd: false,
    reserved: ['10.66.0.3', '10.66.0.6'],
  }
  const lab = await up(spec)
  try {
    writeFileSync(join(folder, 'inventory.yml'), labInventory(cluster, lab))
    return await body({ lab, folder, count, inventory: join(folder, 'inventory.yml') })
  } finally {
    await lab.down()
    rmSync(folder, { recursive: true })
  }
}

const TIMED = `TIMEFORMAT='%R %U %S'; time "$@" 2>"$0"`

/**
 * Runs a command in the controller.
 *
 * @returns seconds it took, cpu: seconds that it and its children computed, all: those of both
 * ends, stdout
 */
export async function timed({ lab, folder }, argv, env = {}) {
  const said = join(folder, 'stderr')
  const options = { cwd: folder, env: { PATH: process.env.PATH, HOME: folder, ...env } }
  const before = busy()
  const { status, stdout, stderr } = await lab.controller(
    ['bash', '-c', TIMED, said, ...argv],
    options,
  )
  const all = busy() - before
  if (status !== 0) {
    const text = `${stdout}\n${readFileSync(said, 'utf8')}`.trim().slice(-2000)
    throw new Error(`${argv.slice(0, 3).join(' ')} ended with ${status}:\n${text}`)
  }
  const [seconds, user, system] = stderr.trim().split(' ').map(Number)
  return { seconds, cpu: user + system, all, stdout }
}

/** The hosts that are measured. */
export const realServers = ({ lab }) => lab.plan.hosts.filter(({ role }) => role === 'realserver')

/** Seconds that this machine's cores have computed, for whomever. */
function busy() {
  const [, user, nice, system, , , irq, softirq] = readFileSync('/proc/stat', 'utf8').split(/\s+/)
  return [user, nice, system, irq, softirq].reduce((sum, each) => sum + Number(each), 0) / 100
}

/** How many processes the first host has started since the last call, without this question's. */
export function forkCounter({ lab }) {
  let last
  return async () => {
    const { stdout } = await lab.exec(lab.plan.hosts[0].name, ['cat', '/proc/loadavg'])
    const now = Number(stdout.trim().split(' ')[4])
    const forks = now - (last ?? now) - 1
    last = now
    return forks
  }
}
