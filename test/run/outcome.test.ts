import { readFile } from 'node:fs/promises'
import { describe, expect } from 'vitest'
import { test } from '../support/play.js'

const yaml = `
- hosts: all
  tasks:
    - { name: writes, copy: { dest: '{{dir}}/hosts/a', content: new, backup: true }, register: file }
    - { name: tells, debug: { msg: '{{file.backup_file}}' }, when: file.changed }
`

describe('where the old file is', () => {
  test('is known to later tasks, once there is one', async ({ site }) => {
    await site.write({ 'hosts/a': 'old' })
    const { tasks } = await site.play(yaml)
    const told = tasks.find(({ task }) => task === 'tells')!.message!
    expect(await readFile(told, 'utf8')).toBe('old')
    const { story } = await site.play(yaml)
    expect(story).toEqual(['here writes: ok', 'here tells: skipped'])
  })

  test('is not known in a check run', async ({ site }) => {
    await site.write({ 'hosts/a': 'old' })
    const { story } = await site.play(yaml, { check: true })
    expect(story).toEqual(['here writes: changed', 'here tells: skipped'])
  })
})
