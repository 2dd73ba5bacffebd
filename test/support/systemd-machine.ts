import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, readFile, rmdir } from 'node:fs/promises'
import path from 'node:path'
import { quote } from '../../src/core/sh.js'
import { type PrivateMachine, shellIn } from './private-machine.js'

/** Whether the tests that need one can run here at all. */
export const canBootSystemd = process.getuid?.() === 0 && existsSync('/usr/bin/systemd-nspawn')

/**
 * A copy of this machine that boots systemd, in namespaces and control groups of its own.
 * It has a loopback and no other network.
 */
export async function bootSystemd(): Promise<PrivateMachine> {
  const groups = hierarchies().map((folder) => path.join(folder, `dr-play-test-${process.pid}`))
  const child = spawn('bash', ['-c', outside(groups)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const broken = exited.then(() => Promise.reject(new Error('the private machine did not boot')))
  await Promise.race([once(child.stdout, 'data'), broken])
  const [keeper] = await childrenOf(child.pid!)
  const [nspawn] = await childrenOf(keeper!)
  const [init] = await childrenOf(nspawn!)
  return {
    shell: shellIn(String(init), '-m', '-u', '-i', '-n', '-p', '-C'),
    async close() {
      child.stdin.end()
      await exited
      for (const group of groups) await removeGroup(group)
    },
  }
}

/** Where systemd looks for control groups: one hierarchy, or two on a hybrid machine. */
function hierarchies(): string[] {
  return ['', 'systemd', 'unified']
    .map((name) => path.join('/sys/fs/cgroup', name))
    .filter((folder) => existsSync(path.join(folder, 'cgroup.procs')))
}

function outside(groups: readonly string[]): string {
  const moves = groups.map(
    (group) => `mkdir ${quote(group)}; echo $$ >${quote(group)}/cgroup.procs`,
  )
  return `
set -e
${moves.join('\n')}
exec unshare --mount --propagation private --pid --net --fork --kill-child --mount-proc \\
  bash -c ${quote(inside)}
`
}

/** Says when the machine is up, and ends it with its own stdin. */
const inside = `
set -e
mount -t tmpfs upper /media
cd /media
mkdir up work root
mount -t overlay -o lowerdir=/,upperdir=/media/up,workdir=/media/work over root
ip link set lo up
export SYSTEMD_NSPAWN_API_VFS_WRITABLE=network
systemd-nspawn -q -D root -M dr-play-test --register=no --keep-unit --kill-signal=SIGRTMIN+3 \\
  --capability=CAP_NET_ADMIN,CAP_NET_RAW --resolv-conf=off --timezone=off --link-journal=no \\
  --console=pipe -b systemd.unit=basic.target </dev/null >console 2>&1 &
nspawn=$!
children=/proc/$nspawn/task/$nspawn/children
until init=$(cat $children) && nsenter -t $init -a systemctl -q is-active basic.target; do
  kill -0 $nspawn || { cat console >&2; exit 1; }
  sleep 0.1
done 2>/dev/null
echo ready
read -r _ || :
`

async function childrenOf(pid: number): Promise<number[]> {
  const all = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return all.trim().split(' ').map(Number)
}

async function removeGroup(group: string): Promise<void> {
  const inner = await readdir(group, { withFileTypes: true })
  for (const entry of inner) {
    if (entry.isDirectory()) await removeGroup(path.join(group, entry.name))
  }
  await rmdir(group)
}
