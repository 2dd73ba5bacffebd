import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { factCache } from '../../src/cli/fact-cache.js'
import { readFacts } from '../../src/core/facts.js'
import type { Target } from '../../src/core/transport.js'

const facts = readFacts('id=debian\nuname=rs1 6.1.0 x86_64\n')
const target: Target = {
  name: 'rs1',
  connection: 'ssh',
  address: '../10.0.0.2',
  port: 22,
  user: undefined,
  password: undefined,
  privateKeyFile: undefined,
}
let folder: string
const inside = () => join(folder, 'dr-play', 'facts')

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dr-play-facts-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

it('keeps what a host told, a file for each, for its owner alone', () => {
  const cache = factCache({ XDG_CACHE_HOME: folder })
  expect(cache.get(target)).toBeUndefined()
  cache.put(target, facts)
  expect(factCache({ XDG_CACHE_HOME: folder }).get(target)).toEqual(facts)
  const files = readdirSync(inside())
  expect(files).toEqual(['%40..%2F10.0.0.2%3A22.json'])
  expect(statSync(join(inside(), files[0]!)).mode & 0o777).toBe(0o600)
  expect(cache.get({ ...target, port: 2222 })).toBeUndefined()
  expect(cache.get({ ...target, user: 'ops' })).toBeUndefined()
})

it('writes only what is new', () => {
  const cache = factCache({ XDG_CACHE_HOME: folder })
  cache.put(target, facts)
  const file = join(inside(), readdirSync(inside())[0]!)
  const written = statSync(file).ino
  cache.put(target, { ...facts })
  expect(statSync(file).ino).toBe(written)
  cache.put(target, { ...facts, kernel: '6.2.0' })
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ kernel: '6.2.0' })
})

it.each([
  ['is no JSON', 'x'],
  ['another version wrote', '{"hostname": "rs1"}'],
])('knows nothing from a file that %s', (_, text) => {
  const cache = factCache({ XDG_CACHE_HOME: folder })
  cache.put(target, facts)
  writeFileSync(join(inside(), readdirSync(inside())[0]!), text)
  expect(cache.get(target)).toBeUndefined()
})

it('does without a folder that cannot be', () => {
  writeFileSync(join(folder, 'file'), '')
  const cache = factCache({ XDG_CACHE_HOME: join(folder, 'file') })
  cache.put(target, facts)
  expect(cache.get(target)).toBeUndefined()
})
