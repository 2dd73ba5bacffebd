import { comparePlaybooks } from './as-ansible.js'

const play = (text: string) => `- hosts: all\n  gather_facts: false\n${text}`
const show = (name: string, msg: string) => `    - { name: ${name}, debug: { msg: '${msg}' } }\n`

comparePlaybooks({
  'vars_files: the first of several that is there': {
    files: {
      'two.yml': 'x: two\n',
      'three.yml': 'x: three\ny: three\n',
      'vars/b.yml': 'z: of b\n',
    },
    play: play(`  vars_files:
    - [one.yml, two.yml, three.yml]
    - ['vars/{{ inventory_hostname }}.yml', three.yml]
  tasks:\n${show('x', '{{ x }}')}    - { name: z, debug: { msg: 1 }, when: z is defined }\n`),
  },
  'environment of play, block and task': {
    play: play(`  environment: { ONE: play, TWO: play, THREE: play }
  tasks:
    - environment: { TWO: block, THREE: block }
      block:
        - name: prints
          shell: echo "$ONE $TWO $THREE"
          environment: { THREE: task }
          register: said
          changed_when: false
${show('told', '{{ said.stdout }}')}`),
  },
  'vars of play, block and task, set_fact, registered, -e': {
    files: { 'host_vars/a.yml': 'one: host\n', 'group_vars/all.yml': 'one: group\ntwo: group\n' },
    play: play(`  vars: { three: play, four: play, extra: play }
  tasks:
    - vars: { four: block }
      block:
${show('reads', '{{ one }} {{ two }} {{ three }} {{ four }} {{ extra }}').replace('    -', '        -')}    - { name: sets, set_fact: { three: fact, extra: fact } }
${show('again', '{{ three }} {{ four }} {{ extra }}')}`),
    options: { extraVars: ['extra=line'] },
  },
  'a loop: loop_var, index_var, label, with_items that flattens, registered results': {
    play: play(`  vars: { inner: [2, 3] }
  tasks:
    - name: named
      debug: { msg: '{{ i }} {{ each.name }}' }
      loop: [{ name: x }, { name: y }]
      loop_control: { loop_var: each, index_var: i, label: '{{ each.name }}' }
    - { name: flat, debug: { msg: '{{ item }}' }, with_items: [1, '{{ inner }}'] }
    - { name: nested, debug: { msg: '{{ item }}' }, with_items: [[1, 2], [3]] }
    - { name: of one, debug: { msg: '{{ item }}' }, with_items: '{{ inner }}' }
    - { name: some, command: 'echo {{ item }}', loop: [1, 2], when: item > 1, register: r, changed_when: false }
    - { name: told, debug: { msg: '{{ r.results.0.item }} {{ r.results.1.stdout }}' } }
`),
  },
  'hostvars, groups and what else is always there': {
    inventory: '[web]\na ip=1\n[db]\nb ip=2',
    play: play(`  tasks:
${show('names', '{{ inventory_hostname }} {{ inventory_hostname_short }} {{ ansible_host }}')}${show('other', '{{ hostvars.b.ip }}')}    - { name: in, debug: { msg: 1 }, when: "inventory_hostname in groups['web']" }
    - { name: is, debug: { msg: 1 }, when: "hostvars[groups['db'][0]].ip == 2" }
`),
  },
  'args beside the module, and on one line': {
    play: play(`  tasks:
    - { name: args, command: pwd, args: { chdir: / }, register: r, changed_when: false }
${show('where', '{{ r.stdout }}')}    - { name: line, shell: 'pwd chdir=/', register: r, changed_when: false }
${show('there', '{{ r.stdout }}')}    - { name: full, ansible.builtin.debug: { msg: full } }
`),
  },
  'import_playbook with tags and when': {
    files: {
      'other.yml': play(show('other', 'x').replace(/^/, '  tasks:\n')),
    },
    play: `- { import_playbook: other.yml, when: inventory_hostname == 'a' }\n${play(`  tasks:\n${show('own', 'x')}`)}`,
  },
  'include_tasks: loop, vars, when, apply; import_tasks': {
    files: {
      'sub/one.yml': show('one', '{{ colour }}').replace('    ', ''),
      'two.yml': show('two', '{{ x }}').replace('    ', ''),
    },
    play: play(`  vars: { x: 1 }
  tasks:
    - { include_tasks: sub/one.yml, loop: [red, blue], loop_control: { loop_var: c }, vars: { colour: '{{ c }}' } }
    - { name: not here, include_tasks: two.yml, when: inventory_hostname == 'a' }
    - include_tasks: { file: two.yml, apply: { vars: { x: applied } } }
    - { import_tasks: two.yml, vars: { x: imported }, when: inventory_hostname == 'b' }
`),
  },
  'pre_tasks, roles, tasks, post_tasks and their handlers': {
    files: { 'roles/r/tasks/main.yml': show('role', 'r').replace('    ', '') },
    play: play(`  post_tasks: [{ name: post, debug: { msg: 1 } }]
  tasks:
    - { name: task, debug: { msg: 1 }, changed_when: true, notify: [one, topic] }
    - { name: same, debug: { msg: 1 }, changed_when: true, notify: one }
  roles: [r]
  pre_tasks: [{ name: pre, debug: { msg: 1 }, changed_when: true, notify: one }]
  handlers:
    - { name: two, debug: { msg: two }, listen: topic }
    - { name: one, debug: { msg: one } }
    - { name: left out, debug: { msg: 1 }, listen: topic, when: false }
`),
  },
})
