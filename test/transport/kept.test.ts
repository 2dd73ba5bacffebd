import { afterEach, beforeEach, expect, test } from 'vitest'
import { Unreachable } from '../../src/core/errors.js'
import { Sh, sh } from '../../src/core/sh.js'
import type { Session, Target } from '../../src/core/transport.js'
import { KeptConnections } from '../../src/transport/kept.js'
import { localTransport } from '../../src/transport/local.js'
import { target } from './sshd.js'

const { signal } = new AbortController()
const host = (name: string) => target(0, { name, connection: 'local' })

let opened: string[]
let kept: KeptConnections
beforeEach(() => {
  opened = []
  kept = new KeptConnections({
    open(to: Target) {
      opened.push(to.name)
      if (to.name === 'gone') return Promise.reject(new Unreachable('gone'))
      return localTransport.open(to, signal)
    },
  })
})
afterEach(() => kept.close())

/** The pid of the shell that answers. */
async function shellOf(session: Session, step = sh`:`): Promise<number> {
  let pid = ''
  for await (const { stdout } of session.run([sh`echo $$`, step], 'all')) pid += stdout
  return Number(pid)
}

test('who comes later gets the shell that is there, closed or not', async () => {
  const first = await kept.open(host('rs1'), signal)
  const pid = await shellOf(first)
  await first.close()
  const second = await kept.open(host('rs1'), signal)
  expect(await shellOf(second)).toBe(pid)
  expect(await shellOf(first)).toBe(pid)
  expect(opened).toEqual(['rs1'])
  expect([first.trips, second.trips]).toEqual([2, 1])
})

test('each host has its own, and so has one whose address changed', async () => {
  await kept.open(host('rs1'), signal)
  await kept.open(host('rs2'), signal)
  await kept.open({ ...host('rs1'), address: '192.168.139.9' }, signal)
  expect(opened).toEqual(['rs1', 'rs2', 'rs1'])
})

test('two who come at the same time share one', async () => {
  const both = await Promise.all([host('rs1'), host('rs1')].map((to) => kept.open(to, signal)))
  expect(opened).toEqual(['rs1'])
  const [first, second] = await Promise.all(both.map((session) => shellOf(session)))
  expect(first).toBe(second)
})

test('one that broke is opened anew, for everybody who has it', async () => {
  const sessions = [await kept.open(host('rs1'), signal), await kept.open(host('rs1'), signal)]
  const pid = await shellOf(sessions[0]!)
  await expect(shellOf(sessions[1]!, Sh.trusted('kill -9 $$'))).rejects.toThrow(Unreachable)
  for (const session of sessions) expect(await shellOf(session)).not.toBe(pid)
  expect(opened).toEqual(['rs1', 'rs1'])
})

test('what could not be opened is tried anew', async () => {
  await expect(kept.open(host('gone'), signal)).rejects.toThrow(Unreachable)
  await expect(kept.open(host('gone'), signal)).rejects.toThrow(Unreachable)
  expect(opened).toEqual(['gone', 'gone'])
})

test('in the end all are closed', async () => {
  const pid = await shellOf(await kept.open(host('rs1'), signal))
  await kept.close()
  expect(() => process.kill(pid, 0)).toThrow('ESRCH')
})
