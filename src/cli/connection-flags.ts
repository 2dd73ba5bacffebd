import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Secret } from '../core/sh.js'
import type { BecomeDefaults, ConnectionDefaults } from '../run/connection.js'
import type { TransportFlags } from './transport.js'

/** The flags that say which hosts there are, and what their variables are. */
export interface InputFlags {
  inventory?: string[]
  limit?: string
  extraVars?: string[]
}

/** The flags that say how hosts are reached, as commander hands them over. */
export interface ConnectionFlags extends TransportFlags {
  forks: number
  user?: string
  privateKey?: string
  connection: 'ssh' | 'local'
  become?: boolean
  becomeUser?: string
  askBecomePass?: boolean
  askPass?: boolean
}

/** What these flags come to, the passwords asked for. */
export interface Access {
  connection: ConnectionDefaults
  become: BecomeDefaults
  becomePassword: Secret | undefined
}

export async function accessOf(flags: ConnectionFlags): Promise<Access> {
  const password = await secret(flags.askPass, 'SSH password')
  return {
    connection: {
      connection: flags.connection,
      user: flags.user,
      password,
      privateKeyFile: flags.privateKey,
    },
    become: { enabled: flags.become ?? false, user: flags.becomeUser },
    becomePassword: await secret(flags.askBecomePass, 'BECOME password'),
  }
}

/** Asked for only when a flag says so; the prompt is loaded only then. */
async function secret(wanted: boolean | undefined, what: string): Promise<Secret | undefined> {
  if (!wanted) return undefined
  const { askSecret } = await import('./password.js')
  return askSecret(what)
}

/** The InputFlags of a command. */
export function inputFlags(command: Command): Command {
  const list = (value: string, before: string[] = []) => [...before, value]
  return command
    .option('-i, --inventory <path>', 'inventory file, or hosts as a,b, (repeatable)', list)
    .option('-l, --limit <pattern>', 'only these hosts')
    .option(
      '-e, --extra-vars <vars>',
      'key=value, JSON, YAML or @file; wins over all else (repeatable)',
      list,
    )
}

/** The ConnectionFlags of a command, named as Ansible names them. */
export function connectionFlags(command: Command): Command {
  return command
    .option('-f, --forks <number>', 'hosts at once', number, 10)
    .option('-u, --user <name>', 'log in as this user')
    .option('--private-key <file>', 'log in with this key')
    .option('-c, --connection <type>', 'ssh or local', 'ssh')
    .option('-T, --timeout <seconds>', 'to connect within', number, 10)
    .option('-b, --become', 'run as another user, by sudo')
    .option('--become-user <name>', 'that user (root)')
    .option('-K, --ask-become-pass', "ask for sudo's password")
    .option('-k, --ask-pass', 'ask for the login password')
    .option('--known-hosts <file>', 'known hosts, instead of ~/.ssh/known_hosts')
    .addOption(
      new Option(
        '--host-key-checking <mode>',
        'an unknown host key is refused, taken, or not looked at',
      )
        .choices(['yes', 'accept-new', 'no'])
        .default('yes'),
    )
}

/** Reads a flag's number. @throws InvalidArgumentError */
export function number(value: string): number {
  if (!/^\d+$/.test(value) || Number(value) === 0)
    throw new InvalidArgumentError('It must be a number above 0.')
  return Number(value)
}
