import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sh } from '../../src/core/sh.js'
import { copy } from '../../src/resources/copy.js'
import { template } from '../../src/resources/template.js'
import {
  apply,
  expectConverges,
  expectInState,
  isValid,
  observe,
  observeAll,
  sha256,
  snapshot,
} from '../support/converge.js'
import { runs, shells } from '../support/form.js'

const root = process.getuid?.() === 0

let folder: string
const at = (name: string) => path.join(folder, name)
const bits = async (file: string) => ((await stat(file)).mode & 0o7777).toString(8)

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'dr-play-test-'))
})
afterEach(() => rm(folder, { recursive: true }))

describe.each(shells)('in %s', (shell) => {
  const here = { shell: [shell] }

  test('creates a file with 0644, and then finds it in state', async () => {
    const args = { dest: at('motd'), content: 'hello\n' }
    const { plan } = await expectConverges(copy, args, here)
    expect(plan.map(({ summary }) => summary)).toEqual([`${at('motd')}: created`])
    expect(plan[0]!.diff).toEqual({ path: at('motd'), before: '', after: 'hello\n' })
    expect(await readFile(at('motd'), 'utf8')).toBe('hello\n')
    expect(await bits(at('motd'))).toBe('644')
    await expectInState(copy, args, here)
  })

  test('an existing file keeps its mode and owner', async () => {
    await writeFile(at('a'), 'old')
    await chmod(at('a'), 0o4751)
    if (root) await chown(at('a'), 12, 34)
    if (root) await chmod(at('a'), 0o4751)
    const { plan } = await expectConverges(copy, { dest: at('a'), content: 'new' }, here)
    expect(plan[0]!.diff).toEqual({ path: at('a'), before: 'old', after: 'new' })
    expect(await bits(at('a'))).toBe('4751')
    if (root) expect(await stat(at('a'))).toMatchObject({ uid: 12, gid: 34 })
  })

  test.runIf(root)('sets mode, owner and group, by name or number', async () => {
    const args = { dest: at('a'), content: 'x', mode: '0640', owner: 'daemon', group: '2' }
    await expectConverges(copy, args, here)
    expect(await stat(at('a'))).toMatchObject({ uid: 1, gid: 2 })
    expect(await bits(at('a'))).toBe('640')
    await expectInState(copy, { ...args, owner: '1', group: 'bin', mode: '640' }, here)
    const { plan } = await expectConverges(copy, { ...args, owner: 'bin', mode: '0600' }, here)
    expect(plan.map(({ summary }) => summary)).toEqual([
      `${at('a')}: mode 0640 -> 0600, owner daemon -> bin`,
    ])
    expect(plan[0]!.diff).toBeUndefined()
  })

  test('follows a link and keeps it', async () => {
    await mkdir(at('real'))
    await writeFile(at('real/a'), 'old')
    await symlink('real/a', at('link'))
    await expectConverges(copy, { dest: at('link'), content: 'new', mode: '0600' }, here)
    expect(await readlink(at('link'))).toBe('real/a')
    expect(await readFile(at('real/a'), 'utf8')).toBe('new')
    expect(await bits(at('real/a'))).toBe('600')
  })

  test('creates what a dangling link leads to', async () => {
    await symlink('missing', at('link'))
    await expectConverges(copy, { dest: at('link'), content: 'new' }, here)
    expect(await readFile(at('missing'), 'utf8')).toBe('new')
  })

  test('leaves a file alone that changed since it was read', async () => {
    await writeFile(at('a'), 'old')
    const edited = await observe(copy, { dest: at('a'), content: 'new' }, here)
    const created = await observe(copy, { dest: at('b'), content: 'new' }, here)
    await writeFile(at('a'), 'edited')
    await writeFile(at('b'), 'created')
    const before = await snapshot(folder)
    for (const { plan } of [edited, created]) {
      const [outcome] = await apply(plan, here)
      expect(outcome?.status).toBe(1)
      expect(outcome?.stderr).toMatch(/\/[ab] changed since it was read: nothing was overwritten/)
    }
    expect(await snapshot(folder)).toEqual(before)
  })

  test.each([
    ['removed', (file: string) => rm(file)],
    ['made a folder', (file: string) => rm(file).then(() => mkdir(file))],
  ])('fails when the file was %s since it was read', async (_, act) => {
    await writeFile(at('a'), 'old')
    const { plan } = await observe(copy, { dest: at('a'), content: 'new' }, here)
    await act(at('a'))
    const before = await snapshot(folder)
    const [outcome] = await apply(plan, here)
    expect(outcome?.stderr).toContain('a changed since it was read')
    expect(await snapshot(folder)).toEqual(before)
  })

  test('says which folder is missing', async () => {
    const { plan } = await observe(copy, { dest: at('no/such/file'), content: 'x' }, here)
    const [outcome] = await apply(plan, here)
    expect(outcome).toMatchObject({
      status: 1,
      stderr: `the folder ${at('no/such')} does not exist: create it with a file task before\n`,
    })
  })

  test('refuses a folder', async () => {
    await expect(observe(copy, { dest: folder, content: 'x' }, here)).rejects.toThrow(
      `${folder} is a folder, not a file`,
    )
  })

  test('refuses a pipe, without waiting for its writer', async () => {
    await apply([{ summary: '', run: sh`mkfifo ${at('p')}` }])
    await expect(observe(copy, { dest: at('p'), content: 'x' }, here)).rejects.toThrow(
      'a file cannot take its place',
    )
  })

  test('puts only content in place that the validate command accepts', async () => {
    const validate = `grep -q 'all is well' %s`
    await writeFile(at('a'), 'old')
    const bad = await observe(copy, { dest: at('a'), content: 'all is lost', validate }, here)
    const before = await snapshot(folder)
    const [outcome] = await apply(bad.plan, here)
    expect(outcome).toMatchObject({ status: 1, stdout: '' })
    expect(outcome?.stderr).toContain('the new content is not valid')
    expect(await snapshot(folder)).toEqual(before)
    await expectConverges(copy, { dest: at('a'), content: 'so all is well', validate }, here)
  })

  test('keeps what it replaces beside it, as it was, and tells where', async () => {
    await writeFile(at('a'), 'old')
    await chmod(at('a'), 0o640)
    await symlink(at('a'), at('link'))
    const args = { dest: at('link'), content: 'new', mode: '0600', backup: true }
    const { plan, want, have } = await observe(copy, args, here)
    expect(plan[0]!.summary).toBe(
      `${at('link')}: new content, the old one is kept, mode 0640 -> 0600`,
    )
    const [outcome] = await apply(plan, here)
    const { backup_file: kept } = copy.result!(want, have, outcome!.stdout)
    expect(kept).toMatch(/\/a\.\d+\.\d{4}-\d\d-\d\d@\d\d:\d\d:\d\d~$/)
    expect(await readFile(kept as string, 'utf8')).toBe('old')
    expect(await bits(kept as string)).toBe('640')
    expect(await readFile(at('a'), 'utf8')).toBe('new')
    await expectInState(copy, args, here)
    await expectConverges(copy, { dest: at('other'), content: 'x', backup: true }, here)
    expect((await readdir(folder)).length).toBe(4)
  })

  test('overwrites nothing that it cannot keep', async () => {
    await writeFile(at('a'), 'old')
    const tools = at('tools')
    await mkdir(tools)
    await apply([
      {
        summary: '',
        run: sh`cd ${tools}; printf '#!/bin/sh\nexit 1\n' >ln; cp ln cp; chmod +x ln cp`,
      },
    ])
    const { plan } = await observe(copy, { dest: at('a'), content: 'new', backup: true }, here)
    const full = plan.map((one) => ({ ...one, run: sh`PATH=${tools}:$PATH; ${one.run}` }))
    const [outcome] = await apply(full, here)
    expect(outcome).toMatchObject({ status: 1, stdout: '' })
    expect(outcome!.stderr).toContain(`no backup: ${at('a')} was not overwritten`)
    expect((await readdir(folder)).sort()).toEqual(['a', 'tools'])
    expect(await readFile(at('a'), 'utf8')).toBe('old')
  })

  test('shows what the validate command said', async () => {
    const validate = 'cat %s /no/such/file'
    const { plan } = await observe(copy, { dest: at('a'), content: 'why', validate }, here)
    const [outcome] = await apply(plan, here)
    expect(outcome?.stderr).toMatch(/^why.*\/no\/such\/file/)
  })

  test('probes many files at once, and changes nothing', async () => {
    await writeFile(at('same'), 'x')
    await writeFile(at('other'), 'y')
    await writeFile(at('sam'), 'z')
    const before = await snapshot(folder)
    const all = await observeAll(
      copy,
      ['same', 'other', 'sam', 'missing'].map((name) => ({ dest: at(name), content: 'x' })),
      here,
    )
    expect(all.map(({ plan }) => plan[0]?.diff?.before)).toEqual([undefined, 'y', 'z', ''])
    expect(all[0]!.plan).toEqual([])
    expect(await snapshot(folder)).toEqual(before)
  })

  test.each(['with space', "it's", 'back\\slash', '$HOME `id`', '-n', 'ünïcode', '*'])(
    'manages a file named %j',
    async (name) => {
      await writeFile(at('decoy'), 'decoy')
      const args = { dest: at(name), content: 'one' }
      await expectConverges(copy, args, here)
      await expectInState(copy, args, here)
      const { plan } = await expectConverges(copy, { ...args, content: 'two' }, here)
      expect(plan[0]!.diff).toMatchObject({ before: 'one', after: 'two' })
      expect((await readdir(folder)).sort()).toEqual(['decoy', name].sort())
    },
  )

  test('writes any text exactly', async () => {
    const piece = fc.constantFrom(
      "'",
      '"',
      '\\',
      '\\n',
      '%s',
      '$(id)',
      '`',
      '\n',
      '\r\n',
      '\t',
      'é',
      '😀',
      '\u2028',
      ' ',
    )
    const content = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece).map((all) => all.join('')),
    )
    const property = fc.asyncProperty(content, async (text) => {
      await rm(at('a'), { force: true })
      await expectConverges(copy, { dest: at('a'), content: text }, here)
      expect(await readFile(at('a'))).toEqual(Buffer.from(text))
    })
    await fc.assert(property, { numRuns: runs(60) })
  })

  test('writes any bytes exactly, in script or by upload', async () => {
    const property = fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
      await rm(at('a'), { force: true })
      await expectConverges(copy, { dest: at('a'), src: 'f' }, { ...here, files: { f: bytes } })
      expect(Uint8Array.from(await readFile(at('a')))).toEqual(bytes)
    })
    await fc.assert(property, { numRuns: runs(30) })
  })

  test.each([
    ['64 KiB of text', Buffer.from('é'.repeat(32 * 1024)), 'script'],
    ['more text', Buffer.from(`${'é'.repeat(32 * 1024)}.`), 'upload'],
    ['a NUL', Buffer.from('a\0b'), 'upload'],
    ['bytes that are no UTF-8', Buffer.from([0x61, 0xff]), 'upload'],
  ])('sends %s on the right way', async (_, bytes, way) => {
    const { plan } = await expectConverges(
      copy,
      { dest: at('a'), src: 'f' },
      { ...here, files: { f: bytes } },
    )
    expect(sha256(await readFile(at('a')))).toBe(sha256(bytes))
    const upload = plan[0]!.upload
    expect(upload === undefined).toBe(way === 'script')
    expect(plan[0]!.diff === undefined).toBe(way === 'upload')
    if (upload) {
      expect(plan[0]!.summary).toBe(`${at('a')}: created (${bytes.length} bytes, not shown)`)
      await expect(stat(upload.path)).rejects.toThrow('ENOENT')
    }
    expect(await readdir(folder)).toEqual(['a'])
  })

  test('shows no diff of what replaces a large or a binary file', async () => {
    for (const old of [Buffer.alloc(64 * 1024 + 1, 'x'), Buffer.from('a\0b')]) {
      await writeFile(at('a'), old)
      const { plan } = await expectConverges(copy, { dest: at('a'), content: 'small' }, here)
      expect(plan[0]).toMatchObject({ summary: `${at('a')}: new content (5 bytes, not shown)` })
      expect(plan[0]!.diff).toBeUndefined()
    }
  })

  test('a template is its rendered text', async () => {
    const rendered = { ...here, templates: { 'index.html.hbs': '<h1>www.RS1.com</h1>\n' } }
    const args = { src: 'index.html.hbs', dest: at('index.html'), mode: '0600' }
    await expectConverges(template, args, rendered)
    expect(await readFile(at('index.html'), 'utf8')).toBe('<h1>www.RS1.com</h1>\n')
    expect(await bits(at('index.html'))).toBe('600')
  })
})

test.each([
  [{ dest: '/a', content: '' }, true],
  [{ dest: '/a', src: 'f', mode: '0644' }, true],
  [{ dest: '/a', content: '', mode: 644 }, false],
  [{ dest: '/a', content: '', mode: 'u+x' }, false],
  [{ dest: '/a', content: '', mode: '0999' }, false],
  [{ dest: 'a', content: '' }, false],
  [{ dest: '/a/', content: '' }, false],
  [{ dest: '/a\nb', content: '' }, false],
  [{ dest: '/a' }, false],
  [{ dest: '/a', src: 'f', content: '' }, false],
  [{ dest: '/a', content: '', validate: 'visudo -c' }, false],
  [{ dest: '/a', content: '', moed: '0644' }, false],
])('the schema on %j: %s', (args, valid) => {
  expect(isValid(copy, args)).toBe(valid)
})

test('two names of one file have one key', () => {
  const keys = ['/etc/motd', '/etc//motd', '/etc/./motd'].map((dest) =>
    copy.key(copy.want({ dest, content: '' }, undefined as never)),
  )
  expect(new Set(keys).size).toBe(1)
})

describe.runIf(root)('as a user who may not do all', () => {
  const here = { shell: ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', 'sh'] }

  test('writes a file of their own', async () => {
    await chown(folder, 65534, 65534)
    await expectConverges(copy, { dest: at('a'), content: 'one' }, here)
    await expectConverges(copy, { dest: at('a'), content: 'two' }, here)
  })

  test('says that a file cannot be read', async () => {
    await chmod(folder, 0o755)
    await writeFile(at('a'), 'secret', { mode: 0o600 })
    await expect(observe(copy, { dest: at('a'), content: 'x' }, here)).rejects.toThrow(
      `${at('a')} cannot be read`,
    )
  })

  test('says that the folder may not be written, and leaves nothing behind', async () => {
    await chmod(folder, 0o755)
    await writeFile(at('a'), 'old')
    const before = await snapshot(folder)
    const { plan } = await observe(copy, { dest: at('a'), content: 'new' }, here)
    const [outcome] = await apply(plan, here)
    expect(outcome?.status).toBe(1)
    expect(outcome?.stderr).toMatch(/Permission denied/)
    expect(await snapshot(folder)).toEqual(before)
  })

  test('says that the owner may not be changed', async () => {
    await chown(folder, 65534, 65534)
    const { plan } = await observe(copy, { dest: at('a'), content: 'x', owner: 'root' }, here)
    const [outcome] = await apply(plan, here)
    expect(outcome?.stderr).toMatch(/Operation not permitted/)
    expect(await readdir(folder)).toEqual([])
  })
})
