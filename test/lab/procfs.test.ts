import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { identify, isAlive, kill, lineage, processes } from '../../src/lab/procfs.js'

it('knows a process from a later one with its number', () => {
  const self = identify(process.pid)!
  expect(isAlive(self)).toBe(true)
  expect(isAlive({ ...self, started: '1' })).toBe(false)
})

it('signals only the process that was meant', async () => {
  const child = spawn('sleep', ['60'])
  const id = identify(child.pid!)!
  kill({ ...id, started: '1' }, 'SIGKILL')
  expect(isAlive(id)).toBe(true)
  kill(id, 'SIGKILL')
  expect(await once(child, 'exit')).toEqual([null, 'SIGKILL'])
  expect(isAlive(id)).toBe(false)
})

it('finds the parents of a process', () => {
  const found = lineage(processes(), process.pid)
  expect(found).toContain(process.pid)
  expect(found).toContain(process.ppid)
})
