import { describe, expect, it, vi } from 'vitest'
import type { Event, Status, TaskEvent } from '../../src/core/event.js'
import { liveReporter } from '../../src/report/live.js'

const ended = (
  host: string,
  id: string,
  status: Status,
  more: Partial<TaskEvent> = {},
): TaskEvent => ({
  event: 'task',
  host,
  id,
  task: id,
  module: 'debug',
  status,
  check: false,
  changes: status === 'changed' ? [{ summary: `${id} was changed` }] : [],
  ...more,
})
const start = (host: string, id: string): Event => ({ event: 'start', host, id, task: id })
const tally = {
  ok: 1,
  changed: 0,
  skipped: 0,
  failed: 0,
  unreachable: 0,
  ignored: 0,
  rescued: 0,
  trips: 2,
  ms: 10,
}

/** All that is drawn without a terminal, where rows follow one another. */
async function drawn(events: readonly Event[]) {
  const rows: string[] = []
  const spies = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      rows.push(String(text))
      return true
    }),
  )
  let below = ''
  try {
    const { report, done } = liveReporter((text) => (below += text), {
      colour: false,
      verbose: false,
    })
    for (const event of events) {
      report(event)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await done()
  } finally {
    for (const spy of spies) spy.mockRestore()
  }

  const lines = rows
    .join('')
    .replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, '')
    .split('\n')
  return { lines: lines.filter(Boolean), below }
}

const run = (plays: Record<string, string[]>, hosts = ['a', 'b']): Event => ({
  event: 'run',
  playbook: 'site.yml',
  check: false,
  hosts,
  plays: Object.entries(plays).map(([play, tasks]) => ({
    play,
    tasks: tasks.map((name) => ({ id: name, name, handler: false })),
  })),
})
const recap: Event = {
  event: 'recap',
  checked: [],
  hosts: { a: tally, b: tally },
  check: false,
  exit: 0,
  ms: 100,
}

describe('live rows', () => {
  it('one a task, with the hosts that ended', async () => {
    const { lines, below } = await drawn([
      run({ web: ['one', 'two', 'three'], later: ['four'] }),
      { event: 'play', play: 'web', hosts: ['a', 'b'] },
      start('a', 'one'),
      start('b', 'one'),
      ended('a', 'one', 'ok'),
      ended('b', 'one', 'changed'),
      ended('a', 'two', 'skipped'),
      ended('a', 'three', 'changed'),
      ended('b', 'three', 'failed', { message: 'it broke' }),
      recap,
    ])
    const text = lines.join('\n')
    expect(text).toContain('one  1 ok, 1 changed')
    expect(text).toContain('two  1 skipped')
    expect(text).toContain('three  1 changed, 1 failed')
    expect(text).toMatch(/later.*SKIPPED|\[SKIPPED\].*later/)
    expect(below).toMatchInlineSnapshot(`
      "
      changed      b: one
          one was changed
      changed      a: three
          three was changed
      failed       b: three
          it broke

       host   ok   changed   skipped   failed   unreachable   trips   seconds
       a       1         0         0        0             0       2       0.0
       b       1         0         0        0             0       2       0.0

      everything in state on 2 hosts in 0.1 s
      "
    `)
  })

  it('tells what is the same on many hosts once, in the order of the hosts', async () => {
    const { below } = await drawn([
      run({ web: ['one'] }),
      { event: 'play', play: 'web', hosts: ['a', 'b'] },
      ended('b', 'one', 'changed'),
      ended('a', 'one', 'changed'),
      recap,
    ])
    expect(below.match(/one was changed/g)).toHaveLength(1)
    expect(below).toContain('changed      a, b: one')
  })

  it('keeps the word that says most in a row that tasks share', async () => {
    const { lines } = await drawn([
      run({ web: ['one'] }),
      { event: 'play', play: 'web', hosts: ['a'] },
      ended('a', 'one', 'changed'),
      ended('a', 'one', 'skipped'),
      ended('a', 'one', 'ok'),
      recap,
    ])
    expect(lines.join('\n')).toContain('one  1 changed')
  })

  it('are not drawn anew on a terminal for each word on each of them', async () => {
    const tasks = Array.from({ length: 40 }, (_, i) => `task ${i}`)
    const hosts = Array.from({ length: 10 }, (_, i) => `h${i}`)
    const words = tasks.flatMap((id) => hosts.flatMap((h) => [start(h, id), ended(h, id, 'ok')]))
    const { isTTY } = process.stdout
    process.stdout.isTTY = true
    try {
      const { lines } = await drawn([
        run({ all: tasks }, hosts),
        { event: 'play', play: 'all', hosts },
        ...words,
        recap,
      ])
      // Each drawing of changed rows is a line at least: there would be two for each word.
      expect(lines.length).toBeLessThan(words.length / 2)
      expect(lines.slice(-40).filter((line) => line.includes('10 ok'))).toHaveLength(40)
    } finally {
      process.stdout.isTTY = isTTY
    }
  })

  it('ends, whatever became of the plays', async () => {
    const { lines } = await drawn([
      run({ same: ['one'], other: ['two'] }),
      { event: 'play', play: 'same', hosts: ['a'] },
      start('a', 'one'),
      { event: 'host', host: 'a', status: 'unreachable', message: 'gone' },
      recap,
    ])
    expect(lines.join('\n')).not.toContain('running')
  })
})
