import { describe, expect } from 'vitest'
import { test } from '../support/play.js'

describe('until', () => {
  const yaml = (retries: number) => `
- hosts: all
  tasks:
    - name: counts
      shell: 'echo x >>{{dir}}/n; wc -l <{{dir}}/n'
      register: lines
      until: lines.stdout | int >= 3
      retries: ${retries}
      delay: 0
    - { name: after, debug: { msg: '{{ lines.attempts }} tries' } }
`
  test('tries again until it holds', async ({ site }) => {
    const { story, tasks } = await site.play(yaml(5))
    expect(story).toEqual(['here counts: changed', 'here after: ok'])
    expect(tasks[1]!.message).toBe('3 tries')
  })

  test('each turn of a loop has its own tries', async ({ site }) => {
    const { story, tasks } = await site.play(`
- hosts: all
  tasks:
    - name: counts
      shell: 'echo x >>{{dir}}/{{ item }}; wc -l <{{dir}}/{{ item }}'
      loop: [2, 1, 3]
      register: lines
      until: lines.stdout | int >= item
      delay: 0
    - debug: { msg: '{{#each lines.results}}{{ item }}: {{ attempts }} {{/each}}' }
`)
    expect(story.slice(0, 3)).toEqual([
      'here counts (2): changed',
      'here counts (1): changed',
      'here counts (3): changed',
    ])
    expect(tasks.at(-1)!.message).toBe('2: 2 1: 1 3: 3 ')
  })

  test('a turn that never holds fails the task, in its block', async ({ site }) => {
    const { story } = await site.play(`
- hosts: all
  tasks:
    - block:
        - name: counts
          command: 'echo {{ item }}'
          loop: [1, 2, 3]
          register: said
          until: said.stdout != '2'
          retries: 1
          delay: 0
      rescue: [{ name: mends, debug: { msg: x } }]
`)
    expect(story).toEqual(['here counts (1): changed', 'here counts (2): failed', 'here mends: ok'])
  })

  test('fails after the last try', async ({ site }) => {
    const { exit, tasks } = await site.play(yaml(1))
    expect(exit).toBe(2)
    expect(tasks[0]!.message).toContain('did not hold after 2 tries: lines.stdout | int >= 3')
  })

  test('tries a task again that fails', async ({ site }) => {
    const { exit } = await site.play(`
- hosts: all
  tasks:
    - shell: 'test -e {{dir}}/there || { touch {{dir}}/there; exit 1; }'
      register: there
      until: there is succeeded
      delay: 0
`)
    expect(exit).toBe(0)
  })
})

describe('set_fact, meta and pause', () => {
  test('a fact is there for what follows, and stronger than play vars', async ({ site }) => {
    const { tasks, story } = await site.play(`
- hosts: all
  vars: { x: play }
  tasks:
    - { command: echo told, register: said, changed_when: false }
    - { name: sets, set_fact: { x: '{{ said.stdout }}', n: 5 } }
    - { name: reads, debug: { msg: '{{ x }} {{ n }}' } }
    - { name: loops, set_fact: { '{{ "no" }}': 1, last: '{{ item }}' }, loop: [a, b], when: false }
- hosts: all
  tasks: [{ name: later, debug: { msg: '{{ x }}' } }]
`)
    expect(story).toContain('here sets: ok')
    expect(tasks.find(({ task }) => task === 'reads')!.message).toBe('told 5')
    expect(tasks.at(-1)!.message).toBe('told')
  })

  test('flush_handlers runs them now', async ({ site }) => {
    const { story } = await site.play(`
- hosts: all
  tasks:
    - { name: writes, copy: { dest: '{{dir}}/a', content: x }, notify: h }
    - meta: flush_handlers
    - { name: after, debug: { msg: 1 } }
  handlers: [{ name: h, debug: { msg: 1 } }]
`)
    expect(story).toEqual(['here writes: changed', 'here h: ok', 'here after: ok'])
  })

  test.for(['end_host', 'end_play'])('%s ends the play, not the run', async (action, { site }) => {
    const { story, exit } = await site.play(`
- hosts: all
  tasks:
    - { name: one, debug: { msg: 1 } }
    - { meta: ${action}, when: inventory_hostname == 'here' }
    - { name: never, debug: { msg: 1 } }
- hosts: all
  tasks: [{ name: next, debug: { msg: 1 } }]
`)
    expect(story).toEqual(['here one: ok', 'here next: ok'])
    expect(exit).toBe(0)
  })

  test('a pause is waited for, and not in a check', async ({ site }) => {
    const yaml = `- hosts: all\n  tasks: [{ name: waits, pause: { seconds: 0.01 } }]\n`
    expect((await site.play(yaml)).story).toEqual(['here waits: ok'])
    expect((await site.play(yaml, { check: true })).exit).toBe(0)
  })
})

describe('where and how often', () => {
  test('delegate_to works on the other host, with the own variables', async ({ site }) => {
    const { tasks, exit } = await site.play(
      `
- hosts: a
  tasks:
    - { name: asks, shell: 'echo "$DR_PLAY_STATE"', delegate_to: b, register: said }
    - { name: tells, debug: { msg: '{{ inventory_hostname }} {{ said.stdout }}' } }
`,
      { inventory: 'a\nb' },
    )
    expect(exit).toBe(0)
    expect(tasks[1]!.message).toMatch(/^a .*\/state\/b/)
  })

  test('delegate_to an unknown host fails with its place', async ({ site }) => {
    const { tasks, exit } = await site.play(`
- hosts: all
  tasks:
    - { command: echo nobody, register: who, changed_when: false }
    - { name: asks, command: 'true', delegate_to: '{{ who.stdout }}' }
`)
    expect(exit).toBe(2)
    expect(tasks[1]!.message).toContain('is no host of the inventory')
  })

  test('a task that is left out asks nobody where it would be done', async ({ site }) => {
    const { story, exit } = await site.play(`
- hosts: all
  vars: { third: '' }
  tasks:
    - { name: alone, command: 'true', delegate_to: '{{ third }}', when: third != '' }
    - { name: looped, command: 'true', delegate_to: '{{ third }}', loop: [1], when: [third != '', item > 0] }
`)
    expect(story).toEqual(['here alone: skipped', 'here looped (1): skipped'])
    expect(exit).toBe(0)
  })

  test('run_once is done by the first host, and all have the result', async ({ site }) => {
    const { story, tasks, exit } = await site.play(
      `
- hosts: all
  tasks:
    - { name: once, shell: 'echo x >>{{dir}}/n; wc -l <{{dir}}/n', run_once: true, register: said }
    - { name: tells, debug: { msg: '{{ said.stdout }}' } }
`,
      { inventory: 'a\nb\nc' },
    )
    expect(exit).toBe(0)
    expect(story.filter((line) => line.includes('once'))).toEqual(['a once: changed'])
    expect(tasks.filter(({ task }) => task === 'tells').map(({ message }) => message)).toEqual([
      '1',
      '1',
      '1',
    ])
  })

  test('delegate_to may name another host in each turn of a loop', async ({ site }) => {
    const { tasks, exit } = await site.play(
      `
- hosts: a
  tasks:
    - name: asks
      shell: 'echo "\${DR_PLAY_STATE##*/}"'
      delegate_to: '{{ item }}'
      loop: '{{ groups.all }}'
      when: item != 'c'
      register: said
    - debug: { msg: '{{#each said.results}}{{#if skipped}}-{{else}}{{ stdout }}{{/if}} {{/each}}' }
`,
      { inventory: 'a\nb\nc\nd' },
    )
    expect(exit).toBe(0)
    expect(tasks.at(-1)!.message).toBe('a b - d ')
  })

  test('run_once with a loop tells the others of all turns', async ({ site }) => {
    const { tasks, story } = await site.play(
      `
- hosts: all
  tasks:
    - { name: once, command: 'echo {{ item }}', loop: [1, 2, 3], when: item != 3, run_once: true, register: said }
    - { name: fact, set_fact: { y: '{{ item }}' }, loop: [1, 2], run_once: true }
    - { name: tells, debug: { msg: '{{#each said.results}}{{ item }}{{/each}} {{ y }}' } }
`,
      { inventory: 'a\nb' },
    )
    expect(story.filter((line) => line.startsWith('b'))).toEqual(['b tells: ok'])
    const told = tasks.filter(({ task }) => task === 'tells')
    expect(told.map(({ message }) => message)).toEqual(['123 2', '123 2'])
  })

  test('run_once that fails fails all', async ({ site }) => {
    const { exit, tallies } = await site.play(
      `
- hosts: all
  tasks: [{ name: once, command: 'false', run_once: true }]
`,
      { inventory: 'a\nb' },
    )
    expect(exit).toBe(2)
    expect(tallies.b!.failed).toBe(1)
  })

  test('environment reaches what runs, the inner one winning', async ({ site }) => {
    const { tasks } = await site.play(`
- hosts: all
  environment: { A: play, B: "it's {{ inventory_hostname }}" }
  tasks:
    - { name: asks, shell: 'echo "$A $B"', environment: { A: task }, register: said }
    - debug: { msg: '{{ said.stdout }}' }
`)
    expect(tasks[1]!.message).toBe("task it's here")
  })

  test('any_errors_fatal ends the run after the batch', async ({ site }) => {
    const { story, exit } = await site.play(
      `
- hosts: all
  any_errors_fatal: true
  tasks: [{ name: breaks, command: 'false', when: inventory_hostname == 'a' }]
- hosts: all
  tasks: [{ name: never, debug: { msg: 1 } }]
`,
      { inventory: 'a\nb' },
    )
    expect(story.some((line) => line.includes('never'))).toBe(false)
    expect(exit).toBe(2)
  })
})

describe('files that a playbook takes in', () => {
  test('vars_files are stronger than vars, and may be chosen by a fact', async ({ site }) => {
    await site.write({ 'one.yml': 'x: file\ny: file\n', 'vars/Debian.yml': 'z: debian\n' })
    const { tasks } = await site.play(`
- hosts: all
  vars: { x: play }
  vars_files: [one.yml, '{{ ansible_os_family }}.yml']
  tasks: [{ debug: { msg: '{{ x }} {{ y }} {{ z }}' } }]
`)
    expect(tasks[0]!.message).toBe('file file debian')
  })

  test('a missing one is an error before any host is contacted', async ({ site }) => {
    expect(
      await site.problems(
        `- hosts: all\n  vars_files: [no.yml]\n  tasks: [{ debug: { msg: 1 } }]\n`,
      ),
    ).toEqual([expect.stringContaining('there is no vars file "no.yml"')])
  })

  test('import_playbook, with tags and a condition', async ({ site }) => {
    await site.write({
      'sub/other.yml': `- hosts: all\n  tasks:\n    - { name: there, debug: { msg: 1 } }\n`,
    })
    const { story } = await site.play(`
- import_playbook: sub/other.yml
- import_playbook: sub/other.yml
  when: false
- hosts: all
  tasks: [{ name: here, debug: { msg: 1 } }]
`)
    expect(story).toEqual(['here there: ok', 'here there: skipped', 'here here: ok'])
  })

  test('a playbook that imports itself is an error', async ({ site }) => {
    expect(await site.problems('- import_playbook: play.yml\n')).toEqual([
      expect.stringContaining('imports itself'),
    ])
  })

  test('roles run after those they depend on, each once for what is said to it', async ({
    site,
  }) => {
    const role = (name: string) => `- { name: ${name}, debug: { msg: '{{ from }}' } }\n`
    await site.write({
      'roles/base/tasks/main.yml': role('base'),
      'roles/base/defaults/main.yml': 'from: default\n',
      'roles/a/tasks/main.yml': `- { name: a, debug: { msg: 1 } }\n`,
      'roles/a/meta/main.yml': 'dependencies: [{ role: base, from: a }]\n',
      'roles/b/tasks/main.yml': `- { name: b, debug: { msg: 1 } }\n`,
      'roles/b/meta/main.yml': 'dependencies: [base, { role: base, from: a }]\n',
    })
    const { story, tasks } = await site.play(`- hosts: all\n  roles: [a, b]\n`)
    expect(story).toEqual(
      ['base : base', 'a : a', 'base : base', 'b : b'].map((task) => `here ${task}: ok`),
    )
    expect(tasks.map(({ message }) => message)).toEqual(['a', '1', 'default', '1'])
  })

  test('a role that depends on itself is an error', async ({ site }) => {
    await site.write({
      'roles/a/tasks/main.yml': '[]\n',
      'roles/a/meta/main.yml': 'dependencies: [a]\n',
    })
    expect(await site.problems(`- hosts: all\n  roles: [a]\n`)).toEqual([
      expect.stringContaining('depends on itself: a -> a'),
    ])
  })
})
