import { describe, expect, it } from 'vitest'
import type { Left } from '../../src/queue/messages.js'
import { Seal } from '../../src/queue/seal.js'
import { States } from '../../src/queue/states.js'

const kept = {} as Left['kept']
const through = (part: string, ...hosts: string[]) => hosts.map((host) => ({ host, kept, part }))

/** Whom a part of two hosts is still to be done for, after that news. */
const left = (whole: boolean, ...news: Left[]) => {
  const states = new States(new Seal('k'.repeat(44), 'here'), 'hosts')
  states.hear(news)
  return states.left({ id: '9', whole, hosts: ['a', 'b'] })
}

describe('a part that was left by its worker', () => {
  it('in its midst is done for those that were not through', () => {
    expect(left(false)).toEqual(['a', 'b'])
    expect(left(false, ...through('8', 'a', 'b'))).toEqual(['a', 'b'])
    expect(left(false, ...through('9', 'a'))).toEqual(['b'])
    expect(left(false, { host: 'a', kept })).toEqual(['a', 'b'])
  })

  it('in its midst is done again for all that stay together', () => {
    expect(left(true, ...through('9', 'a'))).toEqual(['a', 'b'])
  })

  it('when all was done is done for nobody, however far the run has come', () => {
    expect(left(false, ...through('9', 'a', 'b'))).toEqual([])
    expect(left(true, ...through('9', 'a', 'b'))).toEqual([])
    const later = ['10', '11', '12'].flatMap((part) => through(part, 'a', 'b'))
    expect(left(true, ...through('9', 'a', 'b'), ...later)).toEqual([])
  })
})
