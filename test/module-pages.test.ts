import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { resources } from '../src/resources/registry.js'
import { indexOf, pageOf } from './support/module-page.js'
import { test, type TestSite } from './support/play.js'

const folder = resolve(import.meta.dirname, '../docs/modules')
const pathOf = (name: string) => join(folder, `${name}.md`)
const read = (name: string) =>
  existsSync(pathOf(name)) ? readFileSync(pathOf(name), 'utf8') : undefined
const modules = [...resources.keys()]

/** `npm run docs` is this test, told to write. */
describe('the pages of the modules are up to date', () => {
  it.each(modules)('%s', async (name) => {
    const page = pageOf(resources.get(name)!, read(name))
    await expect(page).toMatchFileSnapshot(pathOf(name))
  })

  it('the index', async () => {
    await expect(indexOf(resources.values())).toMatchFileSnapshot(pathOf('README'))
  })

  it('no page is about a module that is gone', () => {
    expect(readdirSync(folder).sort()).toEqual([...modules, 'README'].map((n) => `${n}.md`).sort())
  })

  it.each(modules)('%s has its parts', (name) => {
    const titles = read(name)!.match(/^##? .*$/gm)
    const own = resources.get(name)!.result ? ['## Result'] : []
    expect(titles).toEqual([
      `# ${name}`,
      '## In a check run',
      ...own,
      '## Unlike Ansible',
      '## Examples',
    ])
    expect(read(name)).not.toMatch(/^## .*\n\n(## |$(?![^]))/m)
  })
})

/** The modules whose examples may really run on this machine, and their exit code. */
const harmless = new Map([
  ...[
    'assert',
    'command',
    'copy',
    'debug',
    'file',
    'http',
    'setup',
    'shell',
    'template',
    'wait_for',
  ].map((name): [string, number] => [name, 0]),
  ['fail', 2],
])
const idempotent = ['copy', 'file', 'template']

let server: Server
beforeAll(async () => {
  server = createServer((_, response) => response.end('served by rs1'))
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
})
afterAll(() => server.close())

/** An example as it can be tried here: in the site's folder, and on the test's own server. */
function here(text: string, site: TestSite): string {
  const port = String((server.address() as AddressInfo).port)
  return text
    .replaceAll(/(?<=[\s"=:])\/(?=(?:etc|srv|run)\b)/g, `${site.dir}/`)
    .replaceAll('http://127.0.0.1/', `http://127.0.0.1:${port}/`)
    .replaceAll('port: 80\n', `port: ${port}\n`)
}

interface Example {
  yaml: string
  /** The files that stand before it, by name. */
  files: Record<string, string>
}

/** The tasks or plays of a page's examples; a block after `templates/x`: is that file. */
function examplesOf(name: string): Example[] {
  const [, examples = ''] = (read(name) ?? '').split('## Examples')
  const files: Record<string, string> = {}
  const found: Example[] = []
  for (const [, file, language, text] of examples.matchAll(
    /(?:^`([^`\n]+)`:\n\n)?^```(\w*)\n([^]*?)^```$/gm,
  )) {
    if (file !== undefined) files[file] = text!
    else if (language === 'yaml') found.push({ yaml: text!, files: { ...files } })
  }
  return found
}

const asPlay = (yaml: string) =>
  /^ +tasks:|^ {2}hosts:/m.test(yaml)
    ? yaml
    : `- hosts: all\n  tasks:\n${yaml.replaceAll(/^(?=.)/gm, '    ')}`

const examples = modules.flatMap((name) =>
  examplesOf(name).map((example, i): [string, number, Example] => [name, i, example]),
)

async function prepare(site: TestSite, { yaml, files }: Example): Promise<string> {
  for (const dir of ['etc', 'srv', 'run']) await mkdir(site.path(dir))
  await site.write(files)
  return asPlay(here(yaml, site))
}

const filesIn = (site: TestSite) =>
  ['etc', 'srv', 'run'].flatMap((dir) =>
    readdirSync(site.path(dir), { recursive: true, encoding: 'utf8' }),
  )

describe('the examples', () => {
  it.each(modules)('%s has one, which uses it', (name) => {
    const yaml = examplesOf(name).map((example) => example.yaml)
    expect(yaml.length).toBeGreaterThan(0)
    for (const text of yaml) expect(text).toMatch(new RegExp(`^[ -]*${name}:`, 'm'))
  })

  test.for(examples)('%s %i loads, for every host', async ([, , example], { site }) => {
    expect(await site.problems(await prepare(site, example))).toEqual([])
  })

  test.for(examples.filter(([name]) => harmless.has(name)))(
    '%s %i does what it says, and a check run before it does nothing',
    async ([name, , example], { site }) => {
      const play = await prepare(site, example)
      const planned = await site.play(play, { check: true })
      expect([0, 2, 3]).toContain(planned.exit)
      expect(filesIn(site)).toEqual([])

      const failures = ({ tasks }: Awaited<ReturnType<typeof site.play>>) =>
        tasks.filter(({ status }) => status === 'failed')
      const done = await site.play(play)
      expect(done.exit, JSON.stringify(failures(done))).toBe(harmless.get(name))
      expect(done.tasks.filter(({ status }) => status === 'skipped')).toEqual([])
      const again = await site.play(play)
      expect(again.exit, JSON.stringify(failures(again))).toBe(harmless.get(name))
      const changed = again.tasks.filter(({ status }) => status === 'changed')
      if (idempotent.includes(name)) expect(changed).toEqual([])
    },
  )
})
