import { describe, expect, it } from 'vitest'
import { leavesTooFew, type Least } from '../../src/lvs/capacity.js'
import { virtualService } from '../../src/lvs/model.js'

const service = (weights: readonly number[]) =>
  virtualService({
    address: '192.168.139.6',
    realServers: weights.map((weight, i) => ({ address: `192.168.139.${10 + i}`, weight })),
  })

describe('leavesTooFew', () => {
  it.each<[number[], number[], Least, number, string | undefined]>([
    [[1, 1], [1, 0], '50%', 0, undefined],
    [[1, 1, 1], [1, 0, 0], '50%', 0, '1 of 3 real servers, and 2 must stay'],
    [[1, 1, 1], [1, 1], '50%', 0, undefined],
    [[1], [0], '50%', 0, '0 of 1 real server, and 1 must stay'],
    [[1], [], 0, 0, undefined],
    [[1, 1], [1], 2, 0, '1 of 2 real servers, and 2 must stay'],
    // Two of four are gone already: those that are meant to be there count.
    [[1, 1], [1], '50%', 4, '1 of 4 real servers, and 2 must stay'],
    // What takes nobody away is never refused, however few there are.
    [[0, 1], [1], '100%', 0, undefined],
    [[1, 0], [1, 0], '100%', 0, undefined],
    [[1, 0, 0, 0], [1, 1, 0, 0], '100%', 0, undefined],
  ])('%j -> %j with %s of %i', (have, after, least, whole, reason) => {
    const told = leavesTooFew(service(have), service(after), least, whole)
    if (reason === undefined) expect(told).toBeUndefined()
    else expect(told).toBe(`tcp 192.168.139.6:80 would be left with ${reason}`)
  })

  it('to remove a whole service leaves nobody', () => {
    expect(leavesTooFew(service([1, 1]), undefined, '50%')).toContain('0 of 2')
  })
})
