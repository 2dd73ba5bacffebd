import { spawnSync } from 'node:child_process'
import { mkdir, rm } from 'node:fs/promises'
import { describe, expect } from 'vitest'
import { hasReferee } from '../site/referee.js'
import { someOf } from '../support/form.js'
import { test, type TestSite } from '../support/play.js'

/** What a play writes into `{{dir}}/out/log`, done by dr-play and by the real ansible-playbook. */
async function bothLogs(site: TestSite, yaml: string): Promise<string[][]> {
  const logOf = async (act: () => unknown) => {
    await mkdir(site.path('out'))
    await act()
    const lines = (await site.has('out/log')) ? (await site.read('out/log')).trimEnd() : ''
    await rm(site.path('out'), { recursive: true })
    return lines.split('\n')
  }
  return [await logOf(() => site.play(yaml)), await logOf(() => ansiblePlay(site))]
}

/** A play may be meant to fail; one that cannot even be read is a mistake of the test. */
function ansiblePlay(site: TestSite): void {
  const argv = ['-i', site.path('inventory'), site.path('play.yml')]
  const { status, stdout, stderr } = spawnSync('ansible-playbook', argv, { encoding: 'utf8' })
  if (status !== 0 && status !== 2) throw new Error(`${stdout}${stderr}`)
}

const say = (text: string) => `shell: 'echo "${text}" >>{{dir}}/out/log'`

/** Plays that both must do alike: files beside the playbook, tasks, handlers, what is in the log. */
const cases: [string, Record<string, string>, string, string[]][] = [
  [
    'the results of a loop, with turns left out',
    {},
    `
  tasks:
    - { command: 'echo {{ item }}', loop: [1, 2, 3], when: item != 2, register: said }
    - { ${say('{{ item.item }} {{ item.stdout }}')}, loop: '{{ said.results }}', when: item is not skipped }
    - { ${say('left out')}, when: 'said.results[1] is skipped and said is not skipped' }
`,
    ['1 1', '3 3', 'left out'],
  ],
  [
    'until in a loop',
    {},
    `
  tasks:
    - shell: 'echo x >>{{dir}}/out/{{ item }}; wc -l <{{dir}}/out/{{ item }}'
      loop: [2, 1]
      register: lines
      until: lines.stdout | int >= item
      delay: 0
    - { ${say('{{ item.item }} {{ item.attempts }}')}, loop: '{{ lines.results }}' }
`,
    ['2 2', '1 1'],
  ],
  [
    'includes: where they are found, their condition, their variables, their loops',
    {
      'sub/one.yml': `- { ${say('one {{ colour }} {{ item }}')} }\n- include_tasks: deep/two.yml\n`,
      'sub/deep/two.yml': `- { ${say('two {{ item }}')} }\n`,
      'sub/cond.yml': `- set_fact: { go: false }\n- { ${say('still here')} }\n`,
    },
    `
  tasks:
    - set_fact: { go: true }
    - include_tasks: sub/one.yml
      loop: [1, 2]
      vars: { colour: 'red{{ item }}' }
    - { include_tasks: sub/cond.yml, when: go }
    - { include_tasks: sub/cond.yml, when: go }
`,
    ['one red1 1', 'two 1', 'one red2 2', 'two 2', 'still here'],
  ],
  [
    'roles among tasks: files, variables, handlers, defaults that stay',
    {
      'roles/r/defaults/main.yml': 'port: 80\n',
      'roles/r/tasks/main.yml': `- { ${say('main {{ port }}')}, notify: h }\n`,
      'roles/r/handlers/main.yml': `- { name: h, ${say('h {{ port }}')} }\n`,
      'roles/s/defaults/main.yml': 'inside: 1\n',
      'roles/s/tasks/main.yml': `- { ${say('s {{ inside }}')} }\n`,
      'roles/s/tasks/other.yml': `- { ${say('other {{ inside }}')} }\n`,
    },
    `
  tasks:
    - { include_role: { name: s, tasks_from: other }, vars: { inside: 2 } }
    - { include_role: { name: '{{ item }}' }, loop: [s] }
    - { ${say('inside only')}, when: inside is not defined }
    - import_role: { name: r }
    - { ${say('after {{ port }}')} }
`,
    ['other 2', 's 1', 'inside only', 'main 80', 'after 80', 'h 80'],
  ],
  [
    'handlers: at the end of each part, again after a flush, in the order of their lists',
    {
      'roles/a/tasks/main.yml': `- { ${say('a')}, notify: [same, only] }\n`,
      'roles/b/tasks/main.yml': `- { ${say('b')}, notify: 'a : same' }\n`,
      'roles/a/handlers/main.yml': `- { name: same, ${say('same a')} }\n- { name: only, ${say('only a')} }\n`,
      'roles/b/handlers/main.yml': `- { name: same, ${say('same b')} }\n`,
    },
    `
  pre_tasks: [{ ${say('pre')}, notify: [third, first] }]
  roles: [a, b]
  tasks:
    - { ${say('task')}, notify: second }
    - meta: flush_handlers
    - { ${say('again')}, notify: second }
  post_tasks: [{ ${say('post')}, notify: topic }]
  handlers:
    - { name: first, ${say('first')} }
    - { name: second, ${say('second')}, notify: [first, third, second] }
    - { name: third, ${say('third')}, listen: topic }
    - { name: fourth, ${say('fourth')}, listen: topic }
`,
    [
      ...['pre', 'first', 'third', 'a', 'b', 'task'],
      ...['same a', 'only a', 'same b', 'second', 'third', 'again'],
      ...['first', 'second', 'third', 'post', 'first', 'third', 'fourth'],
    ],
  ],
]

describe.runIf(hasReferee)('as Ansible does it', () => {
  test.for(someOf(cases))('%s', async ([, files, play, want], { site }) => {
    await site.write(files)
    const yaml = `- hosts: all\n  gather_facts: false${play}`
    const [ours, theirs] = await bothLogs(site, yaml)
    expect(theirs).toEqual(want)
    expect(ours).toEqual(want)
  })
})
