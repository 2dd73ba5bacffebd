import { describe, expect, test as plain } from 'vitest'
import { selects } from '../../src/run/tags.js'
import type { Task } from '../../src/site/model.js'
import { type PlayOptions, test } from '../support/play.js'

describe('selects, as ansible-playbook does', () => {
  // tags of the task, --tags, --skip-tags, whether it runs
  plain.each<[string, string, string, boolean]>([
    ['', '', '', true],
    ['a', '', '', true],
    ['a b', 'b', '', true],
    ['a', 'b', '', false],
    ['', 'b', '', false],
    ['a', 'all', '', true],
    ['', 'all', '', true],
    ['a', 'tagged', '', true],
    ['', 'tagged', '', false],
    ['a', 'untagged', '', false],
    ['', 'untagged', '', true],
    ['a', '', 'a', false],
    ['a b', 'a', 'b', false],
    ['', '', 'a', true],
    ['a', '', 'tagged', false],
    ['', '', 'untagged', false],
    ['a', '', 'all', false],
    ['always', 'b', '', true],
    ['always', '', 'always', false],
    ['always a', '', 'a', false],
    ['always', '', 'all', true],
    ['always', '', 'tagged', false],
    ['never', '', '', false],
    ['never', 'all', '', false],
    ['never a', 'tagged', '', false],
    ['never a', 'a', '', true],
    ['never', 'never', '', true],
    ['never a', 'a', 'a', false],
  ])('tags [%s], --tags [%s], --skip-tags [%s]: %s', (own, tags, skip, runs) => {
    const words = (text: string) => text.split(' ').filter(Boolean)
    const task = { tags: words(own) } as unknown as Task
    expect(selects(words(tags), words(skip))(task)).toBe(runs)
  })
})

describe('where tags come from', () => {
  const names = (story: readonly string[]) => story.map((line) => /here (.*): /.exec(line)![1])
  const yaml = `
- hosts: all
  tags: play
  roles:
    - { role: web, tags: use }
  tasks:
    - block:
        - { name: in block, debug: { msg: x }, tags: [own, other] }
      tags: block
    - { name: alone, debug: { msg: x } }
`
  const role = {
    'roles/web/tasks/main.yml': `
- { name: in role, debug: { msg: x } }
- { include_tasks: more.yml, tags: inc }
`,
    'roles/web/tasks/more.yml': `
- { name: included, debug: { msg: x } }
- { name: marked, debug: { msg: x }, tags: mark }
- { name: never, debug: { msg: x }, tags: never }
`,
  }
  test.for([
    ['--tags own', { tags: ['own'] }, ['in block']],
    ['--tags block', { tags: ['block'] }, ['in block']],
    // Those of an include are for itself alone, as in Ansible.
    ['--tags inc', { tags: ['inc'] }, []],
    ['--tags inc,mark', { tags: ['inc', 'mark'] }, ['web : marked']],
    [
      '--tags use',
      { tags: ['use'] },
      ['web : in role', 'web : included', 'web : marked', 'web : never'],
    ],
    ['--skip-tags use', { skipTags: ['use'] }, ['in block', 'alone']],
    [
      '--skip-tags mark',
      { skipTags: ['mark', 'block'] },
      ['web : in role', 'web : included', 'alone'],
    ],
    ['--skip-tags play', { skipTags: ['play'] }, []],
  ] as [string, PlayOptions, string[]][])('%s', async ([, options, want], { site }) => {
    await site.write(role)
    expect(names((await site.play(yaml, options)).story)).toEqual(want)
  })

  test('handlers run whatever their tags', async ({ site }) => {
    const { story } = await site.play(
      `
- hosts: all
  handlers: [{ name: h, debug: { msg: x }, tags: other }]
  tasks: [{ name: t, copy: { dest: '{{dir}}/a', content: x }, tags: a, notify: h }]
`,
      { tags: ['a'] },
    )
    expect(story).toEqual(['here t: changed', 'here h: ok'])
  })
})
