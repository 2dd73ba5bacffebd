import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { loadInventory } from '../src/site/load-inventory.js'
import { matchPattern } from '../src/site/patterns.js'

const root = resolve(import.meta.dirname, '..')
const page = readFileSync(join(root, 'docs/inventory.md'), 'utf8')
const dir = mkdtempSync(join(tmpdir(), 'dr-play-docs-inventory-'))
afterAll(() => rmSync(dir, { recursive: true }))

const files = [...page.matchAll(/^```\w+ (\S+)\n([^]*?)^```/gm)]
for (const [, name = '', text = ''] of files) {
  mkdirSync(dirname(join(dir, name)), { recursive: true })
  writeFileSync(join(dir, name), text)
}
const sessions = [...page.matchAll(/^```console\n([^]*?)^```/gm)].map(([, text]) => text!)
const commands = sessions.flatMap((text) =>
  text
    .split(/^\$ dr-play /m)
    .slice(1)
    .map((each) => [each.slice(0, each.indexOf('\n')), each.slice(each.indexOf('\n') + 1)]),
)

describe('docs/inventory.md', () => {
  it('has examples', () => {
    expect(files.map(([, name]) => name)).toEqual([
      'hosts',
      'hosts.yml',
      'group_vars/realserver.yml',
    ])
    expect(commands.length).toBeGreaterThan(3)
  })

  it.each(commands)('$ dr-play %s', (command, output) => {
    const args = [join(root, 'dist/main.js'), ...command.split(' ')]
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: dir, encoding: 'utf8' })
    expect(`${stdout}${stderr}`).toBe(output)
  })

  it('says the same in INI and in YAML', () => {
    const [ini, yaml] = ['hosts', 'hosts.yml'].map((name) => {
      const loaded = loadInventory([join(dir, name)])
      const values = (host: string) =>
        loaded.layers(host).flatMap(({ vars }) => [...vars].map(([key, { value }]) => [key, value]))
      return [...loaded.inventory.hosts.keys()].map((host) => [host, values(host)])
    })
    expect(ini).toEqual(yaml)
  })

  const patterns = [...page.matchAll(/^\| `([^`]+)` \| ((?:(?:lb|rs\d) ?)+) \|$/gm)]
  it.each(patterns.map(([, pattern, hosts]) => [pattern!, hosts!]))('%s: %s', (pattern, hosts) => {
    const { inventory } = loadInventory([join(dir, 'hosts')])
    expect(matchPattern(pattern, inventory).join(' ')).toBe(hosts)
  })

  it('shows nine patterns', () => expect(patterns).toHaveLength(9))
})
