import {
  chmod,
  lstat,
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
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { file } from '../../src/resources/file.js'
import {
  apply,
  expectConverges,
  expectInState,
  isValid,
  observe,
  observeAll,
  snapshot,
} from '../support/converge.js'
import { shells } from '../support/form.js'

const root = process.getuid?.() === 0

let folder: string
const at = (name: string) => path.join(folder, name)
const bits = async (name: string) => ((await stat(at(name))).mode & 0o7777).toString(8)

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'dr-play-test-'))
})
afterEach(() => rm(folder, { recursive: true }))

describe.each(shells)('in %s', (shell) => {
  const here = { shell: [shell] }

  test.each([
    ['a folder', { state: 'directory' }, '755'],
    ['a private folder', { state: 'directory', mode: '0700' }, '700'],
    ['a shared folder', { state: 'directory', mode: '2775' }, '2775'],
    ['an empty file', { state: 'touch' }, '644'],
    ['a private file', { state: 'touch', mode: '0600' }, '600'],
  ] as const)('creates %s', async (_, args, mode) => {
    await expectConverges(file, { path: at('x'), ...args }, here)
    expect(await bits('x')).toBe(mode)
    await expectInState(file, { path: at('x'), ...args }, here)
  })

  test('creates a folder with its parents', async () => {
    const args = { path: at('a/b/c/'), state: 'directory', mode: '0700' } as const
    const { plan } = await expectConverges(file, args, here)
    expect(plan.map(({ summary }) => summary)).toEqual([`${at('a/b/c')}: folder created`])
    expect([await bits('a'), await bits('a/b/c')]).toEqual(['755', '700'])
  })

  test('takes the set-group-id bit from a folder', async () => {
    await mkdir(at('x'))
    await chmod(at('x'), 0o2755)
    const { plan } = await expectConverges(
      file,
      { path: at('x'), state: 'directory', mode: '755' },
      here,
    )
    expect(plan.map(({ summary }) => summary)).toEqual([`${at('x')}: mode 2755 -> 0755`])
  })

  test('touch and file leave content alone', async () => {
    await writeFile(at('x'), 'precious')
    await expectInState(file, { path: at('x'), state: 'touch' }, here)
    await expectConverges(file, { path: at('x'), mode: '0604' }, here)
    expect(await readFile(at('x'), 'utf8')).toBe('precious')
    expect(await bits('x')).toBe('604')
  })

  test.runIf(root)('sets owner and group', async () => {
    const args = { path: at('x'), state: 'directory', owner: 'daemon', group: 'bin' } as const
    await expectConverges(file, args, here)
    expect(await stat(at('x'))).toMatchObject({ uid: 1, gid: 2 })
    await expectInState(file, { ...args, owner: '1', group: '2' }, here)
  })

  test('a file that does not exist is planned, and fails when it is still missing', async () => {
    const { plan } = await observe(file, { path: at('x'), mode: '0600' }, here)
    expect(await apply(plan, here)).toMatchObject([
      { status: 1, stderr: `${at('x')} does not exist\n` },
    ])
    await writeFile(at('x'), '')
    expect(await apply(plan, here)).toMatchObject([{ status: 0 }])
    expect(await bits('x')).toBe('600')
  })

  test('follows a link to what is managed', async () => {
    await mkdir(at('real'))
    await symlink('real', at('link'))
    await expectConverges(file, { path: at('link'), state: 'directory', mode: '0711' }, here)
    expect(await bits('real')).toBe('711')
    expect((await lstat(at('link'))).isSymbolicLink()).toBe(true)
  })

  test('makes a link, and leads it elsewhere', async () => {
    const args = { path: at('link'), state: 'link' } as const
    await expectConverges(file, { ...args, src: 'missing' }, here)
    await expectInState(file, { ...args, src: 'missing' }, here)
    await mkdir(at('real'))
    await expectConverges(file, { ...args, src: at('real') }, here)
    await expectConverges(file, { ...args, src: "it's a\\b" }, here)
    expect(await readlink(at('link'))).toBe("it's a\\b")
    expect((await readdir(folder)).sort()).toEqual(['link', 'real'])
    expect(await readdir(at('real'))).toEqual([])
  })

  test('leaves alone what somebody has put in the place of a link, or where there was none', async () => {
    const args = (name: string) => ({ path: at(name), state: 'link', src: 'ours' }) as const
    for (const name of ['led', 'replaced', 'removed']) await symlink('old', at(name))
    const names = ['led', 'replaced', 'removed', 'file', 'link']
    const plans = await Promise.all(names.map((name) => observe(file, args(name), here)))
    await Promise.all(names.slice(0, 3).map((name) => rm(at(name))))
    await symlink('theirs', at('led'))
    await writeFile(at('replaced'), 'by hand')
    await writeFile(at('file'), 'by hand')
    await symlink('theirs', at('link'))
    const before = await snapshot(folder)
    for (const { plan } of plans) {
      const [outcome] = await apply(plan, here)
      expect(outcome?.status).toBe(1)
      expect(outcome?.stderr).toMatch(/ changed since it was read: nothing was overwritten/)
    }
    expect(await snapshot(folder)).toEqual(before)
  })

  test('removes a file, a folder with all in it, and a link but not what it leads to', async () => {
    await mkdir(at('a/b'), { recursive: true })
    await writeFile(at('a/b/c'), '')
    await mkdir(at('real'))
    await writeFile(at('real/kept'), '')
    await symlink('real', at('link'))
    await symlink('nowhere', at('dangling'))
    await writeFile(at('file'), '')
    const removed = []
    for (const name of ['a', 'link/', 'dangling', 'file']) {
      const { plan } = await expectConverges(file, { path: at(name), state: 'absent' }, here)
      removed.push(plan[0]?.summary)
    }
    expect(removed).toEqual([
      `${at('a')}: folder removed`,
      `${at('link')}: link removed`,
      `${at('dangling')}: link removed`,
      `${at('file')}: file removed`,
    ])
    expect(await readdir(folder)).toEqual(['real'])
    expect(await readdir(at('real'))).toEqual(['kept'])
    await expectInState(file, { path: at('a'), state: 'absent' }, here)
  })

  test.each(['/', '//', '/etc/..', '/.'])('refuses to remove %s', async (path) => {
    await expect(observe(file, { path, state: 'absent' }, here)).rejects.toThrow('/ is not to be')
  })

  test.each([
    ['directory', 'is a file, not a folder'],
    ['link', 'is a file, not a link'],
  ] as const)('refuses to make a file a %s', async (state, message) => {
    await writeFile(at('x'), '')
    const src = state === 'link' ? 'y' : undefined
    await expect(
      observe(file, { path: at('x'), state, ...(src && { src }) }, here),
    ).rejects.toThrow(message)
  })

  test('probes all kinds at once, and changes nothing', async () => {
    await mkdir(at('folder'))
    await writeFile(at('file'), '')
    await symlink('folder', at('link'))
    const before = await snapshot(folder)
    const all = await observeAll(
      file,
      [
        { path: at('folder'), state: 'directory' },
        { path: at('link'), state: 'link', src: 'folder' },
        { path: at('link'), state: 'directory' },
        { path: at('link'), state: 'absent' },
        { path: at('missing'), state: 'absent' },
        { path: at('file'), state: 'touch' },
      ],
      here,
    )
    expect(all.map(({ plan }) => plan.length)).toEqual([0, 0, 0, 1, 0, 0])
    expect(await snapshot(folder)).toEqual(before)
  })
})

test.each([
  [{ path: '/a' }, true],
  [{ path: '/a', state: 'link', src: 'b' }, true],
  [{ path: 'a', state: 'absent' }, false],
  [{ path: '', state: 'absent' }, false],
  [{ path: '/a', state: 'gone' }, false],
  [{ path: '/a', src: 'b' }, false],
  [{ path: '/a', state: 'directory', mode: 755 }, false],
])('the schema on %j: %s', (args, valid) => {
  expect(isValid(file, args)).toBe(valid)
})

test('a link without src is refused', async () => {
  await expect(observe(file, { path: '/a', state: 'link' })).rejects.toThrow('/a: a link needs')
})
