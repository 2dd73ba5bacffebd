import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { Secret } from '../../src/core/sh.js'
import { pack, unpack } from '../../src/queue/bundle.js'
import { Recording } from '../../src/queue/recording.js'
import { machine } from '../../src/site/disk.js'

const dir = mkdtempSync(join(tmpdir(), 'dr-play-bundle-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

it('answers elsewhere what was asked here, and no more', () => {
  writeFileSync(join(dir, 'a.yml'), 'a: 1\n')
  writeFileSync(join(dir, 'b'), Buffer.from([0, 255, 10]))
  writeFileSync(join(dir, 'script'), '#!/bin/sh\necho "$@" $$\n', { mode: 0o755 })
  const asked = new Recording(machine, dir)
  const a = join(dir, 'a.yml')
  asked.bytes(a)
  asked.bytes(join(dir, 'b'))
  asked.names(dir)
  expect(asked.isExecutable(join(dir, 'script'))).toBe(true)
  const printed = asked.run(join(dir, 'script'), ['--list'])
  const packed = pack(asked, { password: new Secret('s') })
  rmSync(dir, { recursive: true })

  const { disk, cwd, given } = unpack(packed)
  expect(cwd).toBe(dir)
  expect((given as { password: Secret }).password.reveal()).toBe('s')
  expect(disk.bytes('a.yml').toString()).toBe('a: 1\n')
  expect([...disk.bytes(join(dir, 'b'))]).toEqual([0, 255, 10])
  expect(disk.kind(a)).toBe('file')
  expect(disk.kind(dir)).toBe('folder')
  expect(disk.kind('/etc/passwd')).toBeUndefined()
  expect(disk.names(dir).sort()).toEqual(['a.yml', 'b', 'script'])
  expect(disk.run(join(dir, 'script'), ['--list'])).toBe(printed)
  expect(() => disk.run(join(dir, 'script'), ['--host', 'x'])).toThrow(
    'not among what the run sent',
  )
  expect(() => disk.bytes('/etc/passwd')).toThrow('not among what the run sent')
})

it('is refused when it is too large, with what is large in it', () => {
  const asked = new Recording({ ...machine, bytes: () => Buffer.alloc(40 << 20) }, '/')
  asked.bytes('/one')
  asked.bytes('/two')
  expect(() => pack(asked, {})).toThrow('too large for the queue: 80 MB of 64 MB')
})
