import { describe, expect } from 'vitest'
import { InputError } from '../../src/core/errors.js'
import { startAt } from '../../src/run/start-at.js'
import { test } from '../support/play.js'

const yaml = `
- hosts: all
  tasks:
    - { name: one, debug: { msg: 1 } }
    - block: [{ name: two, debug: { msg: 1 } }]
      always: [{ name: three, debug: { msg: 1 } }]
- hosts: all
  tasks: [{ name: four, debug: { msg: 1 } }]
`

describe('startAt', () => {
  test.for<[string, string[][]]>([
    ['one', [['one', 'block'], ['four']]],
    ['three', [['block'], ['four']]],
    ['four', [[], ['four']]],
  ])('%s', async ([name, want], { site }) => {
    const { plays } = await site.load(yaml)
    const left = startAt(plays, name).map(({ tasks }) => tasks.map(({ title }) => title))
    expect(left).toEqual(want)
  })

  test('a name that no task has is an error, with the nearest', async ({ site }) => {
    const { plays } = await site.load(yaml)
    expect(() => startAt(plays, 'foru')).toThrow(InputError)
    expect(() => startAt(plays, 'foru')).toThrow('there is no task "foru"')
  })

  test('the run begins there', async ({ site }) => {
    const { story } = await site.play(yaml, { startAtTask: 'two' })
    expect(story).toEqual(['here two: ok', 'here three: ok', 'here four: ok'])
  })
})
