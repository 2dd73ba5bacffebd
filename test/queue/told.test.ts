import { expect, it } from 'vitest'
import type { Status, Tally, TaskEvent } from '../../src/core/event.js'
import { ToldOfHost } from '../../src/queue/told.js'

const event = (id: string, status: Status): TaskEvent => ({
  ...{ event: 'task', host: 'h1', id, task: id, module: 'command', status },
  ...{ check: false, changes: [] },
})

const none: Tally = {
  ...{ ok: 0, changed: 0, skipped: 0, failed: 0, unreachable: 0 },
  ...{ ignored: 0, rescued: 0, trips: 2, ms: 3 },
}

/** What of two attempts is told, and the count that they come to. */
function told(first: readonly TaskEvent[], second: readonly TaskEvent[]) {
  const host = new ToldOfHost()
  const news = [
    ...first.filter((each) => host.takes('1', each)),
    ...second.filter((each) => host.takes('2', each)),
  ].map(({ id, status }) => `${id} ${status}`)
  const tally: Tally = { ...none }
  for (const { status } of second) tally[status]++
  return { news, counts: host.tally('2', tally) }
}

it('one attempt is told as it is', () => {
  const all = [event('a', 'changed'), event('b', 'ok'), event('b', 'ok'), event('c', 'failed')]
  expect(told([], all)).toEqual({
    news: ['a changed', 'b ok', 'b ok', 'c failed'],
    counts: { ...none, ok: 2, changed: 1, failed: 1 },
  })
})

it('what an earlier one changed stays changed, and is said once', () => {
  const { news, counts } = told(
    [event('a', 'changed'), event('b', 'ok')],
    [event('a', 'ok'), event('b', 'ok'), event('c', 'changed')],
  )
  expect(news).toEqual(['a changed', 'b ok', 'c changed'])
  expect(counts).toEqual({ ...none, ok: 1, changed: 2 })
})

it('also what the second left out, or did not come to', () => {
  const { news, counts } = told(
    [event('a', 'changed'), event('b', 'changed')],
    [event('a', 'skipped')],
  )
  expect(news).toEqual(['a changed', 'b changed'])
  expect(counts).toEqual({ ...none, changed: 2 })
})

it('what goes wrong is told, whatever was said before', () => {
  const { news, counts } = told([event('a', 'changed')], [event('a', 'failed')])
  expect(news).toEqual(['a changed', 'a failed'])
  expect(counts).toEqual({ ...none, failed: 1 })
})

it('the turns of a loop, and a handler that runs twice, are told one by one', () => {
  const twice = [event('a', 'changed'), event('a', 'changed')]
  expect(told(twice.slice(0, 1), twice).news).toEqual(['a changed', 'a changed'])
})
