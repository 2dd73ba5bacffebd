import { createHash } from 'node:crypto'
import type { ServerHostKeyAlgorithm } from 'ssh2'
import { Unreachable } from '../core/errors.js'
import type { HostKeyChecking } from '../core/transport.js'
import type { KnownKey } from './known-hosts.js'
import { hostName, knownKeys, remember } from './known-hosts.js'

export interface HostKeyPolicy {
  hostKeyChecking: HostKeyChecking
  /** Looked through in this order; a new key goes into the first. */
  knownHostsFiles: readonly string[]
}

/** @throws Unreachable when the key that the host showed is not to be trusted. */
export function checkHostKey(
  address: string,
  port: number,
  shown: Buffer,
  policy: HostKeyPolicy,
): void {
  const name = hostName(address, port)
  const type = shown.subarray(4, 4 + shown.readUInt32BE(0)).toString()
  const key = shown.toString('base64')
  const known = knownKeys(name, policy.knownHostsFiles)
  const print = `${type} ${fingerprint(key)}`
  const isSame = (each: KnownKey): boolean => each.key === key
  const revocation = known.find((each) => each.revoked && isSame(each))
  if (revocation) throw revoked(name, print, revocation)
  if (known.some(isSame) || policy.hostKeyChecking === 'no') return
  // As ssh does, a key known for the plain name is good for any port.
  if (trusted(knownKeys(hostName(address, 22), policy.knownHostsFiles)).some(isSame)) return
  if (trusted(known).length > 0) throw changed(name, print, trusted(known))
  const file = policy.knownHostsFiles[0]
  if (policy.hostKeyChecking === 'yes' || file === undefined)
    throw unknown(address, port, print, file)
  remember(file, name, type, key)
}

const trusted = (keys: readonly KnownKey[]): KnownKey[] => keys.filter((each) => !each.revoked)

/**
 * The host key algorithms to offer, those first of which a key is known: a host that also
 * has a key of another type must not show that one, and be refused for it.
 */
export function preferredAlgorithms(
  address: string,
  port: number,
  policy: HostKeyPolicy,
): ServerHostKeyAlgorithm[] {
  const known = trusted(knownKeys(hostName(address, port), policy.knownHostsFiles))
  const isKnown = (algorithm: string): boolean =>
    known.some((each) => each.type === keyType(algorithm))
  return [...algorithms.filter(isKnown), ...algorithms.filter((each) => !isKnown(each))]
}

const algorithms: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
  'ssh-rsa',
]

/** An RSA key can sign in several ways, and is ssh-rsa in all of them. */
const keyType = (algorithm: string): string => algorithm.replace(/^rsa-sha2-.*/, 'ssh-rsa')

/** As ssh and ssh-keygen -l print it. */
function fingerprint(key: string): string {
  const hash = createHash('sha256').update(Buffer.from(key, 'base64')).digest('base64')
  return `SHA256:${hash.replace(/=+$/, '')}`
}

function unknown(address: string, port: number, print: string, file?: string): Unreachable {
  const scan = `ssh-keyscan ${port === 22 ? '' : `-p ${port} `}${address} >> ${file ?? 'FILE'}`
  return new Unreachable(
    `the host key of ${hostName(address, port)} is not known: ${print}`,
    `compare it with the host's own; then \`${scan}\`, or run with --host-key-checking accept-new`,
  )
}

function changed(name: string, print: string, known: readonly KnownKey[]): Unreachable {
  const before = known.map(
    (each) => `${each.type} ${fingerprint(each.key)} (${each.file}:${each.line})`,
  )
  const files = [...new Set(known.map((each) => each.file))]
  const remove = files.map((file) => `ssh-keygen -R '${name}' -f ${file}`).join('; ')
  return new Unreachable(
    `the host key of ${name} has CHANGED: it is ${print}, known is ${before.join(', ')}`,
    `somebody may be between you and the host; if it was reinstalled: ${remove}`,
  )
}

function revoked(name: string, print: string, line: KnownKey): Unreachable {
  return new Unreachable(
    `the host key of ${name} is revoked: ${print} (${line.file}:${line.line})`,
    'give the host a new key; whoever has this one can pass for the host',
  )
}
