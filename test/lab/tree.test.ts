import { mkdtempSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { masked, program, write } from '../../src/lab/tree.js'

let root: string
let umask: number

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tree-'))
  umask = process.umask(0o077)
})

afterEach(() => {
  process.umask(umask)
  rmSync(root, { recursive: true })
})

it("writes files, folders and links with their modes, whatever the user's umask", async () => {
  await write(root, {
    'etc/a/b.conf': 'text\n',
    'usr/sbin/tool': program('#!/bin/sh\n'),
    'etc/key': { text: 'secret', mode: 0o600 },
    tmp: { dir: 0o1777 },
    'etc/unit': masked,
  })
  const mode = (path: string) => (statSync(join(root, path)).mode & 0o7777).toString(8)
  const paths = ['etc', 'etc/a', 'etc/a/b.conf', 'usr/sbin', 'usr/sbin/tool', 'etc/key', 'tmp']
  expect(paths.map(mode)).toEqual(['755', '755', '644', '755', '755', '600', '1777'])
  expect(readFileSync(join(root, 'etc/a/b.conf'), 'utf8')).toBe('text\n')
  expect(readlinkSync(join(root, 'etc/unit'))).toBe('/dev/null')
})
