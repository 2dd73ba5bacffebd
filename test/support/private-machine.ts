import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { quote } from '../../src/core/sh.js'

export interface PrivateMachine {
  /** For Surroundings: a shell inside. */
  shell: readonly string[]
  /** Ends every process inside; nothing stays behind. */
  close(): Promise<void>
}

/** Whether the tests that need one can run here at all. */
export const canHaveMachine = process.platform === 'linux' && process.getuid?.() === 0

/**
 * This machine's file system, in namespaces of its own: whatever is installed, started or
 * configured inside is seen by nobody else, and gone with it. It has no init system.
 *
 * @param connected to the network as this machine is; else there is a loopback and no more
 */
export async function openMachine(connected = false): Promise<PrivateMachine> {
  const flags = ['--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child']
  const child = spawn(
    'unshare',
    [...flags, ...(connected ? [] : ['--net']), '--mount-proc', 'bash', '-c', inside],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  )
  const exited = once(child, 'exit')
  const broken = exited.then(() => Promise.reject(new Error('the private machine did not start')))
  await Promise.race([once(child.stdout, 'data'), broken])
  const pid = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')
  return {
    shell: ['nsenter', '-t', pid.trim(), '-m', '-p', ...(connected ? [] : ['-n']), 'sh'],
    async close() {
      child.stdin.end()
      await exited
    },
  }
}

const changing = ['etc', 'var', 'usr', 'root']

/** The first process inside: it ends with its stdin, and bash buries whom it did not bear. */
const inside = `
set -e
mount -t tmpfs upper /media
for dir in ${changing.map(quote).join(' ')}; do
  mkdir "/media/$dir" "/media/$dir.work"
  mount -t overlay -o "lowerdir=/$dir,upperdir=/media/$dir,workdir=/media/$dir.work" over "/$dir"
done
mount -t tmpfs run /run
mkdir /run/lock
mount -t tmpfs tmp /tmp
ip link set lo up
echo ready
read -r _ || :
`
