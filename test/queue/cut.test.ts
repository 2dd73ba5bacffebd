import { expect, it } from 'vitest'
import fc from 'fast-check'
import { cut, readsOthers, whole } from '../../src/queue/cut.js'
import { test as withSite } from '../support/play.js'

const sizes = (hosts: number, workers: number, forks: number) =>
  cut([...Array(hosts).keys()], workers, forks).map(({ length }) => length)

it.each([
  [1, 2, 10, [1]],
  [6, 2, 10, [3, 3]],
  [100, 2, 10, [13, 13, 13, 13, 13, 13, 13, 9]],
  [8, 1, 1, [2, 2, 2, 2]],
  [3, 0, 10, [3]],
])('%d hosts, %d workers, %d forks', (hosts, workers, forks, expected) => {
  expect(sizes(hosts, workers, forks)).toEqual(expected)
})

it('no host is lost, none is doubled, and no worker goes without for want of parts', () => {
  const number = (most: number) => fc.integer({ min: 1, max: most })
  fc.assert(
    fc.property(number(500), number(20), number(50), (hosts, workers, forks) => {
      const all = [...Array(hosts).keys()]
      const parts = cut(all, workers, forks)
      expect(parts.flat()).toEqual(all)
      const each = Math.ceil(hosts / workers)
      expect(Math.max(...parts.map(({ length }) => length))).toBeLessThanOrEqual(each)
    }),
  )
})

withSite(
  'a batch stays together when its hosts wait for each other, or read each other',
  async ({ site }) => {
    const why = async (text: string, elsewhere = false) => {
      const { plays } = await site.load(`- hosts: all\n  ${text}\n`)
      return whole(plays[0]!, elsewhere)
    }
    const task = (words: string) => why(`tasks: [{ command: "true", ${words} }]`)
    expect(await task('name: plain')).toBeUndefined()
    expect(await task('run_once: true')).toBe('run_once')
    expect(await task('throttle: 1')).toBe('throttle')
    expect(await task('delegate_to: here, delegate_facts: true')).toBe('delegate_facts')
    expect(await task('delegate_to: here')).toBeUndefined()
    expect(await task(`when: "hostvars['here'].x is defined"`)).toBe('hostvars')
    expect(await why('vars: { x: "{{ hostvars.here.y }}" }\n  tasks: []')).toBe('hostvars')
    expect(await why('tasks: []', true)).toBe('hostvars')
    expect(await why('tasks: []\n  handlers: [{ name: h, command: "true", run_once: true }]')).toBe(
      'run_once',
    )
  },
)

it('a name that only begins so is another one', () => {
  expect(readsOthers('hostvars_of_mine')).toBe(false)
})
