import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'

export interface PrivateMachine {
  /** For Surroundings: a shell inside. */
  shell: readonly string[]
  /** Ends every process inside; nothing stays behind. */
  close(): Promise<void>
}

/** Whether the tests that need one can run here at all. */
export const canHaveMachine = process.platform === 'linux' && process.getuid?.() === 0

/**
 * Root's shell in namespaces of its own. No namespace holds the clock and the kernel's modules, so
 * it may change neither.
 *
 * @param flags of nsenter: which namespaces the process has
 */
export const shellIn = (pid: string, ...flags: string[]): string[] => [
  ...['nsenter', '-t', pid, ...flags],
  ...['setpriv', '--bounding-set', '-sys_time,-sys_module', 'sh'],
]

/**
 * This machine's files, in namespaces of their own: what is installed, started or configured
 * inside is gone with it, and the machine sees none of it. What no namespace has, as most of
 * /proc/sys, can be read there, and not be changed. It has no init system.
 *
 * @param connected to the network as this machine is; else there is a loopback and no more
 */
export async function openMachine(connected = false): Promise<PrivateMachine> {
  const apart = ['--mount', '--propagation', 'private', '--uts', '--ipc', '--cgroup', '--pid']
  const network = connected ? [] : ['--net']
  const script = inside(connected)
  const child = spawn(
    'unshare',
    [...apart, ...network, '--fork', '--kill-child', '--mount-proc', 'bash', '-c', script],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  const exited = once(child, 'exit')
  const broken = exited.then(() => Promise.reject(new Error('the private machine did not start')))
  await Promise.race([once(child.stdout, 'data'), broken])
  const pid = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')
  const net = connected ? [] : ['-n']
  return {
    shell: shellIn(pid.trim(), '-m', '-u', '-i', '-C', '-p', ...net),
    async close() {
      child.stdin.end()
      await exited
    },
  }
}

const ownNetwork = `
mount --bind proc/sys/net proc/sys/net
mount -o remount,bind,rw proc/sys/net`

/** The first process inside: it ends with its stdin, and bash buries whom it did not bear. */
const inside = (connected: boolean) => `
set -e
mount -t tmpfs upper /media
cd /media
mkdir up work root
mount -t overlay -o lowerdir=/,upperdir=up,workdir=work over root
cd root
mount -t proc proc proc
for path in proc/sys proc/sysrq-trigger; do
  [ -e $path ] || continue
  mount --bind $path $path
  mount -o remount,bind,ro $path
done
${connected ? '' : ownNetwork}
mount -t sysfs -o ro sysfs sys
mount -t tmpfs dev dev
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
for device in null zero full random urandom tty; do
  : >dev/$device
  mount --bind /dev/$device dev/$device
done
mount -t tmpfs run run
mkdir run/lock
mount -t tmpfs tmp tmp
pivot_root . .
umount -l .
cd /
ip link set lo up
echo ready
read -r _ || :
`
