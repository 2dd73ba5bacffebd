// Many hosts that are one: an sshd that answers on every address of 127.0.0.0/8, in a network
// namespace that nobody else is in.
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

const INSIDE = 'DR_PLAY_SCALE_INSIDE'

/** Goes on in a namespace of its own, with nothing in it but a loopback. @returns whether it does */
export function inNamespace(script, args) {
  if (process.env[INSIDE]) return true
  const argv = ['--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh']
  const { status } = spawnSync('unshare', [...argv, process.execPath, script, ...args], {
    stdio: 'inherit',
    env: { ...process.env, [INSIDE]: '1' },
  })
  process.exitCode = status ?? 1
  return false
}

export const addressOf = (i) => `127.${1 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`

/** @returns what a client needs, and what ends it */
export async function startSshd(folder) {
  const keygen = (name) =>
    spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)])
  keygen('host')
  keygen('id')
  mkdirSync('/run/sshd', { recursive: true })
  const config = join(folder, 'sshd_config')
  writeFileSync(
    config,
    // A shell that bash takes for a login of ssh's reads ~/.bashrc, which is no part of this.
    `ListenAddress 0.0.0.0:22
HostKey ${folder}/host
AuthorizedKeysFile ${folder}/id.pub
PidFile none
StrictModes no
UsePAM no
UseDNS no
PermitRootLogin yes
MaxStartups 1000
SetEnv SHLVL=2
`,
  )
  const sshd = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', config], { stdio: 'ignore' })
  await setTimeout(500)
  const [type, key] = readFileSync(join(folder, 'host.pub'), 'utf8').split(' ')
  return { key: join(folder, 'id'), knownAs: `${type} ${key}`, stop: () => sshd.kill() }
}
