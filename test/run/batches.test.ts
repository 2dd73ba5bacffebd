import { describe, expect, test as plain } from 'vitest'
import { batchesOf } from '../../src/run/batches.js'
import { test } from '../support/play.js'

describe('batchesOf', () => {
  plain.each<[number, (number | string)[], number[]]>([
    [5, [], [5]],
    [0, [], []],
    [5, [2], [2, 2, 1]],
    [5, ['2'], [2, 2, 1]],
    [5, [1, 3], [1, 3, 1]],
    [10, [1, '30%'], [1, 3, 3, 3]],
    [10, ['25%'], [2, 2, 2, 2, 2]],
    [3, ['10%'], [1, 1, 1]],
    [3, ['100%'], [3]],
    [3, [0], [3]],
    [3, [7], [3]],
  ])('%i hosts by %j: %j', (count, serial, sizes) => {
    const hosts = Array.from({ length: count }, (_, i) => i)
    const batches = batchesOf(hosts, serial)
    expect(batches.map(({ length }) => length)).toEqual(sizes)
    expect(batches.flat()).toEqual(hosts)
  })
})

describe('a run in batches', () => {
  const yaml = (keywords: string) => `
- hosts: all
  ${keywords}
  tasks:
    - { fail: { msg: broken }, when: inventory_hostname in bad }
    - { name: done, debug: { msg: x } }
`
  const done = (story: readonly string[]) =>
    story.flatMap((line) => /^(\w+) done: ok/.exec(line)?.[1] ?? []).sort()
  const inventory = (bad: string) => `a\nb\nc\nd\n[all:vars]\nbad=[${bad}]`

  test.for([
    ['all at once', 'serial: []', '"a"', ['b', 'c', 'd'], 0],
    ['one of two fails: the rest goes on', 'serial: 2', '"a"', ['b', 'c', 'd'], 2],
    ['a whole batch fails: nothing further', 'serial: 2', '"a", "b"', [], 1],
    ['a later batch fails', 'serial: [1, 2]', '"b", "c"', ['a'], 2],
    ['beyond max_fail_percentage', 'serial: 2\n  max_fail_percentage: 49', '"a"', ['b'], 1],
    [
      'up to max_fail_percentage',
      'serial: 2\n  max_fail_percentage: 50',
      '"a"',
      ['b', 'c', 'd'],
      2,
    ],
    ['max_fail_percentage 0', 'serial: 2\n  max_fail_percentage: 0', '"c"', ['a', 'b', 'd'], 2],
    ['percents', 'serial: 25%', '"b"', ['a'], 2],
    ['a template', 'serial: "{{one}}"\n  vars: { one: 1 }', '"b"', ['a'], 2],
  ] as const)('%s', async ([, keywords, bad, want, batches], { site }) => {
    const { story, exit, events } = await site.play(yaml(keywords), { inventory: inventory(bad) })
    expect(done(story)).toEqual(want)
    expect(exit).toBe(2)
    expect(events.filter(({ event }) => event === 'batch')).toHaveLength(batches)
  })

  test('what ends a play ends the run, and says so', async ({ site }) => {
    const { story, events } = await site.play(`${yaml('serial: 2')}${yaml('name: second')}`, {
      inventory: inventory('"a", "b"'),
    })
    expect(done(story)).toEqual([])
    expect(events.filter(({ event }) => event === 'note')).toEqual([
      { event: 'note', message: '2 of 2 hosts failed: nothing further is done' },
    ])
    expect(events.filter(({ event }) => event === 'play')).toHaveLength(1)
  })

  test('a host that failed is left out of the plays after', async ({ site }) => {
    const { story, events, tallies } = await site.play(
      `${yaml('name: first')}${yaml('name: second')}`,
      {
        inventory: inventory('"a"'),
      },
    )
    expect(done(story)).toEqual(['b', 'b', 'c', 'c', 'd', 'd'])
    expect(events.filter(({ event }) => event === 'play').at(-1)).toEqual({
      event: 'play',
      play: 'second',
      hosts: ['b', 'c', 'd'],
    })
    // Hello, and never again: no task asks the host anything.
    expect(tallies.b!.trips).toBe(1)
  })
})
