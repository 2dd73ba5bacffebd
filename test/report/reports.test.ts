import { describe, expect, it } from 'vitest'
import type { Event, Reporter, TaskEvent } from '../../src/core/event.js'
import { jsonReporter } from '../../src/report/json.js'
import { diffLines } from '../../src/report/diff.js'
import { plainReporter } from '../../src/report/plain.js'

const at = { file: 'site.yml', line: 3, col: 5 }
const task = (event: Partial<TaskEvent>): TaskEvent => ({
  event: 'task',
  host: 'rs1',
  id: 'site.yml:3:5',
  task: 'sysctl',
  module: 'sysctl',
  status: 'ok',
  check: false,
  changes: [],
  ...event,
})
const diff = { path: '/etc/motd', before: 'one\ntwo\nthree\n', after: 'one\n2\nthree\n' }
const tally = {
  ok: 0,
  changed: 0,
  skipped: 0,
  failed: 0,
  unreachable: 0,
  ignored: 0,
  rescued: 0,
  trips: 2,
  ms: 1234,
}

const story: Event[] = [
  {
    event: 'run',
    playbook: 'site.yml',
    check: false,
    hosts: ['rs1', 'rs2', 'rs3'],
    plays: [{ play: 'web', tasks: [{ id: 'site.yml:3:5', name: 'sysctl', handler: false }] }],
  },
  { event: 'play', play: 'web', hosts: ['rs1', 'rs2', 'rs3'] },
  { event: 'batch', hosts: ['rs1', 'rs2'] },
  { event: 'start', host: 'rs1', id: 'site.yml:3:5', task: 'sysctl' },
  { event: 'progress', host: 'rs1', id: 'site.yml:3:5', task: 'sysctl', message: '3 left' },
  task({}),
  task({ status: 'skipped', message: 'x is false' }),
  task({ message: 'all is well\nreally' }),
  task({
    status: 'changed',
    changes: [{ summary: 'a: 0 -> 1' }, { summary: '/etc/motd: new content', diff }],
  }),
  task({
    host: 'rs2',
    status: 'changed',
    check: true,
    item: 'b',
    changes: [{ summary: 'a: 0 -> 1' }],
  }),
  task({ status: 'failed', message: 'it broke', hint: 'mend it', at }),
  task({ status: 'failed', message: 'it broke', at, ignored: true }),
  { event: 'note', message: 'by the way' },
  { event: 'note', host: 'rs1', message: 'by the way' },
  { event: 'host', host: 'rs4', status: 'unreachable', message: 'no route', ignored: true },
  { event: 'host', host: 'rs3', status: 'unreachable', message: 'no route', hint: 'is it up?' },
  {
    event: 'recap',
    hosts: {
      rs1: { ...tally, ok: 10, changed: 2 },
      rs2: { ...tally, changed: 1 },
      rs3: { ...tally, unreachable: 1, trips: 0 },
    },
    check: false,
    checked: [],
    exit: 4,
    ms: 5678,
  },
]

function told(make: (write: (text: string) => void) => Reporter, events: readonly Event[] = story) {
  let text = ''
  const report = make((more) => {
    text += more
  })
  for (const event of events) report(event)
  return text
}
const plain =
  (options: object = {}) =>
  (write: (text: string) => void) =>
    plainReporter(write, { colour: false, verbose: false, ...options })

const firstChange = story.find((event) => event.event === 'task' && event.status === 'changed')!

describe('plain lines', () => {
  it('changes and failures', () => {
    expect(told(plain())).toMatchInlineSnapshot(`
      "PLAY web (rs1, rs2, rs3)
      batch of 2: rs1, rs2
      ...          rs1: 3 left
      ok           rs1: sysctl
          all is well
          really
      changed      rs1: sysctl
          a: 0 -> 1
          /etc/motd: new content
      would change rs2: sysctl (b)
          a: 0 -> 1
      failed       rs1: sysctl
          it broke
          at site.yml:3:5
          mend it
      failed, ignored rs1: sysctl
          it broke
          at site.yml:3:5
      note         by the way
      note         rs1: by the way
      unreachable, ignored rs4
          no route
      unreachable  rs3
          no route
          is it up?

       host   ok   changed   skipped   failed   unreachable   trips   seconds
       rs1    10         2         0        0             0       2       1.2
       rs2     0         1         0        0             0       2       1.2
       rs3     0         0         0        0             1       0       1.2

      1 host unreachable in 5.7 s
      "
    `)
  })

  describe('of many hosts', () => {
    const hosts = Object.fromEntries(
      Array.from({ length: 200 }, (_, i) => [`h${i}`, { ...tally, ok: 3, ms: i }]),
    )
    const odd = {
      h7: { ...tally, ok: 2, changed: 1 },
      h9: { ...tally, ok: 1, failed: 1 },
      h11: { ...tally, ok: 2, unreachable: 1 },
    }
    const recap: Event = {
      event: 'recap',
      hosts: { ...hosts, ...odd },
      check: false,
      checked: [],
      exit: 4,
      ms: 60_000,
    }
    const recapOf = (verbose: boolean) => {
      let text = ''
      plainReporter((more) => (text += more), { colour: false, verbose })(recap)
      return text
    }

    it('sums up those in state, and shows each that fared otherwise', () => {
      expect(recapOf(false)).toMatchInlineSnapshot(`
        "
         host            ok   changed   skipped   failed   unreachable   trips   seconds
         197 in state   591         0         0        0             0     394       0.2
         h7               2         1         0        0             0       2       1.2
         h9               1         0         0        1             0       2       1.2
         h11              2         0         0        0             1       2       1.2

        1 host unreachable, 1 host failed in 60.0 s
        "
      `)
    })

    it('-v: each', () => {
      expect(recapOf(true).match(/^ h\d+ /gm)).toHaveLength(200)
    })
  })

  it('names a few of them for all', () => {
    const names = Array.from({ length: 5000 }, (_, i) => `h${i}`)
    const events: Event[] = [
      { event: 'play', play: 'web', hosts: names },
      { event: 'batch', hosts: names.slice(0, 9) },
    ]
    let text = ''
    const report = plainReporter((more) => (text += more), { colour: false, verbose: false })
    events.forEach(report)
    expect(text).toBe(`PLAY web (h0, h1, h2, h3, h4, h5, h6 and 4993 more)
batch of 9: h0, h1, h2, h3, h4, h5, h6 and 2 more
`)
  })

  it('-v: also what is in state, and left out', () => {
    const lines = told(plain({ verbose: true })).split('\n')
    expect(lines.filter((line) => /^(ok|skipped)/.test(line))).toEqual([
      'ok           rs1: sysctl',
      'skipped      rs1: sysctl',
      'ok           rs1: sysctl',
    ])
    expect(lines).toContain('    x is false')
  })

  it('--diff: unified', () => {
    expect(told(plain({ diff: diffLines }), [firstChange])).toMatchInlineSnapshot(`
      "changed      rs1: sysctl
          a: 0 -> 1
          /etc/motd: new content
            --- /etc/motd	now
            +++ /etc/motd	wanted
            @@ -1,3 +1,3 @@
             one
            -two
            +2
             three
      "
    `)
  })

  it.each([
    ['no new line at the end', 'a', 'b'],
    ['a new file', '', 'a\n'],
    ['no file any more', 'a\n', ''],
  ])('--diff: %s', (_, before, after) => {
    const change = task({
      status: 'changed',
      changes: [{ summary: 's', diff: { path: '/f', before, after } }],
    })
    const lines = told(plain({ diff: diffLines }), [change]).split('\n')
    for (const [sign, text] of [
      ['-', before],
      ['+', after],
    ] as const) {
      expect(lines.includes(`      ${sign}a`)).toBe(text.startsWith('a'))
    }
    expect(lines.some((line) => line.includes('No newline at end of file'))).toBe(before === 'a')
  })

  it('in colours, when they are wanted', () => {
    const line = told(plain({ colour: true }), [
      story.find((event) => event.event === 'task' && event.status === 'changed')!,
    ])

    expect(line).toMatch(/^\u001b\[33mchanged/)
    expect(told(plain())).not.toContain('\u001b')
  })
})

describe('the last line', () => {
  it.each<[string, Partial<Extract<Event, { event: 'recap' }>>, string]>([
    ['in state', { hosts: { a: tally, b: tally } }, 'everything in state on 2 hosts in 5.7 s'],
    [
      'failures that were passed over',
      { hosts: { a: { ...tally, ignored: 1 }, b: tally } },
      'nothing was changed; failures were ignored on 1 of 2 hosts, in 5.7 s',
    ],
    ['one host', { hosts: { a: tally } }, 'everything in state on 1 host in 5.7 s'],
    [
      'some changed',
      { hosts: { a: { ...tally, changed: 3 }, b: tally } },
      '1 of 2 hosts changed, in 5.7 s',
    ],
    ['all changed', { hosts: { a: { ...tally, changed: 3 } } }, '1 host changed, in 5.7 s'],
    [
      'a check',
      { check: true, checked: ['a'], exit: 3, hosts: { a: { ...tally, changed: 3 } } },
      '1 host would change, nothing was touched, in 5.7 s',
    ],
    [
      'some hosts changed, others only checked',
      {
        checked: ['b', 'c'],
        exit: 3,
        hosts: { a: { ...tally, changed: 3 }, b: { ...tally, changed: 1 }, c: tally },
      },
      '1 of 3 hosts changed; 1 of 3 hosts would change, there nothing was touched, in 5.7 s',
    ],
    [
      'only those that were checked are not in state',
      { checked: ['b'], exit: 3, hosts: { a: tally, b: { ...tally, changed: 1 } } },
      '1 of 2 hosts would change, there nothing was touched, in 5.7 s',
    ],
    [
      'failed',
      { exit: 2, hosts: { a: { ...tally, failed: 1 }, b: { ...tally, changed: 1 } } },
      '1 host failed in 5.7 s',
    ],
    [
      'both',
      { exit: 4, hosts: { a: { ...tally, failed: 1 }, b: { ...tally, unreachable: 1 } } },
      '1 host unreachable, 1 host failed in 5.7 s',
    ],
    ['interrupted', { exit: 130, hosts: { a: tally } }, 'interrupted in 5.7 s'],
  ])('%s', (_, recap, want) => {
    const text = told(plain(), [
      { event: 'recap', hosts: {}, check: false, checked: [], exit: 0, ms: 5678, ...recap },
    ])
    expect(text.trimEnd().split('\n').at(-1)).toBe(want)
  })
})

it('the table tells what changed from what would', () => {
  const text = told(plain(), [
    {
      event: 'recap',
      hosts: { a: { ...tally, changed: 3 }, b: { ...tally, changed: 1 } },
      ...{ check: false, checked: ['b'], exit: 3, ms: 5678 },
    },
  ])
  const [head, ...rows] = text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/ {2,}| (?=\d)/))
  expect(head!.slice(0, 4)).toEqual(['host', 'ok', 'changed', 'would change'])
  expect(rows.slice(0, 2).map((row) => row.slice(0, 4))).toEqual([
    ['a', '0', '3', '0'],
    ['b', '0', '0', '1'],
  ])
})

describe('JSON lines', () => {
  it('one event a line, as it is', () => {
    const lines = told((write) => jsonReporter(write))
      .trimEnd()
      .split('\n')
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(story)
  })

  it('the last line is the recap', () => {
    const last = told((write) => jsonReporter(write))
      .trimEnd()
      .split('\n')
      .at(-1)!
    expect(last).toMatchInlineSnapshot(
      `"{"event":"recap","hosts":{"rs1":{"ok":10,"changed":2,"skipped":0,"failed":0,"unreachable":0,"ignored":0,"rescued":0,"trips":2,"ms":1234},"rs2":{"ok":0,"changed":1,"skipped":0,"failed":0,"unreachable":0,"ignored":0,"rescued":0,"trips":2,"ms":1234},"rs3":{"ok":0,"changed":0,"skipped":0,"failed":0,"unreachable":1,"ignored":0,"rescued":0,"trips":0,"ms":1234}},"check":false,"checked":[],"exit":4,"ms":5678}"`,
    )
  })
})
