import { comparePlaybooks } from './as-ansible.js'

const play = (text: string, more = '') => `- hosts: all\n  gather_facts: false\n${more}${text}`
const five = 'a\nb\nc\nd\ne'
const last = '    - { name: last, debug: { msg: last } }\n'
const failsOn = (host: string) =>
  `    - { name: fails, fail: { msg: broken }, when: inventory_hostname == '${host}' }\n`

comparePlaybooks({
  'nested blocks: failures that are ignored, rescued, and those of a rescue': {
    play: play(`  tasks:
    - block:
        - { name: ignored, fail: { msg: 1 }, ignore_errors: true }
        - block:
            - { name: inner, fail: { msg: 1 } }
            - { name: never, debug: { msg: 1 } }
          rescue:
            - { name: tells, debug: { msg: '{{ ansible_failed_task.name }} {{ ansible_failed_result.msg }}' } }
            - { name: rescue fails, fail: { msg: 2 } }
          always: [{ name: inner always, debug: { msg: 3 } }]
        - { name: never either, debug: { msg: 1 } }
      rescue: [{ name: outer rescue, debug: { msg: 4 } }]
      always: [{ name: outer always, debug: { msg: 5 } }]
    - block: [{ name: well, debug: { msg: 6 } }]
      rescue: [{ name: not needed, debug: { msg: 6 } }]
      always: [{ name: always, debug: { msg: 6 } }]
    - block: [{ name: breaks, fail: { msg: 7 } }]
      always: [{ name: then, debug: { msg: 7 } }]
${last}`),
  },
  'a block says its keywords to all inside, and a task its own': {
    play: play(`  tasks:
    - name: outer
      when: inventory_hostname == 'a'
      vars: { x: block, y: block }
      ignore_errors: true
      block:
        - { name: reads, debug: { msg: '{{ x }} {{ y }}' }, vars: { y: task } }
        - { name: fails, fail: { msg: 1 } }
        - { name: left out, debug: { msg: 1 }, when: x == 'none' }
${last}`),
  },
  'serial: a list with percents': {
    inventory: five,
    play: play(
      '  tasks: [{ name: begins, debug: { msg: 1 }, run_once: true }, { name: all, debug: { msg: 1 } }]\n',
      "  serial: [1, '40%', 10]\n",
    ),
  },
  'serial: what fails whole ends the run': {
    inventory: five,
    play: play(`  tasks:\n${failsOn('b')}${last}`, '  serial: 1\n'),
  },
  'max_fail_percentage: within': {
    inventory: five,
    play: play(`  tasks:\n${failsOn('b')}${last}`, '  serial: 3\n  max_fail_percentage: 40\n'),
  },
  'max_fail_percentage: beyond, the next batch does not begin': {
    inventory: 'a\nb',
    play: play(`  tasks:\n${failsOn('a')}`, '  serial: [1, 1]\n  max_fail_percentage: 0\n'),
  },
  any_errors_fatal: {
    inventory: 'a\nb',
    play:
      play(`  tasks:\n${failsOn('a')}`, '  any_errors_fatal: true\n') + play(`  tasks:\n${last}`),
  },
  'a play goes on with the hosts that have not failed': {
    play: play(`  tasks:\n${failsOn('a')}${last}`) + play(`  tasks:\n${last}`),
  },
  'until with register': {
    play: play(`  tasks:
    - name: tries
      shell: "echo x >>{{ dir }}/{{ inventory_hostname }}-$PPID; echo done"
      register: tried
      until: tried.stdout == 'done'
      retries: 2
      delay: 0
    - { name: tells, debug: { msg: '{{ tried.attempts }} {{ tried.stdout }}' } }
    - { name: in vain, command: 'false', register: f, until: f.rc == 0, retries: 1, delay: 0, ignore_errors: true }
`),
  },
  'changed_when and failed_when in all forms': {
    play: play(`  tasks:
    - { name: one, command: 'true', changed_when: false }
    - { name: two, command: 'true', changed_when: 'false' }
    - { name: three, command: 'true', changed_when: no }
    - { name: four, command: 'true', changed_when: 'False' }
    - { name: five, command: echo x, register: r, changed_when: [r.rc == 0, "'x' in r.stdout"] }
    - { name: six, command: echo x, register: r, changed_when: "'y' in r.stdout" }
    - { name: seven, command: 'false', failed_when: false }
    - { name: eight, command: 'false', register: r, failed_when: r.rc > 1 }
    - { name: nine, command: 'true', register: r, failed_when: [r.rc == 0, r.stdout == ''], ignore_errors: true }
    - { name: ten, debug: { msg: 1 }, changed_when: true }
`),
  },
  'run_once with delegate_to and a loop': {
    play: play(`  tasks:
    - name: once
      command: 'echo {{ item }} {{ inventory_hostname }}'
      delegate_to: b
      run_once: true
      loop: [1, 2]
      register: said
      changed_when: false
    - { name: all hear, debug: { msg: '{{ said.results.1.stdout }}' } }
    - { name: sets, set_fact: { who: '{{ inventory_hostname }}' }, run_once: true }
    - { name: have, debug: { msg: '{{ who }}' } }
    - { name: to each, command: 'echo {{ item }}', delegate_to: '{{ item }}', loop: [a, b], changed_when: false }
`),
  },
  'meta: end_host and end_play': {
    play:
      play(`  tasks:
    - { name: ends, meta: end_host, when: inventory_hostname == 'a' }
    - { name: still b, debug: { msg: 1 } }
    - meta: end_play
    - { name: never, debug: { msg: 1 } }
`) + play(`  tasks:\n${last}`),
  },
  'assert, fail, set_fact and their results': {
    play: play(`  tasks:
    - { name: holds, assert: { that: [1 < 2, "'a' in 'abc'"] }, register: good }
    - { name: does not, assert: { that: 1 > 2, fail_msg: too small }, ignore_errors: true, register: bad }
    - { name: fails, fail: { msg: 'on {{ inventory_hostname }}' }, ignore_errors: true, register: f }
    - { name: why, debug: { msg: '{{ f.msg }}' } }
    - { name: tests, debug: { msg: seen }, when: f is failed and good is succeeded and bad is not changed }
`),
  },
  'tags: always, never, and what is inherited': {
    files: { 'more.yml': `- { name: more, debug: { msg: 1 } }\n` },
    play: play(`  tags: [all-of-it]
  tasks:
    - { name: mine, debug: { msg: 1 }, tags: mine }
    - { name: always, debug: { msg: 1 }, tags: always }
    - { name: never, debug: { msg: 1 }, tags: [never, mine] }
    - { name: never alone, debug: { msg: 1 }, tags: never }
    - { block: [{ name: in a block, debug: { msg: 1 } }], tags: [mine] }
    - { import_tasks: more.yml, tags: [mine] }
    - { include_tasks: more.yml, tags: [mine] }
${last}`),
    options: { tags: ['mine'] },
  },
  '--skip-tags': {
    play: play(`  tasks:
    - { name: mine, debug: { msg: 1 }, tags: mine }
    - { name: always, debug: { msg: 1 }, tags: [always, mine] }
    - { name: never, debug: { msg: 1 }, tags: never }
${last}`),
    options: { skipTags: ['mine'] },
  },
  '--start-at-task': {
    play: play(`  tasks:
    - { name: first, debug: { msg: 1 } }
    - { name: second, debug: { msg: 1 } }
${last}`),
    options: { startAtTask: 'second' },
  },
  '--check, and check_mode: false': {
    play: play(`  tasks:
    - { name: done, command: echo x, check_mode: false, register: x, changed_when: false }
    - { name: reads, debug: { msg: '{{ x.stdout }}' } }
    - { name: would, copy: { dest: '{{ dir }}/new', content: x } }
    - { name: in check, debug: { msg: 1 }, when: ansible_check_mode }
`),
    options: { check: true },
  },
})
