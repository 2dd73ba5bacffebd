import { createHmac } from 'node:crypto'
import { appendFileSync, mkdirSync, readFileSync, statSync } from 'node:fs'
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
  return files.flatMap((file) => {
    const { plain, others } = linesOf(file)
    const found = [...(plain.get(name) ?? []), ...others.filter((one) => matches(one.names, name))]
    return found
      .sort((a, b) => a.line - b.line)
      .map(({ line, revoked, type, key }) => ({ file, line, revoked, type, key }))
  })
}

/** Appends a key as one write, so that hosts met at the same time do not mix their lines. */
export function remember(file: string, name: string, type: string, key: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const before = readIfThere(file)
  const separator = before === '' || before.endsWith('\n') ? '' : '\n'
  appendFileSync(file, `${separator}${name} ${type} ${key}\n`, { mode: 0o600 })
}

interface Line extends Omit<KnownKey, 'file'> {
  /** As written: names and patterns with commas, or a hash. */
  names: string
}

/** A file's lines: those of plain names by name, and those whose names have to be tried. */
interface Lines {
  plain: ReadonlyMap<string, readonly Line[]>
  others: readonly Line[]
}

/** Each of thousands of hosts asks the same file: it is read once, while nobody writes to it. */
const files = new Map<string, { version: string; lines: Lines }>()

/** Two writes of one instant leave the same times: a file that was just written is read again. */
const JUST = 1000n * 1000n * 1000n

function linesOf(file: string): Lines {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false })
  const version = stat ? `${stat.ino} ${stat.size} ${stat.ctimeNs}` : ''
  const known = files.get(file)
  if (known?.version === version) return known.lines
  const lines = sorted(readIfThere(file).split('\n').flatMap(parseLine))
  const settled = stat && BigInt(Date.now()) * 1000n * 1000n - stat.ctimeNs > JUST
  if (settled) files.set(file, { version, lines })
  return lines
}

function sorted(all: readonly Line[]): Lines {
  const plain = new Map<string, Line[]>()
  const isPlain = ({ names }: Line) => !/^\||[*?!]/.test(names)
  for (const line of all.filter(isPlain)) {
    for (const name of new Set(line.names.toLowerCase().split(','))) {
      const before = plain.get(name)
      if (before) before.push(line)
      else plain.set(name, [line])
    }
  }
  return { plain, others: all.filter((line) => !isPlain(line)) }
}

function parseLine(text: string, index: number): Line[] {
  const words = text.trim().split(/\s+/)
  const marker = words[0]?.startsWith('@') ? words.shift() : undefined
  const [names, type, key] = words
  // Certificate authorities are for host certificates, which ssh2 does not know.
  if (!names || !type || !key || names.startsWith('#') || marker === '@cert-authority') return []
  return [{ line: index + 1, names, revoked: marker === '@revoked', type, key }]
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
