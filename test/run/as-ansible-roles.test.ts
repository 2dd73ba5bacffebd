import { comparePlaybooks } from './as-ansible.js'

const play = (text: string) => `- hosts: all\n  gather_facts: false\n${text}`
const say = (name: string, msg: string, more = '') =>
  `- { name: ${name}, debug: { msg: '${msg}' }${more} }\n`

const roles = {
  'roles/r/defaults/main.yml': 'colour: default\n',
  'roles/r/tasks/main.yml': say('main', 'main {{ colour }}') + say('tagged', 't', ', tags: [in]'),
  'roles/r/tasks/other.yml': say('other', 'other {{ colour }}'),
}

comparePlaybooks({
  'import_role with vars, tags, when and tasks_from': {
    files: roles,
    play: play(`  tasks:
    - { import_role: { name: r }, when: inventory_hostname == 'a', vars: { colour: red } }
    - { import_role: { name: r, tasks_from: other.yml }, tags: [mine], vars: { colour: blue } }
`),
  },
  'import_role: its tags are for all inside': {
    files: roles,
    play: play(`  tasks:
    - { import_role: { name: r }, tags: [mine] }
    - { import_role: { name: r, tasks_from: other } }
    - { name: none, debug: { msg: none } }
`),
    options: { tags: ['mine'] },
  },
  'include_role with vars, when, a loop and tasks_from': {
    files: roles,
    play: play(`  tasks:
    - include_role: { name: r, tasks_from: other }
      vars: { colour: '{{ item }}' }
      loop: [red, blue]
    - { name: taken in, include_role: { name: r }, when: inventory_hostname == 'a' }
    - ${say('after', 'after').slice(2)}`),
  },
  'include_role: its tags are its own, apply is for all inside': {
    files: roles,
    play: play(`  tasks:
    - { include_role: { name: r }, tags: [mine] }
    - { include_role: { name: r, tasks_from: other, apply: { tags: [mine] } }, tags: [mine] }
    - { include_role: { name: r, tasks_from: other, apply: { tags: [mine] } } }
`),
    options: { tags: ['mine'] },
  },
  'roles with params, tags and when': {
    files: roles,
    play: play(`  roles:
    - { role: r, colour: param, tags: [mine] }
    - role: r
      vars: { colour: var }
      when: inventory_hostname == 'b'
`),
  },
  'role dependencies with vars, and a role that two depend on': {
    files: {
      ...roles,
      'roles/base/tasks/main.yml': say('base', 'base {{ who }}'),
      'roles/base/defaults/main.yml': 'who: nobody\n',
      'roles/x/meta/main.yml': 'dependencies:\n  - { role: base, vars: { who: x } }\n  - r\n',
      'roles/x/tasks/main.yml': say('x', 'x'),
      'roles/y/meta/main.yml': 'dependencies:\n  - { role: base, who: y }\n  - { role: r }\n',
      'roles/y/tasks/main.yml': say('y', 'y'),
    },
    play: play('  roles: [x, y]\n'),
  },
  'a dependency has the tags and the condition of who depends on it': {
    files: {
      ...roles,
      'roles/x/meta/main.yml': 'dependencies: [{ role: r, tags: [dep] }]\n',
      'roles/x/tasks/main.yml': say('x', 'x'),
    },
    play: play(`  roles: [{ role: x, tags: [mine], when: inventory_hostname == 'a' }]\n`),
    options: { tags: ['mine'] },
  },
  'role vars, defaults and params, from weak to strong': {
    files: {
      'roles/p/defaults/main.yml': 'one: default\ntwo: default\nthree: default\nfour: default\n',
      'roles/p/vars/main.yml': 'two: vars\nthree: vars\nfour: vars\n',
      'roles/p/tasks/main.yml': say('p', '{{ one }} {{ two }} {{ three }} {{ four }}'),
      'group_vars/all.yml': 'one: group\ntwo: group\n',
    },
    play: play(`  vars: { three: play }
  roles: [{ role: p, four: param }]
  post_tasks:
    - ${say('after', '{{ one }} {{ two }} {{ three }}').slice(2)}`),
  },
  'handlers of one name in two roles: the last one wins, ROLE : NAME tells them apart': {
    files: {
      'roles/x/tasks/main.yml': `- { name: x, debug: { msg: x }, changed_when: true, notify: h }\n`,
      'roles/x/handlers/main.yml': say('h', 'of x'),
      'roles/y/tasks/main.yml': `- { name: y, debug: { msg: y }, changed_when: true, notify: 'x : h' }\n`,
      'roles/y/handlers/main.yml': say('h', 'of y'),
    },
    play: play('  roles: [x, y]\n'),
  },
  'a role that is named twice is done once, with other params again': {
    files: {
      ...roles,
      'roles/again/tasks/main.yml': say('again', 'again'),
      'roles/again/meta/main.yml': 'allow_duplicates: true\n',
    },
    play: play(`  roles: [r, r, { role: r, tags: [x] }, { role: r, colour: red }, again, again]
  tasks:
    - import_role: { name: r }
    - import_role: { name: r }
    - include_role: { name: r }
    - include_role: { name: r }
`),
  },
  'a role that others depend on is done once, unless its condition did not hold': {
    files: {
      ...roles,
      'roles/x/meta/main.yml': 'dependencies: [r]\n',
      'roles/x/tasks/main.yml': say('x', 'x'),
      'roles/y/meta/main.yml': 'dependencies: [{ role: r }, x]\n',
      'roles/y/tasks/main.yml': say('y', 'y'),
      'roles/z/meta/main.yml': 'dependencies: [{ role: r, when: true }]\n',
      'roles/z/tasks/main.yml': say('z', 'z'),
    },
    play: play(`  roles:
    - { role: x, when: inventory_hostname == 'a' }
    - y
    - z
    - r
`),
  },
  'a dependency sees the variables of who depends on it': {
    files: {
      ...roles,
      'roles/x/meta/main.yml': 'dependencies: [{ role: r, two: dep }]\n',
      'roles/x/tasks/main.yml': say('x', 'x {{ colour }}'),
      'roles/x/vars/main.yml': 'colour: of x\n',
      'roles/w/meta/main.yml': 'dependencies: [r]\n',
      'roles/w/tasks/main.yml': say('w', 'w {{ colour }}'),
    },
    play: play(`  roles: [x, { role: w, colour: param }]\n`),
  },
})
