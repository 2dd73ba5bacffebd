import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { resources } from '../../src/resources/registry.js'
import { ansibleWords, insteadOfKeyword, insteadOfModule } from '../../src/site/ansible-words.js'
import * as keywords from '../../src/site/keywords.js'
import { controls } from '../../src/site/controls.js'
import { test } from '../support/play.js'
import { hasReferee } from './referee.js'

const ours = new Set([
  ...Object.values(keywords).flatMap((table) => Object.keys(table)),
  ...resources.keys(),
  ...controls.keys(),
  'import_tasks',
  'import_role',
  'import_playbook',
])

/** What the real Ansible lists. */
const ansibleDoc = (...args: string[]) => execFileSync('ansible-doc', args, { encoding: 'utf8' })

describe("Ansible's words", () => {
  it.runIf(hasReferee)('every keyword is ours, or has something to use instead', () => {
    const listed = ansibleDoc('-t', 'keyword', '-l').matchAll(/^([a-z_0-9]+):/gm)
    const words = Array.from(listed, ([, word]) => word!)
    expect(words.length).toBeGreaterThan(50)
    expect(words.filter((word) => !ours.has(word) && !insteadOfKeyword(word))).toEqual([])
  })

  it.runIf(hasReferee)(
    'every module of ansible.builtin is ours, or has something to use instead',
    () => {
      const listed = ansibleDoc('-l').matchAll(/^ansible\.builtin\.(\w+)/gm)
      const words = Array.from(listed, ([, word]) => word!)
      expect(words.length).toBeGreaterThan(60)
      const lacking = words.filter(
        (word) => !ours.has(word) && !insteadOfModule(word) && !insteadOfKeyword(word),
      )
      expect(lacking).toEqual([])
    },
  )

  it.each(Object.entries({ ...ansibleWords.modules, ...ansibleWords.keywords }))(
    'what is said of %s names words that there are: %s',
    (_, hint) => {
      for (const [, word] of hint.matchAll(/\buse (\w+)/g)) {
        expect(
          word!.startsWith('ansible_') || word!.endsWith('_vars') || ours.has(word!),
          word,
        ).toBe(true)
      }
    },
  )
})

describe('in a playbook', () => {
  const has = 'Ansible has it, dr-play has not'

  test.for<[string, string]>([
    ['lineinfile: { path: /x }', `4:7 unknown module "lineinfile": ${has} | use template: `],
    [
      'ansible.builtin.apt: name=x',
      `4:7 unknown module "ansible.builtin.apt": ${has} | use package`,
    ],
    ['community.general.ini_file: {}', `"community.general.ini_file": ${has} | use template`],
    [
      'debug: msg=x\nasync: 5',
      `5:7 unknown keyword "async" in a task: ${has} | tasks are waited for`,
    ],
    [
      'local_action: command ls',
      `4:7 unknown keyword "local_action" in a task: ${has} | write a play`,
    ],
    [
      'debug: msg=x\nwith_dict: {}',
      `5:7 unknown keyword "with_dict" in a task: ${has} | use loop: `,
    ],
    [
      'block: []\nconnection: local',
      `5:7 unknown keyword "connection" in a block: ${has} | use ansible_c`,
    ],
    ['ansible.builtin.sysclt: {}', '"ansible.builtin.sysclt" | did you mean "sysctl"?'],
    ['my.own.thing: {}', '4:7 unknown module "my.own.thing" | the modules are: '],
  ])('%s', async ([task, want], { site }) => {
    const problems = await site.problems(
      `- hosts: all\n  vars: { x: 1 }\n  tasks:\n    - ${task.replaceAll('\n', '\n      ')}\n`,
    )
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(want)
  })

  test('a keyword of plays', async ({ site }) => {
    expect(await site.problems('- hosts: all\n  remote_user: me\n')).toEqual([
      `play.yml:2:3 unknown keyword "remote_user" in a play: ${has} | use ansible_user: it is set in the inventory, for each host; or -u`,
    ])
  })
})
