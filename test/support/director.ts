import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { sh } from '../../src/core/sh.js'
import { Keeper } from '../../src/lab/keeper.js'
import type { Lab } from '../../src/lab/lab.js'
import { whyNot } from '../../src/lab/needs.js'
import { load, pathsOf } from '../../src/lab/state.js'
import { up } from '../../src/lab/up.js'
import { runScript } from './converge.js'

/** A lab of one director: a kernel with IPVS, which the machine's own need not have. */
export interface Director {
  /** The command that reads a script from stdin there. */
  shell: string[]
  /** Runs a shell command there and gives what it printed. */
  run(command: string): Promise<string>
  down(): Promise<void>
}

export const canMakeDirector = whyNot() === undefined

const address = '192.168.139.3'

export async function makeDirector(): Promise<Director> {
  const name = `test-${randomBytes(4).toString('hex')}`
  const lab = await up({
    name,
    hosts: [{ name: 'director', address, prefix: 24, role: 'director' }],
    flavor: 'debian',
    systemd: false,
  })
  const shell = sshInto(lab)
  return {
    shell,
    run: (command) => printed(shell, command),
    down: () => lab.down(),
  }
}

/** One connection for all: a handshake takes this small machine a second. */
function sshInto({ plan, connection }: Lab): string[] {
  const { user, privateKeyFile, knownHostsFile } = connection
  const { root } = pathsOf(plan.name)
  const options = [
    'BatchMode=yes',
    'LogLevel=ERROR',
    'KexAlgorithms=curve25519-sha256',
    `UserKnownHostsFile=${knownHostsFile}`,
    `ControlPath=${root}/ssh`,
  ].flatMap((option) => ['-o', option])
  const ssh = (...argv: string[]) =>
    new Keeper(load(plan.name)!.keeper!).at('controller', [
      ...['ssh', '-F', 'none', '-T', '-i', privateKeyFile, ...options],
      ...argv,
    ])
  const [command = '', ...master] = ssh('-M', '-N', '-f', `${user}@${address}`)
  execFileSync(command, master, { stdio: 'ignore' })
  return ssh(`${user}@${address}`, 'sh')
}

async function printed(shell: readonly string[], command: string): Promise<string> {
  const { status, stdout, stderr } = await runScript(sh`sh -c ${command}`, { shell })
  if (status !== 0) throw new Error(`${command}: ${stderr}`)
  return stdout
}
