import { afterAll, beforeAll, expect, test } from 'vitest'
import { Sh, sh } from '../../src/core/sh.js'
import type { Frame, Session } from '../../src/core/transport.js'
import type { Sshd } from './sshd.js'
import { open, startSshd } from './sshd.js'

let sshd: Sshd
let session: Session
beforeAll(async () => {
  sshd = await startSshd()
  session = await open(sshd)
})
afterAll(async () => {
  await session.close()
  sshd.stop()
})

const raw = (text: string): Sh => Sh.trusted(text)
const run = async (steps: readonly Sh[], on: Session = session): Promise<Frame[]> => {
  const frames: Frame[] = []
  for await (const frame of on.run(steps, 'all')) frames.push(frame)
  return frames
}

test('a hundred steps are one trip, in order, on one shell', async () => {
  const before = session.trips
  const steps = Array.from({ length: 100 }, (_, i) => sh`echo ${i} $PPID; exit ${i}`)
  const frames = await run(steps)
  expect(frames.map((frame) => frame.status)).toEqual(steps.map((_, i) => i))
  expect(new Set(frames.map((frame) => frame.stdout.split(' ')[1])).size).toBe(1)
  expect(session.trips - before).toBe(1)
})

test('megabytes come back whole', async () => {
  const [frame] = await run([raw('seq 1 500000')])
  expect(frame!.stdout.length).toBe(3388895)
  expect(frame!.stdout.endsWith('\n500000\n')).toBe(true)
})
