import { spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '..')
interface Manifest {
  version: string
  engines: { node: string }
  scripts: Record<'build' | 'prepare', string>
  devDependencies: Record<string, string>
}
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest

/** A package made of this source, installed as `npm i -g` does it, with no registry in reach. */
describe('the package', () => {
  let dir: string
  const run = (cwd: string, command: string, ...args: string[]) =>
    spawnSync(command, args, { cwd, encoding: 'utf8' })
  const drPlay = (...args: string[]) => run(dir, join(dir, 'prefix/bin/dr-play'), ...args)

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'dr-play-package-'))
    const source = join(dir, 'source')
    for (const name of readdirSync(ROOT)) {
      if (['.git', 'dist', 'node_modules', 'test', 'coverage'].includes(name)) continue
      cpSync(join(ROOT, name), join(source, name), { recursive: true })
    }
    symlinkSync(join(ROOT, 'node_modules'), join(source, 'node_modules'))
    const built = run(source, 'node_modules/.bin/rolldown', '-c')
    expect(built.stderr).not.toContain('UNRESOLVED')
    expect(built.status).toBe(0)
    const packed = run(source, 'npm', 'pack', '--ignore-scripts', '--pack-destination', dir)
    expect(packed.status, packed.stderr).toBe(0)
    const file = join(dir, `dr-play-${manifest.version}.tgz`)
    const options = ['--offline', '--cache', join(dir, 'cache'), '--prefix', join(dir, 'prefix')]
    const installed = run(dir, 'npm', 'install', '--global', ...options, file)
    expect(installed.status, installed.stderr).toBe(0)
  })
  afterAll(() => rmSync(dir, { recursive: true }))

  it('needs no other package: what it was tested with is built in', () => {
    expect(readdirSync(join(dir, 'prefix/lib/node_modules'))).toEqual(['dr-play'])
    expect(readdirSync(join(dir, 'prefix/lib/node_modules/dr-play'))).not.toContain('node_modules')
    const licences = readFileSync(
      join(dir, 'prefix/lib/node_modules/dr-play/dist/LICENCES'),
      'utf8',
    )
    for (const name of ['ssh2', 'bullmq', 'handlebars', 'ajv']) {
      expect(licences).toContain(`== ${name} ${manifest.devDependencies[name]!} (`)
    }
  })

  it('does what needs the parts that are built in', () => {
    expect(drPlay('--version').stdout).toBe(`${manifest.version}\n`)
    const inventory = join(dir, 'source/inventory.example.ini')
    expect(drPlay('lint', 'site.yml', '-i', inventory)).toMatchObject({ status: 0, stderr: '' })
    expect(drPlay('schema', 'vars').stdout).toContain('"$schema"')
    // Nothing listens there: what speaks SSH, and what speaks to Redis, is loaded to find that out.
    writeFileSync(join(dir, 'ping.yml'), '- hosts: all\n  tasks: [{ command: id }]\n')
    const run = drPlay('ping.yml', '-i', '127.0.0.1,', '-e', 'ansible_port=1')
    expect([run.status, run.stdout]).toEqual([4, expect.stringContaining('127.0.0.1')])
    writeFileSync(join(dir, 'key'), 'k'.repeat(43))
    const to = ['--queue', 'redis://127.0.0.1:1', '--queue-key-file', join(dir, 'key')]
    const worker = drPlay('worker', ...to)
    expect([worker.status, worker.stderr]).toEqual([1, expect.stringContaining('ECONNREFUSED')])
  })

  it('moves the cursor and colours words only on a terminal that can', () => {
    const play = `- hosts: all\n  gather_facts: false\n  tasks: [{ debug: { msg: hello } }]\n`
    writeFileSync(join(dir, 'hello.yml'), play)
    const onTerminal = (TERM?: string) => {
      const command = 'prefix/bin/dr-play hello.yml -i here, -e ansible_connection=local -D'
      const env = { PATH: process.env.PATH, TERM, DR_PLAY_STATE: join(dir, 'state') }
      const options = { cwd: dir, env, encoding: 'utf8' as const }
      return spawnSync(
        'script',
        ['-qec', `${command}; ${command} --nonsense`, '/dev/null'],
        options,
      )
    }
    for (const TERM of ['dumb', '', undefined]) {
      const { stdout } = onTerminal(TERM)
      expect(stdout).toContain('hello')
      expect(stdout).not.toContain('\x1b')
    }
    expect(onTerminal('xterm').stdout).toMatch(/\x1b\[\d*[A-H][^]*hello/)
  })

  describe.each(['18.19.0', '20.18.3', '12.22.12'])('with Node %s', (version) => {
    const sentence = `error: dr-play needs Node 20.19 or newer, and this is Node ${version}`
    const asIfOld = (cwd: string, command: string, ...args: string[]) => {
      const pretended = `Object.defineProperty(process, 'versions', { value: { node: '${version}' } })`
      writeFileSync(join(dir, 'old.cjs'), pretended)
      const env = { ...process.env, NODE_OPTIONS: `-r ${join(dir, 'old.cjs')}` }
      return spawnSync(command, args, { cwd, env, encoding: 'utf8' })
    }

    it('says that it is too old', () => {
      const { status, stderr } = asIfOld(dir, join(dir, 'prefix/bin/dr-play'), '--version')
      expect([status, stderr.split('\n')[0]]).toEqual([1, sentence])
    })

    it('says so when it is built, as npm ci does it, before anything else is said', () => {
      const source = join(dir, 'source')
      const { status, stderr, stdout } = asIfOld(source, 'sh', '-c', manifest.scripts.build)
      expect([status, stdout, stderr.split('\n')[0]]).toEqual([1, '', sentence])
      expect(manifest.scripts.prepare).toBe('npm run build')
    })
  })

  it('is read by an old Node as far as that sentence: its first file imports no more than Node 12 has', () => {
    const dist = join(dir, 'prefix/lib/node_modules/dr-play/dist')
    const imported = (file: string) =>
      [...readFileSync(file, 'utf8').matchAll(/^import .*?"(.+?)";?$/gm)].map(([, from]) => from!)
    const first = imported(join(dist, 'main.js'))
    expect(first.flatMap((from) => imported(join(dist, from)))).toEqual(['node:module'])
  })

  it('asks npm for the Node that its entry asks for', () => {
    expect(manifest.engines.node).toMatch(/^\^20\.19\.0 \|\|/)
  })
})
