import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { loadInventory } from '../src/site/load-inventory.js'
import { matchPattern } from '../src/site/patterns.js'
import { DocsPage } from './support/docs-page.js'

const page = new DocsPage('docs/inventory.md')
const { dir } = page
afterAll(() => page.remove())

describe('docs/inventory.md', () => {
  it('has examples', () => {
    expect(page.files).toEqual(['hosts', 'hosts.yml', 'group_vars/realserver.yml'])
    expect(page.commands.length).toBeGreaterThan(3)
  })

  it.each(page.commands)('$ dr-play %s', async (command, output) => {
    expect(await page.run(command)).toBe(output)
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

  const patterns = [...page.text.matchAll(/^\| `([^`]+)` \| ((?:(?:lb|rs\d) ?)+) \|$/gm)]
  it.each(patterns.map(([, pattern, hosts]) => [pattern!, hosts!]))('%s: %s', (pattern, hosts) => {
    const { inventory } = loadInventory([join(dir, 'hosts')])
    expect(matchPattern(pattern, inventory).join(' ')).toBe(hosts)
  })

  it('shows nine patterns', () => expect(patterns).toHaveLength(9))
})
