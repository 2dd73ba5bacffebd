import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { InputError } from '../src/core/errors.js'
import { resources } from '../src/resources/registry.js'
import { factNames } from '../src/core/facts.js'
import { Files } from '../src/site/files.js'
import { helpers } from '../src/site/helpers.js'
import { loadInventory } from '../src/site/load-inventory.js'
import { loadPlaybook } from '../src/site/playbook.js'
import { drPlay } from './support/command-line.js'

const root = resolve(import.meta.dirname, '..')
const pages = [
  'README.md',
  'ARCHITECTURE.md',
  'CHANGELOG.md',
  ...readdirSync(join(root, 'docs'), { encoding: 'utf8', recursive: true })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]
const read = (page: string) => readFileSync(join(root, page), 'utf8')
const blocks = (page: string, language: string) =>
  [...read(page).matchAll(new RegExp(`^ *\`\`\`${language}\\n([^]*?)^ *\`\`\``, 'gm'))].map(
    ([, text]) => text!,
  )

const folder = mkdtempSync(join(tmpdir(), 'dr-play-docs-'))
afterAll(() => rmSync(folder, { recursive: true }))
const write = (name: string, text: string) => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

/** The anchors that a page's headings get, as GitHub makes them. */
const anchorsOf = (text: string) =>
  [...text.replaceAll(/^ *```[^]*?^ *```/gm, '').matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  )

/** The help of every command that the pages show. */
const help = Promise.all(
  [
    [],
    ['lab', 'up'],
    ['lab', 'load'],
    ['status'],
    ['lint'],
    ['inventory'],
    ['explain'],
    ['import'],
    ['verify'],
    ['why'],
  ].map(async (command) => (await drPlay(...command, '--help')).stdout),
).then((texts) => texts.join(''))

describe('the docs', () => {
  it.each(pages)('%s links to what is there', (page) => {
    for (const [, target] of read(page).matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)) {
      expect(existsSync(join(root, dirname(page), target!)), target).toBe(true)
    }
  })

  it.each(pages)('%s links to headings that there are', (page) => {
    for (const [, target, anchor] of read(page).matchAll(/\]\((?!https?:)([^)#]*)#([^)]+)\)/g)) {
      const path = target === '' ? page : join(dirname(page), target!)
      expect(anchorsOf(read(path)), `${target}#${anchor}`).toContain(anchor)
    }
  })

  it.each(pages)('%s shows options that there are', async (page) => {
    const known = await help
    const shown = [...read(page).matchAll(/dr-play [^`\n]*|`(--[a-z][^`]*)`/g)].join(' ')
    for (const [option] of shown.matchAll(/(?<![\w-])--[a-z][a-z-]*/g))
      expect(known).toContain(option)
  })

  it("README's first inventory is the example's cluster", () => {
    const [ini] = blocks('README.md', 'ini')
    const text = ini!.replaceAll(/^ {3}/gm, '')
    const cluster = (path: string) => {
      const loaded = loadInventory([path])
      return [...loaded.inventory.hosts.keys()].map((host) => [
        host,
        loaded
          .layers(host)
          .flatMap(({ vars }) => [...vars].map(([name, { value }]) => [name, value])),
      ])
    }
    const example = cluster(join(root, 'inventory.example.ini'))
    expect(cluster(write('inventory', text))).toEqual(example)
  })

  it.each(blocks('docs/playbooks.md', 'yaml'))(
    'a playbook of docs/playbooks.md loads: %#',
    (yaml) => {
      const problems: InputError[] = []
      const path = write('play.yml', yaml)
      loadPlaybook(path, new Files(path, root, folder), resources, problems)
      expect(problems).toEqual([])
    },
  )

  it('docs/playbooks.md names every module, helper and fact, and no other module', () => {
    const page = read('docs/playbooks.md')
    const table = page.slice(page.indexOf('## Modules'), page.indexOf('## How a run goes'))
    const rows = [...table.matchAll(/^\| ([a-z_, ]+) \|/gm)].flatMap(([, cell]) =>
      cell!.split(', '),
    )
    expect(rows.filter((name) => name !== 'module').sort()).toEqual([...resources.keys()].sort())
    for (const helper of Object.keys(helpers)) expect(page).toMatch(new RegExp(`\\b${helper}\\b`))
    for (const fact of factNames) expect(page).toContain(`ansible_${fact}`)
  })
})
