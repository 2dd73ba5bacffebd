import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Interrupted, TaskFailed, Unreachable } from '../../src/core/errors.js'
import { Sh, sh } from '../../src/core/sh.js'
import type { Frame, Mode, Session } from '../../src/core/transport.js'
import { localTransport } from '../../src/transport/local.js'
import type { Sshd } from './sshd.js'
import { open, startSshd, target } from './sshd.js'

const raw = (text: string): Sh => Sh.trusted(text)

async function run(on: Session, steps: readonly Sh[], mode: Mode = 'all'): Promise<Frame[]> {
  const frames: Frame[] = []
  for await (const frame of on.run(steps, mode)) frames.push(frame)
  return frames
}

/** Looks, without an end of its own, until something is so. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await setTimeout(10)
}

const alive = (pid: number): boolean => {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

let sshd: Sshd
let dir: string
beforeAll(async () => {
  sshd = await startSshd()
  dir = mkdtempSync(join(tmpdir(), 'session-'))
})
afterAll(() => {
  sshd.stop()
  rmSync(dir, { recursive: true, force: true })
})

const kinds: [string, (signal?: AbortSignal) => Promise<Session>][] = [
  ['ssh', (signal) => open(sshd, signal ? { signal } : {})],
  [
    'local',
    (signal = new AbortController().signal) =>
      localTransport.open(target(0, { connection: 'local' }), signal),
  ],
]

describe.each(kinds)('a session over %s', (kind, start) => {
  let session: Session
  beforeAll(async () => {
    session = await start()
  })
  afterAll(() => session.close())

  test('a hundred steps are one trip, in order, on one shell', async () => {
    const before = session.trips
    const steps = Array.from({ length: 100 }, (_, i) => sh`echo $$; exit ${i}`)
    const frames = await run(session, steps)
    expect(frames.map((frame) => frame.status)).toEqual(steps.map((_, i) => i))
    expect(new Set(frames.map((frame) => frame.stdout)).size).toBe(1)
    expect(session.trips - before).toBe(1)
  })

  test('an empty trip ends', async () => {
    expect(await run(session, [])).toEqual([])
  })

  test('frames come as their steps end, not at the end of the trip', async () => {
    const gate = join(dir, `gate-${kind}`)
    const seen: string[] = []
    for await (const frame of session.run(
      [raw('echo first'), sh`while [ ! -e ${gate} ]; do sleep 0.02; done; echo second`],
      'all',
    )) {
      seen.push(frame.stdout)
      writeFileSync(gate, '')
    }
    expect(seen).toEqual(['first\n', 'second\n'])
  })

  test('trips asked for at the same time follow one another', async () => {
    const file = join(dir, `order-${kind}`)
    const slow = run(session, [sh`echo a >>${file}; sleep 0.1; echo b >>${file}`])
    const quick = run(session, [sh`echo c >>${file}`])
    await Promise.all([slow, quick])
    expect(readFileSync(file, 'utf8')).toBe('a\nb\nc\n')
  })

  test('whoever stops listening early leaves nothing to the next trip', async () => {
    for await (const frame of session.run([raw('echo 1'), raw('echo 2')], 'all')) {
      expect(frame.stdout).toBe('1\n')
      break
    }
    expect(await run(session, [raw('echo 3')])).toMatchObject([{ step: 0, stdout: '3\n' }])
  })

  test('the environment: C locale, sbin, a place for the state, no surprises', async () => {
    const [frame] = await run(session, [
      raw('echo "$LC_ALL"; command -v sysctl ip >/dev/null && echo sbin; echo "$DR_PLAY_STATE"'),
    ])
    const [locale, sbin, state] = frame!.stdout.split('\n')
    expect([locale, sbin]).toEqual(['C', 'sbin'])
    expect(state).toMatch(process.getuid?.() === 0 ? /^\/var\/lib\/dr-play$/ : /\/dr-play$/)
  })

  test('megabytes come back whole', async () => {
    const [frame] = await run(session, [raw('seq 1 500000; seq 1 500000 >&2')])
    for (const text of [frame!.stdout, frame!.stderr]) {
      expect(text.length).toBe(3388895)
      expect(text.endsWith('\n500000\n')).toBe(true)
    }
  })

  test.each([0, 1, 1000, 5_000_000])(
    'an upload of %i bytes is exact, private, one trip',
    async (size) => {
      const path = join(dir, `up it's ${kind} ${size}`)
      const content = randomBytes(size)
      const before = session.trips
      await session.upload(path, content)
      expect(readFileSync(path).equals(content)).toBe(true)
      expect(statSync(path).mode & 0o777).toBe(0o600)
      expect(session.trips - before).toBe(1)
    },
  )

  test('an upload replaces nothing, and says why it failed', async () => {
    const path = join(dir, `there-${kind}`)
    writeFileSync(path, 'mine')
    await expect(session.upload(path, Buffer.from('yours'))).rejects.toThrow(/there-.*exist/)
    expect(readFileSync(path, 'utf8')).toBe('mine')
    await expect(session.upload(join(dir, 'no', 'folder'), Buffer.from('x'))).rejects.toThrow(
      TaskFailed,
    )
  })

  test('a shell that dies in the middle is unreachable, never a success', async () => {
    const mortal = await start()
    const frames: Frame[] = []
    const reading = (async () => {
      for await (const frame of mortal.run(
        [raw('echo 1'), raw('kill -9 $$'), raw('echo 3')],
        'all',
      ))
        frames.push(frame)
    })()
    await expect(reading).rejects.toThrow(Unreachable)
    expect(frames).toMatchObject([{ stdout: '1\n' }])
    await expect(run(mortal, [raw('echo 4')])).rejects.toThrow(Unreachable)
    await mortal.close()
  })

  test('an interrupt ends the remote work, children and all, then says so', async () => {
    const abort = new AbortController()
    const victim = await start(abort.signal)
    const pids = join(dir, `pids-${kind}`)
    const never = join(dir, `never-${kind}`)
    const work = run(victim, [
      sh`sleep 1000 & sh -c 'trap "" TERM; echo $$ >>"$1"; sleep 0.01; while :; do sleep 0.2; done' - ${pids} &
        echo $! >>${pids}; while :; do sleep 1000; done`,
      sh`echo >${never}`,
    ])
    await until(() => existsSync(pids) && readFileSync(pids, 'utf8').split('\n').length >= 3)
    const started = readFileSync(pids, 'utf8').trim().split('\n').map(Number)
    expect(started.filter(alive)).toEqual(started)
    abort.abort()
    await expect(work).rejects.toThrow(Interrupted)
    expect(started.filter(alive)).toEqual([])
    expect(existsSync(never)).toBe(false)
    await expect(run(victim, [raw('echo after')])).rejects.toThrow(Interrupted)
    await victim.close()
  })

  test('a daemon outlives its step and the session, and does not hold the lock', async () => {
    const first = await start()
    const lock = raw(': keeps-fd-9\nflock -n 9 9<&9')
    const daemon = raw('setsid sleep 1000 >/dev/null 2>&1 & echo $!')
    const frames = await run(first, [lock, daemon])
    expect(frames[0]).toMatchObject({ status: 0 })
    const pid = Number(frames[1]!.stdout)
    const second = await start()
    expect((await run(second, [lock]))[0]!.status).toBe(1)
    await first.close()
    expect((await run(second, [lock]))[0]!.status).toBe(0)
    expect(alive(pid)).toBe(true)
    process.kill(pid)
    await second.close()
  })
})
