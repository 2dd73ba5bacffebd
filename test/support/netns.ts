import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'

/** A network namespace of a test's own: eth0 is a veth whose other end is up in a second one. */
export interface Netns {
  name: string
  /** The command that reads a script from stdin inside it. */
  shell(shell?: string): string[]
  /** Runs a shell command inside it and gives what it printed. */
  run(command: string): string
  /** The same at the other end of the wire. */
  peer(command: string): string
  peerShell(shell?: string): string[]
  remove(): void
}

export const canMakeNetns = process.getuid?.() === 0

export function makeNetns(): Netns {
  const name = `drp-test-${randomBytes(4).toString('hex')}`
  const other = `${name}-peer`
  for (const netns of [name, other]) exec(['ip', 'netns', 'add', netns])
  const run = inside(name)
  const peer = inside(other)
  run(`ip link add eth0 type veth peer name eth0 netns ${other}`)
  run('ip link set lo up; ip link set eth0 up')
  peer('ip link set lo up; ip link set eth0 up')
  return {
    name,
    shell: (shell = 'sh') => ['ip', 'netns', 'exec', name, shell],
    run,
    peer,
    peerShell: (shell = 'sh') => ['ip', 'netns', 'exec', other, shell],
    remove() {
      for (const netns of [name, other]) exec(['ip', 'netns', 'del', netns])
    },
  }
}

function inside(netns: string) {
  return (command: string) => exec(['ip', 'netns', 'exec', netns, 'sh', '-c', command])
}

function exec([command = '', ...argv]: readonly string[]): string {
  return execFileSync(command, argv, { encoding: 'utf8' })
}
