import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { packageDir } from '../../src/cli/package-dir.js'
import { drPlay, drPlayIn } from '../support/command-line.js'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'dr-play-cli-'))
  writeFileSync(join(dir, 'inventory'), '[web]\na\nb\n')
  writeFileSync(
    join(dir, 'play.yml'),
    `- hosts: web\n  tasks: [{ name: t, copy: { dest: ${dir}/out, content: x }, tags: x }]\n`,
  )
})
afterEach(() => rmSync(dir, { recursive: true }))

const play = (...args: string[]) =>
  drPlayIn(dir)('play.yml', '-i', 'inventory', '-c', 'local', ...args)

describe('dr-play', () => {
  it('--version', async () => {
    const manifest = readFileSync(join(packageDir, 'package.json'), 'utf8')
    const { version } = JSON.parse(manifest) as { version: string }
    expect(await drPlay('--version')).toEqual({ exit: 0, stdout: `${version}\n`, stderr: '' })
  })

  it('--help names every flag of ansible-playbook that we have', async () => {
    const { exit, stdout } = await drPlay('--help')
    expect(exit).toBe(0)
    for (const flag of '-i -l -C -D -f -e -t --skip-tags -u --private-key -b -v -K -k --list-hosts --list-tasks --syntax-check --known-hosts --host-key-checking --check-hosts --output'.split(
      ' ',
    )) {
      expect(stdout).toContain(` ${flag}`)
    }
  })

  it.each<[string, string[], string]>([
    ['no playbook', [], 'missing required argument'],
    ['an unknown flag', ['x.yml', '--chekc'], '--check'],
    ['a wrong number', ['x.yml', '-f', 'many'], "'many' is invalid. It must be a number above 0."],
    ['a wrong choice', ['x.yml', '--host-key-checking', 'maybe'], 'accept-new'],
    ['no inventory', ['play.yml'], 'no inventory is given'],
    [
      'a playbook that is nowhere',
      ['gone.yml', '-i', 'inventory'],
      'there is no playbook "gone.yml"',
    ],
  ])('%s: exit 1', async (_, args, message) => {
    const { exit, stdout, stderr } = await drPlayIn(dir)(...args)
    expect(exit).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toContain(message)
  })

  it('lists hosts and tasks, and does nothing', async () => {
    const { exit, stdout } = await play('--list-hosts', '--list-tasks', '-l', 'a')
    expect(exit).toBe(0)
    expect(stdout).toContain('hosts (1):\n      a\n')
    expect(stdout).toContain('t\tTAGS: [x]')
    expect(() => readFileSync(join(dir, 'out'))).toThrow()
  })

  it('--syntax-check finds what is wrong, with exit 1', async () => {
    expect((await play('--syntax-check')).exit).toBe(0)
    writeFileSync(join(dir, 'play.yml'), '- hosts: web\n  tasks: [{ debgu: { msg: x } }]\n')
    const { exit, stderr } = await play('--syntax-check')
    expect(exit).toBe(1)
    expect(stderr).toContain('did you mean "debug"?')
  })

  it('--check --output json: events alone, the recap last', async () => {
    const { exit, stdout, stderr } = await play('--check', '--output', 'json')
    expect({ exit, stderr }).toEqual({ exit: 3, stderr: '' })
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(events[0]!.event).toBe('run')
    expect(events.at(-1)).toMatchObject({
      event: 'recap',
      hosts: {
        a: { ok: 0, changed: 1, skipped: 0, failed: 0, unreachable: 0, trips: 1 },
        b: { ok: 0, changed: 1, skipped: 0, failed: 0, unreachable: 0, trips: 1 },
      },
      exit: 3,
    })
  })

  it('-v says which files were taken, to stderr', async () => {
    const { stderr } = await play('--check', '-v')
    expect(stderr).toBe('playbook: play.yml\ninventory: inventory\n')
  })

  it('runs one playbook after the other, and the worst of the ends is the end', async () => {
    writeFileSync(join(dir, 'good.yml'), '- hosts: web\n  tasks: [{ debug: { msg: well } }]\n')
    const { exit, stdout } = await play('good.yml', '--check')
    expect(exit).toBe(3)
    expect(stdout).toContain('well')
  })

  it('what is shipped fits the example inventory', async () => {
    const example = join(packageDir, 'inventory.example.ini')
    const { exit, stderr } = await drPlayIn(dir)('site.yml', '-i', example, '--syntax-check')
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' })
  })
})
