import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Files, findPlaybook, isFile, readText } from '../../src/site/files.js'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'dr-play-files-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const at = { file: 'site.yml', line: 1, col: 1 }
const make = (...paths: string[]) => {
  for (const path of paths) {
    mkdirSync(dirname(join(dir, path)), { recursive: true })
    writeFileSync(join(dir, path), path)
  }
}
/** The user stands in cwd/, the package is in package/. */
const files = (playbook: string) =>
  new Files(join(dir, playbook), join(dir, 'package'), join(dir, 'cwd'))

describe('a template', () => {
  // The playbook, the files there are, the one that is taken.
  it.each<[string, string, string[], string | undefined]>([
    [
      'beside the playbook',
      'cwd/site.yml',
      ['cwd/templates/t', 'package/templates/t'],
      'cwd/templates/t',
    ],
    ['with its ending', 'cwd/site.yml', ['cwd/templates/t.hbs'], 'cwd/templates/t.hbs'],
    [
      'in the folder above',
      'cwd/playbooks/site.yml',
      ['cwd/templates/t', 'package/templates/t'],
      'cwd/templates/t',
    ],
    [
      'beside, before above',
      'cwd/playbooks/site.yml',
      ['cwd/templates/t', 'cwd/playbooks/templates/t'],
      'cwd/playbooks/templates/t',
    ],
    ['in the package', 'cwd/site.yml', ['package/templates/t'], 'package/templates/t'],
    [
      'the user’s own, for a playbook of the package',
      'package/playbooks/site.yml',
      ['cwd/templates/t', 'package/templates/t'],
      'cwd/templates/t',
    ],
    [
      'the package’s, for its own playbook',
      'package/playbooks/site.yml',
      ['package/templates/t'],
      'package/templates/t',
    ],
    [
      'in the role first',
      'cwd/site.yml',
      ['cwd/roles/r/templates/t', 'cwd/templates/t'],
      'cwd/roles/r/templates/t',
    ],
    [
      'not where the user stands, for a playbook elsewhere',
      'else/site.yml',
      ['cwd/templates/t'],
      undefined,
    ],
  ])('%s', (_, playbook, there, want) => {
    make(...there, playbook)
    const find = () => files(playbook).file('templates', 't', join(dir, 'cwd/roles/r'), at)
    if (want === undefined) expect(find).toThrow('there is no template "t"')
    else expect(find()).toBe(join(dir, want))
  })

  it('may be absolute', () => {
    make('x/y')
    expect(files('cwd/site.yml').file('files', join(dir, 'x/y'), undefined, at)).toBe(
      join(dir, 'x/y'),
    )
    expect(() => files('cwd/site.yml').file('files', join(dir, 'x/z'), undefined, at)).toThrow(
      'there is no file',
    )
  })
})

describe('a role', () => {
  it.each<[string, string, string[], string]>([
    [
      'beside the playbook',
      'cwd/site.yml',
      ['cwd/roles/r/tasks/main.yml', 'package/roles/r/tasks/main.yml'],
      'cwd/roles/r',
    ],
    ['above', 'cwd/playbooks/site.yml', ['cwd/roles/r/tasks/main.yml'], 'cwd/roles/r'],
    [
      'the user’s, for a playbook of the package',
      'package/playbooks/site.yml',
      ['cwd/roles/r/tasks/main.yml', 'package/roles/r/tasks/main.yml'],
      'cwd/roles/r',
    ],
    ['the package’s', 'cwd/site.yml', ['package/roles/r/tasks/main.yml'], 'package/roles/r'],
  ])('%s', (_, playbook, there, want) => {
    make(...there, playbook)
    const all = files(playbook)
    expect(all.role('r', at)).toBe(join(dir, want))
    expect([...all.taken]).toEqual([['role r', join(dir, want)]])
  })

  it('that is nowhere: where it was looked for', () => {
    expect(() => files('cwd/site.yml').role('gone', at)).toThrow(
      expect.objectContaining({
        message: 'there is no role "gone"',
        hint: `looked in ${join(dir, 'cwd/roles')}, ${join(dir, 'roles')}, ${join(dir, 'package/roles')}`,
      }),
    )
  })
})

describe('findPlaybook', () => {
  it.each<[string, string[], string, string]>([
    ['as it is', ['cwd/site.yml', 'cwd/playbooks/site.yml'], 'site.yml', 'site.yml'],
    [
      'in ./playbooks',
      ['cwd/playbooks/site.yml', 'package/playbooks/site.yml'],
      'site.yml',
      'playbooks/site.yml',
    ],
    ['in the package', ['package/playbooks/site.yml'], 'site.yml', 'PACKAGE/playbooks/site.yml'],
    [
      'in the package, with its folder',
      ['package/playbooks/site.yml'],
      'playbooks/site.yml',
      'PACKAGE/playbooks/site.yml',
    ],
    [
      'a folder is none',
      ['cwd/site.yml/x', 'package/playbooks/site.yml'],
      'site.yml',
      'PACKAGE/playbooks/site.yml',
    ],
  ])('%s', (_, there, name, want) => {
    make(...there)
    const found = findPlaybook(name, join(dir, 'package'), join(dir, 'cwd'))
    expect(found).toBe(want.replace('PACKAGE', join(dir, 'package')))
  })

  it('nowhere', () => {
    expect(() => findPlaybook('no.yml', join(dir, 'package'), dir)).toThrow(
      'there is no playbook "no.yml"',
    )
  })
})

it('what cannot be read is an error with its name', () => {
  expect(() => readText(join(dir, 'gone'))).toThrow('gone": there is no such file')
  expect(() => readText(dir)).toThrow(`cannot read "${dir}"`)
  expect(isFile(dir)).toBe(false)
})
