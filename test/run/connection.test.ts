import { describe, expect, it } from 'vitest'
import { Secret } from '../../src/core/sh.js'
import { targetOf } from '../../src/run/connection.js'
import { Scope } from '../../src/site/scope.js'

const defaults = {
  connection: 'ssh',
  user: 'flag',
  password: undefined,
  privateKeyFile: '/flag/key',
} as const
const target = (values: Record<string, unknown>) => {
  const at = { file: 'inventory', line: 1, col: 1 }
  const vars = new Map(Object.entries(values).map(([name, value]) => [name, { value, at }]))
  return targetOf('rs1', new Scope([{ vars }], new Map()), defaults)
}

describe('targetOf', () => {
  it('takes what the command line says, and the host’s name', () => {
    expect(target({})).toEqual({
      name: 'rs1',
      connection: 'ssh',
      address: 'rs1',
      port: 22,
      user: 'flag',
      password: undefined,
      privateKeyFile: '/flag/key',
    })
  })

  it.each<[Record<string, unknown>, Record<string, unknown>]>([
    [
      { ansible_host: '10.0.0.1', ansible_port: 2222 },
      { address: '10.0.0.1', port: 2222 },
    ],
    [
      { ansible_ssh_host: '10.0.0.1', ansible_ssh_port: '2222' },
      { address: '10.0.0.1', port: 2222 },
    ],
    [{ ansible_user: 'ops' }, { user: 'ops' }],
    [{ ansible_ssh_user: 'ops' }, { user: 'ops' }],
    [{ ansible_connection: 'local' }, { connection: 'local' }],
    [{ ansible_connection: 'smart' }, { connection: 'ssh' }],
    [{ ansible_ssh_private_key_file: '/own/key' }, { privateKeyFile: '/own/key' }],
    [{ ansible_host: '{{ip}}', ip: '10.0.0.9' }, { address: '10.0.0.9' }],
    [
      { ansible_ssh_common_args: '-o UserKnownHostsFile=/k -o StrictHostKeyChecking=no' },
      { knownHostsFile: '/k', hostKeyChecking: 'no' },
    ],
    [
      { ansible_ssh_extra_args: '-oStrictHostKeyChecking=accept-new -o UserKnownHostsFile="/a b"' },
      { hostKeyChecking: 'accept-new', knownHostsFile: '/a b' },
    ],
    [{ ansible_ssh_common_args: '' }, { address: 'rs1' }],
  ])('%j', (values, want) => {
    expect(target(values)).toMatchObject(want)
  })

  it('keeps a password from being printed', () => {
    const { password } = target({ ansible_password: 's3cret' })
    expect(password).toBeInstanceOf(Secret)
    expect(JSON.stringify(target({ ansible_ssh_pass: 's3cret' }))).not.toContain('s3cret')
    expect(password!.reveal()).toBe('s3cret')
  })

  it.each<[Record<string, unknown>, string]>([
    [{ ansible_port: 0 }, 'ansible_port cannot be 0'],
    [{ ansible_port: 'ssh' }, 'ansible_port cannot be "ssh"'],
    [{ ansible_ssh_port: 70000 }, 'ansible_ssh_port cannot be 70000'],
    [{ ansible_connection: 'docker' }, 'ansible_connection cannot be "docker"'],
    [{ ansible_ssh_common_args: '-J jump' }, 'ansible_ssh_common_args cannot be "-J jump"'],
    [{ ansible_ssh_common_args: '-o ForwardAgent=yes' }, 'cannot be'],
  ])('refuses %j', (values, message) => {
    expect(() => target(values)).toThrow(message)
  })
})
