import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasReferee } from '../site/referee.js'
import { drPlayIn } from '../support/command-line.js'
import { PATH } from '../support/no-lock.js'
import { MAIN } from '../support/program.js'

const dir = mkdtempSync(join(tmpdir(), 'dr-play-vault-'))
afterAll(() => rmSync(dir, { recursive: true }))

function write(name: string, text: string): void {
  mkdirSync(dirname(join(dir, name)), { recursive: true })
  writeFileSync(join(dir, name), text)
  if (text.startsWith('#!')) chmodSync(join(dir, name), 0o755)
}

const env = { PATH, HOME: dir, ANSIBLE_LOCAL_TEMP: dir }
const drPlay = drPlayIn(dir)

function ansibleVault(...args: string[]): string {
  const options = { cwd: dir, encoding: 'utf8', env } as const
  const { status, stdout, stderr } = spawnSync('ansible-vault', args, options)
  expect(status, stderr).toBe(0)
  return stdout
}
const seal = (name: string, text: string, ...flags: string[]) => {
  write(name, text)
  ansibleVault('encrypt', name, ...flags)
}
const sealString = (name: string, value: string) =>
  ansibleVault('encrypt_string', '--vault-id', 'dev@dev.pw', '--name', name, value)
    .trimEnd()
    .replaceAll(/^/gm, '    ')

const ALL = ['--vault-id', 'dev@dev.pw', '--vault-password-file', 'pw']

describe.runIf(hasReferee)('sealed files', () => {
  beforeAll(() => {
    write('pw', '  pass word\n')
    write('dev.pw', 'dev\r\n')
    write('none.pw', '\n')
    write('wrong.pw', 'wr0ng-one')
    write('program', `#!/bin/sh\n[ $# = 0 ] && echo 'pass word'\n`)
    write('keys-client.sh', `#!/bin/sh\n[ "$*" = '--vault-id dev' ] && echo dev\n`)
    write('fails', '#!/bin/sh\nexit 7\n')
    seal('inventory', 'here ansible_connection=local word=from-inventory\n', '--vault-id', 'pw')
    seal('group_vars/all/vault.yml', 'in_group: gr0up-secret\n', '--vault-id', 'dev@dev.pw')
    seal('host_vars/here', 'in_host: h0st-secret\n', '--vault-password-file', 'pw')
    seal('extra.yml', 'in_extra: extra-secret\n', '--vault-id', 'dev@dev.pw')
    seal('tasks.yml', '- debug: {msg: "{{ in_group }} {{ in_host }}"}\n', '--vault-id', 'pw')
    write(
      'play.yml',
      `- hosts: all\n  vars:\n${sealString('inline', 'inl{{ne')}\n  tasks:
    - debug: {msg: "{{ inline }} {{ in_extra }} {{ word }}"}\n    - import_tasks: tasks.yml\n`,
    )
    write(
      'bad.yml',
      `- hosts: all\n  vars:\n${sealString('batch', 'batch-secret')}\n  serial: "{{ batch }}"\n`,
    )
    write('plain', 'here ansible_connection=local\n')
  })
  const play = (...flags: string[]) =>
    drPlay('play.yml', '-i', 'inventory', '-e', '@extra.yml', '-v', ...flags)

  it.each([
    [ALL],
    [['--vault-password-file', 'program', '--vault-id', 'dev@keys-client.sh']],
    [['--vault-password-file', 'wrong.pw', ...ALL]],
    [['--vault-id', 'pw', '--vault-id', 'other@dev.pw']],
  ])('are read with %j', async (flags) => {
    const { exit, stdout, stderr } = await play(...flags)
    expect(stderr).not.toContain('error')
    expect(exit).toBe(0)
    expect(stdout).toContain('inl{{ne extra-secret from-inventory')
    expect(stdout).toContain('gr0up-secret h0st-secret')
  })

  it.each([
    [[], 'extra.yml:1:1: this is sealed by Ansible Vault, and no password is given'],
    [['--vault-id', 'dev@wrong.pw'], 'no vault password opens this, which was sealed as "dev"'],
    [['--vault-id', 'dev@dev.pw'], 'inventory:1:1: no vault password opens this'],
    [['--vault-password-file', 'nowhere'], 'cannot read "nowhere": there is no such file'],
    [['--vault-password-file', 'none.pw'], '--vault-password-file none.pw: the password is empty'],
    [['--vault-password-file', 'fails'], 'cannot run the vault password file "fails": exit code 7'],
    [['--ask-vault-pass'], 'Vault password: there is no terminal to ask on'],
    [['--vault-id', 'dev@prompt'], 'Vault password (dev): there is no terminal to ask on'],
  ])('%j is an error', async (flags, message) => {
    const { exit, stdout, stderr } = await play(...flags)
    expect(stderr).toContain(message)
    expect(`${stdout}${stderr}`).not.toMatch(/wr0ng-one|secret|pass word/)
    expect(exit).toBe(1)
  })

  it('an error quotes nothing that was sealed', async () => {
    const { exit, stderr } = await drPlay('bad.yml', '-i', 'plain', ...ALL)
    expect(stderr).toContain('serial cannot be [vault]')
    expect(exit).toBe(1)
  })

  describe('as src of copy and template', () => {
    const VALID = '{"validate": "true %s"}'
    const key = Buffer.from([0, 255, 10, 36, 65])
    const dest = (name: string) => join(dir, 'dest', name)
    const play = (...flags: string[]) =>
      drPlay('src/play.yml', '-i', 'src/hosts', '--diff', '-v', '-e', 'word=w0rd', ...flags)

    beforeAll(() => {
      mkdirSync(join(dir, 'dest'))
      write('src/hosts', 'here ansible_connection=local\n')
      writeFileSync(join(dir, 'src/key.bin'), key)
      ansibleVault('encrypt', 'src/key.bin', '--vault-id', 'pw')
      seal('src/files/token', 'tok3n-one\n', '--vault-id', 'dev@dev.pw')
      seal('src/templates/conf.hbs', 'pass=c0nf-{{ word }}\n', '--vault-id', 'pw')
      write(
        'src/play.yml',
        `- hosts: all\n  tasks:
    - copy: {src: key.bin, dest: "${dest('key')}"}
    - copy: {src: token, dest: "${dest('token')}", mode: "0600"}
    - template: {src: conf.hbs, dest: "${dest('conf')}", validate: "{{ validate }}"}
`,
      )
    })

    it('they are opened, byte by byte, and nothing of them is shown', async () => {
      const { exit, stdout, stderr } = await play('-e', VALID, ...ALL)
      expect(exit, stderr).toBe(0)
      expect(readFileSync(dest('key'))).toEqual(key)
      expect(readFileSync(dest('token'), 'utf8')).toBe('tok3n-one\n')
      expect(readFileSync(dest('conf'), 'utf8')).toBe('pass=c0nf-w0rd\n')
      expect(stdout).toContain(`${dest('token')}: created (sealed, not shown)`)
      expect(`${stdout}${stderr}`).not.toMatch(/tok3n|c0nf/)
    })

    it('what was there before is not shown either', async () => {
      writeFileSync(dest('token'), 'tok3n-old\n')
      const { exit, stdout } = await play('-e', VALID, '--check', ...ALL)
      expect(exit).toBe(3)
      expect(stdout).toContain(`${dest('token')}: new content (sealed, not shown)`)
      expect(stdout).not.toMatch(/tok3n|c0nf/)
    })

    it('the words of a validation are hidden', async () => {
      writeFileSync(dest('conf'), 'old\n')
      const { exit, stdout, stderr } = await play(
        '-e',
        JSON.stringify({ validate: `sh -c 'cat %s; exit 1'` }),
        ...ALL,
      )
      expect(exit).toBe(2)
      expect(`${stdout}${stderr}`).toContain('(sealed, not shown): what it says is not shown')
      expect(`${stdout}${stderr}`).not.toMatch(/tok3n|c0nf/)
    })

    it('without the password, nothing is begun', async () => {
      const { exit, stderr } = await play('-e', VALID, '--vault-id', 'pw')
      expect(stderr).toContain(join('files', 'token:1:1: no vault password opens this'))
      expect(exit).toBe(1)
    })
  })

  it.each([
    ['asks on a terminal', 'pass word\r', 0, 'gr0up-secret h0st-secret'],
    ['takes back what is rubbed out', 'pass XY\x7f\x7fword\r', 0, 'gr0up-secret h0st-secret'],
    ['ends at Ctrl-C', 'pass w\x03', 130, 'error: interrupted'],
    ['ends at Ctrl-D', '\x04', 130, 'error: interrupted'],
  ])('%s', async (_, typed, exit, end) => {
    const flags = '--vault-id dev@dev.pw --ask-vault-pass'
    const command = `${process.execPath} ${MAIN} play.yml -i inventory -e @extra.yml ${flags}`
    const options = { cwd: dir, env: { ...env, TERM: 'dumb' } }
    const child = spawn('script', ['-qec', command, '/dev/null'], options)
    let shown = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const asked = shown.includes('Vault password: ')
      shown += text
      if (!asked && shown.includes('Vault password: ')) child.stdin.write(typed)
    })
    expect(await once(child, 'close')).toEqual([exit, null])
    expect(shown).toContain(end)
    expect(shown).not.toMatch(/pass w|XY|\x1b/)
  })
})
