import fc from 'fast-check'
import Handlebars from 'handlebars'
import { describe, expect, test } from 'vitest'
import { joined, lookUp, plainParts } from '../../src/site/plain-template.js'

const values: Record<string, unknown> = {
  vip: '10.0.0.6',
  port: 80,
  half: '0.5',
  yes: true,
  nothing: null,
  service: { name: 'web', ports: [80, 443] },
}
const names = {
  get: (name: string) => values[name],
  has: (name: string) => name in values,
  names: () => Object.keys(values),
}
const partsOf = (text: string) => plainParts(Handlebars.parse(text))

describe('a template of text and variables', () => {
  const piece = fc.oneof(
    fc.constantFrom('{{vip}}', '{{ port }}', '{{{service.name}}}', '{{service.ports.[1]}}'),
    fc.constantFrom('{{~half}}', '{{vip ~}}', ' ', '\n', 'a:', '<&>', 'C:\\d', "'"),
  )
  test('law: is what Handlebars makes of it', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        // Handlebars adds up numbers that a template begins with.
        const text = `of ${pieces.join('')}`
        const parts = partsOf(text)
        const whole = Handlebars.compile(text, { noEscape: true })(values)
        expect(parts && joined(parts, names)).toBe(whole)
      }),
    )
  })

  test('writes numbers side by side, where Handlebars adds them', () => {
    expect(joined(partsOf('{{port}}{{port}}')!, names)).toBe('8080')
  })

  test.each(['{{yes}}', '{{nothing}}', '{{service}}', '{{service.ports}}', '{{vip.length}}'])(
    '%s is left to Handlebars as a text',
    (text) => {
      expect(joined(partsOf(text)!, names)).toBeUndefined()
    },
  )

  test.each([
    '{{join service.ports ","}}',
    '{{#if vip}}a{{/if}}',
    '{{this}}',
    '{{this.vip}}',
    '{{./vip}}',
    '{{../vip}}',
    '{{@index}}',
    '{{5}}',
    '{{! said aside }}',
    '{{vip a=1}}',
  ])('%s is more than that', (text) => {
    expect(partsOf(text)).toBeUndefined()
  })
})

test('a path leads to the value itself, and undefined where it does not lead on', () => {
  expect(lookUp(['service', 'ports'], names)?.value).toBe((values.service as { ports: [] }).ports)
  expect(lookUp(['nothing'], names)).toEqual({ value: null })
  expect(lookUp(['service', 'toString'], names)).toBeUndefined()
  expect(lookUp(['nothing', 'name'], names)).toBeUndefined()
})
