import { createHmac } from 'node:crypto'
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** A line of a known_hosts file that speaks of the host asked for. */
export interface KnownKey {
  /** The file and the line, from 1. */
  file: string
  line: number
  revoked: boolean
  /** ssh-ed25519, ssh-rsa, ecdsa-sha2-nistp256 ... */
  type: string
  /** The public key, as in the file: base64. */
  key: string
}

/** How known_hosts names a host on a port: the port only when it is not 22. */
export function hostName(address: string, port: number): string {
  const name = address.toLowerCase()
  return port === 22 ? name : `[${name}]:${port}`
}

/** The keys that these files hold for a name; files that do not exist hold none. */
export function knownKeys(name: string, files: readonly string[]): KnownKey[] {
  return files.flatMap((file) =>
    readIfThere(file)
      .split('\n')
      .flatMap((text, i) => parseLine(text, name).map((key) => ({ file, line: i + 1, ...key }))),
  )
}

/** Appends a key as one write, so that hosts met at the same time do not mix their lines. */
export function remember(file: string, name: string, type: string, key: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const before = readIfThere(file)
  const separator = before === '' || before.endsWith('\n') ? '' : '\n'
  appendFileSync(file, `${separator}${name} ${type} ${key}\n`, { mode: 0o600 })
}

function parseLine(text: string, name: string): Pick<KnownKey, 'revoked' | 'type' | 'key'>[] {
  const words = text.trim().split(/\s+/)
  const marker = words[0]?.startsWith('@') ? words.shift() : undefined
  const [names, type, key] = words
  // Certificate authorities are for host certificates, which ssh2 does not know.
  if (!names || !type || !key || names.startsWith('#') || marker === '@cert-authority') return []
  return matches(names, name) ? [{ revoked: marker === '@revoked', type, key }] : []
}

function matches(names: string, name: string): boolean {
  if (names.startsWith('|1|')) {
    const [, , salt = '', hash] = names.split('|')
    return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash
  }
  const patterns = names.toLowerCase().split(',')
  const matching = patterns.filter((pattern) => toRegExp(pattern.replace(/^!/, '')).test(name))
  return matching.length > 0 && !matching.some((pattern) => pattern.startsWith('!'))
}

/** Of a pattern's characters only * and ? mean something. */
function toRegExp(pattern: string): RegExp {
  const escaped = pattern.replace(/[\\^$.|+()[\]{}]/g, '\\$&')
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`)
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}
