import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hostName, knownKeys, remember } from '../../src/transport/known-hosts.js'
import { runs } from '../support/form.js'
import { keygen } from './sshd.js'

let dir: string
/** Public keys, `TYPE BASE64`, that ssh-keygen accepts. */
let keys: string[]
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'known-'))
  keys = ['ed25519', 'rsa', 'ecdsa'].map((type) => {
    keygen(join(dir, type), type)
    return readFileSync(join(dir, `${type}.pub`), 'utf8')
      .split(' ')
      .slice(0, 2)
      .join(' ')
  })
})
afterAll(() => rmSync(dir, { recursive: true }))

const file = (): string => join(dir, 'known_hosts')
const ours = (name: string): string[] =>
  knownKeys(name, [file()]).map((each) => `${each.line}: ${each.type} ${each.key}`)

/** What OpenSSH finds in the same file. */
function referee(name: string): string[] {
  try {
    const found = execFileSync('ssh-keygen', ['-F', name, '-f', file()], { encoding: 'utf8' })
    const places = [...found.matchAll(/found: line (\d+)/g)].map((match) => match[1]!)
    const lines = found.split('\n').filter((line) => line && !line.startsWith('#'))
    return lines.map((line, i) => `${places[i]!}: ${line.split(' ').slice(-2).join(' ')}`)
  } catch {
    return []
  }
}

describe('as ssh-keygen -F finds them', () => {
  const tables: [string, string, string][] = [
    ['a plain name', 'rs1 K', 'rs1'],
    ['another name', 'rs1 K', 'rs10'],
    ['one of several', 'rs1,10.0.0.1,rs1.lan K', '10.0.0.1'],
    ['a port', '[rs1]:2222 K', '[rs1]:2222'],
    ['a port that is not asked for', '[rs1]:2222 K', 'rs1'],
    ['a wildcard', '*.lan K', 'rs1.lan'],
    ['a question mark', 'rs? K', 'rs1'],
    ['a dot is a dot', 'rs1.lan K', 'rs1xlan'],
    ['a negation', '*.lan,!rs1.lan K', 'rs1.lan'],
    ['a negation of others', '*.lan,!rs1.lan K', 'rs2.lan'],
    ['upper case in the file', 'RS1.Lan K', 'rs1.lan'],
    ['a revoked key', '@revoked rs1 K', 'rs1'],
    ['a comment', '# rs1 K', 'rs1'],
    ['blanks and tabs', '  rs1\t K', 'rs1'],
    ['a trailing comment', 'rs1 K admin@home', 'other'],
    ['a port with wildcards', '[*.lan]:* K', '[rs1.lan]:2222'],
    ['IPv6', 'fe80::1 K', 'fe80::1'],
    ['IPv6 and a port', '[fe80::1]:2222 K', '[fe80::1]:2222'],
  ]
  test.each(tables)('%s', (_, line, name) => {
    writeFileSync(file(), `\n# ours\n${keys.map((key) => line.replace('K', key)).join('\n')}\n`)
    expect(ours(name)).toEqual(referee(name))
  })

  test.each(['rs1', '[rs1]:2222'])('hashed: %s', (name) => {
    writeFileSync(file(), `rs1,10.0.0.1 ${keys[0]!}\n[rs1]:2222 ${keys[1]!}\nrs2 ${keys[2]!}\n`)
    execFileSync('ssh-keygen', ['-H', '-f', file()], { stdio: 'ignore' })
    const lines = readFileSync(file(), 'utf8').trim().split('\n')
    expect(lines.filter((line) => !line.startsWith('|1|'))).toEqual([])
    expect(ours(name)).toHaveLength(1)
    expect(ours(name)).toEqual(referee(name))
  })

  test('law: any list of patterns', () => {
    const label = fc.constantFrom('rs1', 'rs2', 'lan', '*', 'rs?', '?', '.', '1*')
    const pattern = fc
      .tuple(fc.constantFrom('', '!'), fc.array(label, { minLength: 1, maxLength: 3 }))
      .map(([not, labels]) => not + labels.join(''))
    const list = fc.array(pattern, { minLength: 1, maxLength: 3 }).map((all) => all.join(','))
    fc.assert(
      fc.property(list, fc.constantFrom('rs1', 'rs1.lan', 'rs2lan', 'rs11'), (names, name) => {
        writeFileSync(file(), `${names} ${keys[0]!}\n`)
        expect(ours(name)).toEqual(referee(name))
      }),
      { numRuns: runs(60) },
    )
  })
})

test('a certificate authority is no host key', () => {
  writeFileSync(file(), `@cert-authority * ${keys[0]!}\n`)
  expect(ours('rs1')).toEqual([])
})

test('files are read in order; one that is not there holds nothing', () => {
  const other = join(dir, 'other')
  writeFileSync(file(), `rs1 ${keys[0]!}\n`)
  writeFileSync(other, `rs1 ${keys[1]!}\n`)
  const found = knownKeys('rs1', [join(dir, 'absent'), other, file()])
  expect(found.map((each) => each.file)).toEqual([other, file()])
})

test('the port is part of the name unless it is 22', () => {
  expect(hostName('RS1', 22)).toBe('rs1')
  expect(hostName('rs1', 2222)).toBe('[rs1]:2222')
})

test('a file that is written again, of the same size, is read again', () => {
  for (let i = 0; i < 50; i++) {
    writeFileSync(file(), `rs${i % 10} ${keys[0]!}\n`)
    expect(ours(`rs${i % 10}`)).toHaveLength(1)
  }
})

test('a file that is old is read once, until somebody writes to it', async () => {
  const old = join(dir, 'old')
  writeFileSync(old, `rs1 ${keys[0]!}\n`)
  await setTimeout(1100)
  const found = () => knownKeys('rs1', [old]).map(({ key }) => key)
  expect([found(), found()].flat()).toHaveLength(2)
  writeFileSync(old, `rs2 ${keys[0]!}\n`)
  expect(found()).toEqual([])
  await setTimeout(1100)
  expect([found(), found()].flat()).toEqual([])
})

test('a new file is private, and so is its folder', () => {
  const fresh = join(dir, 'home', '.ssh', 'known_hosts')
  const [type, key] = keys[0]!.split(' ')
  remember(fresh, 'rs1', type!, key!)
  expect(readFileSync(fresh, 'utf8')).toBe(`rs1 ${keys[0]!}\n`)
  expect(statSync(fresh).mode & 0o777).toBe(0o600)
  expect(statSync(join(dir, 'home', '.ssh')).mode & 0o777).toBe(0o700)
})

test('a file that does not end in a newline is mended', () => {
  const [type, key] = keys[0]!.split(' ')
  writeFileSync(file(), `rs1 ${keys[0]!}`)
  remember(file(), 'rs2', type!, key!)
  expect(ours('rs1')).toHaveLength(1)
  expect(ours('rs2')).toHaveLength(1)
})

test('what several processes append at the same time stays whole', async () => {
  const shared = join(dir, 'shared')
  const [type, key] = keys[1]!.split(' ')
  const loop = 'i=0; while [ $i -lt 200 ]; do echo "$2$i $3" >>"$1"; i=$((i+1)); done'
  const others = ['a', 'b'].map((letter) =>
    promisify(execFile)('sh', ['-c', loop, 'sh', shared, letter, keys[1]!]),
  )
  for (let i = 0; i < 200; i++) {
    remember(shared, `c${i}`, type!, key!)
    await setImmediate()
  }
  await Promise.all(others)
  const names = ['a', 'b', 'c'].flatMap((letter) =>
    Array.from({ length: 200 }, (_, i) => `${letter}${i} ${keys[1]!}`),
  )
  const lines = readFileSync(shared, 'utf8').split('\n').filter(Boolean)
  expect(lines.sort()).toEqual(names.sort())
})
