import { InputError } from '../core/errors.js'
import { Secret } from '../core/sh.js'
import type { Become, HostKeyChecking, Target } from '../core/transport.js'
import { toBool } from '../site/python-values.js'
import type { Scope } from '../site/scope.js'

/** What the command line says of every host's connection; the inventory's word goes first. */
export interface ConnectionDefaults {
  connection: 'ssh' | 'local'
  user: string | undefined
  password: Secret | undefined
  privateKeyFile: string | undefined
}

/** How a host is reached, from Ansible's connection variables. @throws InputError */
export function targetOf(name: string, scope: Scope, defaults: ConnectionDefaults): Target {
  const read = (variable: string) =>
    scope.has(variable) ? (scope.get(variable) as string | number) : undefined
  const text = (...variables: string[]) => {
    const value = variables.map(read).find((each) => each !== undefined)
    return value === undefined ? undefined : String(value)
  }
  const fail = (variable: string, hint: string): never => {
    const found = JSON.stringify(read(variable))
    throw new InputError(scope.find(variable)?.at, `${variable} cannot be ${found}`, hint)
  }
  const connection = text('ansible_connection') ?? defaults.connection
  if (!['ssh', 'local', 'paramiko', 'smart'].includes(connection)) {
    fail('ansible_connection', 'one of: ssh, local')
  }
  const port = Number(text('ansible_port', 'ansible_ssh_port') ?? 22)
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    const variable = scope.has('ansible_port') ? 'ansible_port' : 'ansible_ssh_port'
    fail(variable, 'a port is 1 to 65535')
  }
  const password = text('ansible_password', 'ansible_ssh_pass')
  return {
    name,
    connection: connection === 'local' ? 'local' : 'ssh',
    address: text('ansible_host', 'ansible_ssh_host') ?? name,
    port,
    user: text('ansible_user', 'ansible_ssh_user') ?? defaults.user,
    password: password === undefined ? defaults.password : new Secret(password),
    privateKeyFile: text('ansible_ssh_private_key_file') ?? defaults.privateKeyFile,
    ...sshOptions(['ansible_ssh_common_args', 'ansible_ssh_extra_args'], text, fail),
  }
}

/** What the command line says of becoming another user. */
export interface BecomeDefaults {
  enabled: boolean
  user: string | undefined
}

/**
 * The user that things are done as: a task's own word goes first, then the inventory's, then
 * the command line's. Undefined: as the login user.
 */
export function becomeOf(
  scope: Scope,
  defaults: BecomeDefaults,
  becomePassword: Secret | undefined,
  task: { enabled?: boolean | undefined; user?: string | undefined } = {},
): Become | undefined {
  type Scalar = string | number | boolean
  const variable = (name: string) => (scope.has(name) ? (scope.get(name) as Scalar) : undefined)
  const enabled = task.enabled ?? variable('ansible_become') ?? defaults.enabled
  if (!toBool(enabled)) return undefined
  const user = task.user ?? variable('ansible_become_user') ?? defaults.user ?? 'root'
  const password = variable('ansible_become_password')
  return {
    user: String(user),
    password: password === undefined ? becomePassword : new Secret(String(password)),
  }
}

/** What we understand of the arguments that Ansible's users give to ssh. */
function sshOptions(
  variables: readonly string[],
  text: (variable: string) => string | undefined,
  fail: (variable: string, hint: string) => never,
): Pick<Target, 'knownHostsFile' | 'hostKeyChecking'> {
  const options: Pick<Target, 'knownHostsFile' | 'hostKeyChecking'> = {}
  for (const variable of variables) {
    const args = (text(variable) ?? '').replaceAll(
      /-o\s*(\w+)[= ]("[^"]*"|\S+)/g,
      (all, key: string, quoted: string) => {
        const value = quoted.replaceAll('"', '')
        if (key === 'UserKnownHostsFile') options.knownHostsFile = value
        else if (key === 'StrictHostKeyChecking') options.hostKeyChecking = checking(value)
        else return all
        return ''
      },
    )
    if (args.trim() !== '')
      fail(variable, 'understood are -o UserKnownHostsFile= and StrictHostKeyChecking=')
  }
  return options
}

function checking(value: string): HostKeyChecking {
  return value === 'no' || value === 'off' ? 'no' : value === 'accept-new' ? value : 'yes'
}
