import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '..')
const QUEUE = ['bullmq', 'ioredis']

describe('a build without the optional packages', () => {
  let dir: string
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'dr-play-build-'))
    for (const name of ['src', 'package.json', 'rolldown.config.js']) {
      cpSync(join(ROOT, name), join(dir, name), { recursive: true })
    }
    mkdirSync(join(dir, 'node_modules'))
    for (const name of readdirSync(join(ROOT, 'node_modules'))) {
      if (QUEUE.includes(name)) continue
      symlinkSync(join(ROOT, 'node_modules', name), join(dir, 'node_modules', name))
    }
    const built = spawnSync(join(ROOT, 'node_modules/.bin/rolldown'), ['-c'], { cwd: dir })
    expect(built.stderr.toString()).not.toContain('UNRESOLVED')
    expect(built.status).toBe(0)
  })
  afterAll(() => rmSync(dir, { recursive: true }))

  const drPlay = (...args: string[]) => {
    const argv = [join(dir, 'dist/main.js'), ...args]
    return spawnSync(process.execPath, argv, { cwd: dir, encoding: 'utf8' })
  }

  it('does all but queues', () => {
    expect(drPlay('--version').status).toBe(0)
    expect(drPlay('worker', '--help').status).toBe(0)
  })

  it('says of a queue which packages are missing', () => {
    const { status, stderr } = drPlay('worker', '--queue', 'redis://127.0.0.1:1')
    expect(status).toBe(1)
    expect(stderr).toMatch(/needs the packages bullmq and ioredis.*\n.*npm install/)
  })
})
