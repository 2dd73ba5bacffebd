import { describe, expect, it } from 'vitest'
import { InputError } from '../../src/core/errors.js'
import type { Names } from '../../src/site/names.js'
import { Template } from '../../src/site/template.js'
import { Missing } from '../../src/site/view.js'

const vars: Record<string, unknown> = {
  vip: '192.168.139.6',
  weight: 2,
  on: true,
  nothing: null,
  servers: [
    { name: 'rs1', rip: '192.168.139.2' },
    { name: 'rs2', rip: '192.168.139.4' },
  ],
  names: ['a', 'b'],
  nested: { deep: { value: 7 } },
}
const names: Names = {
  get: (name) => {
    if (!(name in vars)) throw new Missing(name, Object.keys(vars))
    return vars[name]
  },
  has: (name) => name in vars,
  names: () => Object.keys(vars),
}
const at = { file: 'site.yml', line: 4, col: 11 }
const failure = (act: () => unknown) => {
  try {
    act()
  } catch (error) {
    if (error instanceof InputError) return error
    throw error
  }
  throw new Error('expected an InputError')
}

it.each([
  ['{{#if on}}{{weight}}{{nested.deep.value}}{{/if}}', '27'],
  ['{{#each names}}{{@index}}{{../weight}}{{/each}}', '0212'],
  ['{{lookup nested.deep "value"}}{{weight}}{{#unless on}}x{{/unless}}', '72'],
  ['{{nothing}}{{weight}}{{#if on}}{{/if}}', '2'],
])('%s writes numbers side by side', (text, rendered) => {
  expect(Template.inline(text, at).render(names)).toBe(rendered)
})

describe('Template.render', () => {
  it.each([
    ['{{vip}}/32', '192.168.139.6/32'],
    ['<{{vip}}> & "q"', '<192.168.139.6> & "q"'],
    [
      '{{#each servers}}{{name}}={{rip}} via {{../vip}};{{/each}}',
      'rs1=192.168.139.2 via 192.168.139.6;rs2=192.168.139.4 via 192.168.139.6;',
    ],
    [
      '{{#each names}}{{this}}{{add @index 1}}{{../vip}};{{/each}}',
      'a1192.168.139.6;b2192.168.139.6;',
    ],
    ['{{#if (eq weight 2)}}two{{else}}other{{/if}}', 'two'],
    ['{{#if nothing}}x{{else}}none{{/if}}', 'none'],
    ['{{#if (defined "persistence")}}x{{else}}no{{/if}}', 'no'],
    ['{{join names ", "}}', 'a, b'],
    ['{{nested.deep.value}}', '7'],
    ['{{#each names}}{{this}}{{@index}}{{/each}}', 'a0b1'],
    ['{{#with nested}}{{deep.value}}{{/with}}', '7'],
    ['{{lookup names 1}}', 'b'],
  ])('%s', (text, want) => {
    expect(Template.inline(text, at).render(names)).toBe(want)
  })
})

describe('Template.value keeps types', () => {
  it.each([
    ['{{weight}}', 2],
    ['{{ on }}', true],
    ['{{servers}}', vars.servers],
    ['{{nested.deep}}', { value: 7 }],
    ['{{eq weight 2}}', true],
    ['{{weight}} ', '2 '],
    ['plain', 'plain'],
    ['{{#if on}}%{x} {%{{/if}}', '%{x} {%'],
  ])('%s', (text, want) => {
    expect(Template.inline(text, at).value(names)).toEqual(want)
  })
})

describe('a template error says where and what', () => {
  const file = (text: string) => failure(() => Template.file(text, 'a.hbs').render(names))
  it.each([
    ['one\ntwo {{vpi}}', 2, 7, '"vpi" is not defined', 'did you mean "vip"?'],
    ['{{#if vpi}}{{/if}}', 1, 7, '"vpi" is not defined', 'vip'],
    ['{{eq vpi 1}}', 1, 6, '"vpi" is not defined', 'vip'],
    ['{{nested.dep.value}}', 1, 3, '"dep" is not defined', 'deep'],
    ['{{#each servers}}{{rpi}}{{/each}}', 1, 20, '"rpi" is not defined', 'rip'],
    ['{{#each names}}\n{{vip}}{{/each}}', 2, 3, '"vip" is not defined here', '../'],
    ['{{joyn names}}', 1, 1, 'unknown template helper "joyn"', 'join'],
    ['x\n{{#if on}}', 2, 1, 'template:', ''],
    ['{{names}}', 1, 1, 'this is a list', 'join'],
    ['a\n {% if vip %}x{% endif %}', 2, 2, '"{%" is Jinja', '{{#if NAME}}'],
    ['{# said once\nfor all #}', 1, 1, '"{#" is Jinja', '{{! text }}'],
    [
      "{{ vip | default('x') }}",
      1,
      1,
      'this is Jinja',
      'write {{#if (defined "vip")}}{{vip}}{{else}}x{{/if}}',
    ],
    ["{{ nested['deep'] }}", 1, 1, 'this is Jinja', 'write {{nested.deep}}'],
    ["{{ lookup('file', 'motd') }}", 1, 1, 'template:', 'Ansible has lookup plugins'],
    ['{{ vip | ipaddr }}', 1, 1, 'template:', 'filters'],
    ['{{ names[0:1] }}', 1, 1, 'template:', '{{a.b}}'],
    ['{{#if on}}{{/unless}}', 1, 1, "template: if doesn't match unless", 'Handlebars'],
    ['all {{this}}', 1, 1, 'all variables together are no text', 'name one'],
  ])('%j', (text, line, col, message, hint) => {
    const error = file(text)
    expect(error.at).toEqual({ file: 'a.hbs', line, col })
    expect(error.message).toContain(message)
    expect(error.hint ?? '').toContain(hint)
  })

  it('lets through what the variables throw of their own', () => {
    class NotYet extends Error {}
    const pending: Names = {
      ...names,
      get: () => {
        throw new NotYet()
      },
    }
    expect(() => Template.inline('{{#if vip}}{{/if}}', at).render(pending)).toThrow(NotYet)
  })
})
