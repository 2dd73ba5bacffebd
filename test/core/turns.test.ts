import { expect, it } from 'vitest'
import { takeTurn } from '../../src/core/turns.js'
import { countTurns } from '../support/turns.js'

it('work gets a turn of the event loop each, in its order, and so does what that asks for', async () => {
  const turns = countTurns()
  const done: { name: string; turn: number }[] = []
  await new Promise<void>((resolve) => {
    const work = (name: string, then?: () => void) => (): void => {
      done.push({ name, turn: turns.now })
      then?.()
    }
    takeTurn(work('first', () => takeTurn(work('of the first', resolve))))
    takeTurn(work('second'))
    takeTurn(work('third'))
  })
  turns.stop()
  expect(done.map(({ name }) => name)).toEqual(['first', 'second', 'third', 'of the first'])
  expect(new Set(done.map(({ turn }) => turn)).size).toBe(4)
})

it('what work leads to is over before the next one begins', async () => {
  const said: string[] = []
  await new Promise<void>((resolve) => {
    const work = (name: string) => async (): Promise<void> => {
      said.push(`${name} begins`)
      for (let i = 0; i < 10; i++) await Promise.resolve()
      said.push(`${name} ends`)
    }
    takeTurn(() => void work('one')())
    takeTurn(() => void work('other')().then(resolve))
  })
  expect(said).toEqual(['one begins', 'one ends', 'other begins', 'other ends'])
})
