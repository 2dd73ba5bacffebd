import { expect, test } from 'vitest'
import { assert } from '../../src/resources/assert.js'
import { debug } from '../../src/resources/debug.js'
import { fail } from '../../src/resources/fail.js'
import { expectInState, isValid, observe } from '../support/converge.js'

const values: Record<string, unknown> = { yes: true, no: false, five: 5, list: [1, 2] }
const site = { evaluate: (expression: string) => values[expression] }

test.each([
  [{ msg: 'hello' }, 'hello'],
  [{ msg: ['two', 'lines'] }, ['two', 'lines']],
  [{ var: 'list' }, { list: [1, 2] }],
])('debug %j says %j', async (args, msg) => {
  const { want, have } = await expectInState(debug, args, site)
  expect(debug.result?.(want, have)).toEqual({ msg })
})

test.each([
  [{ that: 'yes' }, { msg: 'all conditions hold' }],
  [{ that: ['yes', 'yes'], success_msg: 'well' }, { msg: 'well' }],
  [{ that: 'yes', quiet: true }, { msg: undefined }],
])('assert %j holds', async (args, result) => {
  const { want, have } = await expectInState(assert, args, site)
  expect(assert.result?.(want, have)).toEqual(result)
})

test.each([
  [{ that: 'no' }, 'no is false'],
  [{ that: ['yes', 'five', 'no'] }, 'five is 5, neither true nor false'],
  [{ that: ['yes', 'no'], fail_msg: 'not ready' }, 'not ready (no is false)'],
])('assert %j fails: %s', async (args, message) => {
  await expect(observe(assert, args, site)).rejects.toThrow(message)
})

test('fail fails', async () => {
  await expect(observe(fail, { msg: 'not here' })).rejects.toThrow('not here')
  await expect(observe(fail, {})).rejects.toThrow('asks to fail')
})

test.each([
  [debug, {}, false],
  [debug, { msg: 'a', var: 'b' }, false],
  [assert, {}, false],
  [assert, { that: [] }, false],
  [fail, { message: 'a' }, false],
])('the schema of %# on %j: %s', (resource, args, valid) => {
  expect(isValid(resource, args)).toBe(valid)
})
