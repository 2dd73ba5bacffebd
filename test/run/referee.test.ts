import { spawnSync } from 'node:child_process'
import { mkdir, rm } from 'node:fs/promises'
import { describe, expect } from 'vitest'
import { hasReferee } from '../site/referee.js'
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
]

describe.runIf(hasReferee)('as Ansible does it', () => {
  test.for(cases)('%s', async ([, files, play, want], { site }) => {
    await site.write(files)
    const yaml = `- hosts: all\n  gather_facts: false${play}`
    const [ours, theirs] = await bothLogs(site, yaml)
    expect(theirs).toEqual(want)
    expect(ours).toEqual(want)
  })
})
