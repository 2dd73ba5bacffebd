import { describe, expect, it } from 'vitest'
import { handlebarsFor } from '../../src/site/jinja-hint.js'
import { Template } from '../../src/site/template.js'

const vars: Record<string, unknown> = {
  hostvars: { lb1: { ansible_host: '10.0.0.1' } },
  groups: { director: ['lb1'], 'real-servers': ['rs1', 'rs2'] },
  host: 'lb1',
  n: 2,
  on: true,
}
const names = {
  get: (name: string) => vars[name],
  has: (name: string) => name in vars,
  names: () => Object.keys(vars),
}

describe('what an expression of Jinja is in Handlebars', () => {
  it.each([
    [
      "{{ hostvars[groups['director'][0]].ansible_host }}",
      '{{lookup (lookup hostvars groups.director.[0]) "ansible_host"}}',
      '10.0.0.1',
    ],
    ['at {{ groups.director.0 }}', '{{groups.director.[0]}}', 'lb1'],
    [
      "{{ groups['real-servers'] | join(', ') }}",
      '{{join groups.[real-servers] ", "}}',
      'rs1, rs2',
    ],
    ["{{ groups['real-servers'] | length }}", '{{length groups.[real-servers]}}', '2'],
    ["{{ groups['real-servers'] | first | upper }}", '{{upper groups.[real-servers].[0]}}', 'RS1'],
    ['{{ port | default(80) }}', '{{#if (defined "port")}}{{port}}{{else}}80{{/if}}', '80'],
    ["{{ port | default('none') }}", '{{#if (defined "port")}}{{port}}{{else}}none{{/if}}', 'none'],
    [
      "{{ 'yes' if on and n == 2 else 'no' }}",
      '{{#if (and on (eq n 2))}}yes{{else}}no{{/if}}',
      'yes',
    ],
    ['{{ n + 1 }}', '{{add n 1}}', '3'],
    [
      '{{ hostvars[host] | to_json }}',
      '{{json (lookup hostvars host)}}',
      '{"ansible_host":"10.0.0.1"}',
    ],
  ])('%s', (jinja, want, says) => {
    expect(handlebarsFor(jinja)).toBe(want)
    const rendered = Template.inline(want, { file: 'x', line: 1, col: 1 }).render(names)
    expect(rendered).toBe(says)
  })

  it.each(['{{ n | regex_replace("a") }}', '{{ n }}', '{{#if n}}x{{/if}}', '{{ n ** 2 }}', 'no'])(
    'nothing for %s',
    (text) => {
      expect(handlebarsFor(text)).toBeUndefined()
    },
  )
})
