import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { errorLines } from '../../src/cli/errors.js'
import { DrPlayError, InputErrors } from '../../src/core/errors.js'
import { Secret } from '../../src/core/sh.js'
import { loadInventory } from '../../src/site/load-inventory.js'
import { Vault } from '../../src/site/vault.js'

/**
 * An inventory, and after `>>>` all that is said of it. Each `=== NAME` begins a file; the
 * first of them is the inventory, or stands for itself, as `-i a,b,`. Scripts are executable.
 */
const cases = readFileSync(new URL('inventory-messages.txt', import.meta.url), 'utf8')
  .split(/^### /m)
  .slice(1)
  .map((text) => {
    const [what = '', ...lines] = text.split('\n')
    const [given = '', want = ''] = lines.join('\n').split('\n>>>\n')
    const files = given
      .split(/^=== /m)
      .slice(1)
      .map((file): [string, string] => {
        const [name = '', ...content] = file.split('\n')
        return [name, content.join('\n')]
      })
    return { what, files, want: want.trimEnd() }
  })

describe('what a wrong inventory is told', () => {
  let root: string
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'dr-play-inventory-messages-'))
  })
  afterAll(() => rmSync(root, { recursive: true }))

  it.each(cases)('$what', ({ what, files, want }) => {
    const folder = join(root, what.replaceAll(/\W+/g, '-'))
    for (const [name, content] of files.filter(([name]) => !name.startsWith('-i '))) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), content)
      if (name.endsWith('.sh')) chmodSync(join(folder, name), 0o755)
    }
    const [first = ''] = files[0] ?? []
    const source = first.startsWith('-i ') ? first.slice(3) : join(folder, first)
    const password = new Secret('another one')
    const vault = new Vault(what.startsWith('vault') ? [{ id: 'lab', password }] : [])
    let said = ''
    try {
      const loaded = loadInventory([source], { playbookDir: folder, vault })
      for (const host of loaded.inventory.hosts.keys()) loaded.layers(host)
    } catch (error) {
      if (!(error instanceof DrPlayError)) throw error
      const errors = error instanceof InputErrors ? error.errors : [error]
      said = errors.map((each) => errorLines(each, false).join('\n')).join('\n\n')
    }
    expect(said.replaceAll(`${folder}/`, '')).toBe(want)
  })
})
