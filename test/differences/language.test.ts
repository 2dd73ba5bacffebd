import { differences } from './sides.js'

const HERE = 'a ansible_connection=local\n'
const tasks = (text: string) => ({
  hosts: HERE,
  'play.yml': `- hosts: all\n  gather_facts: no\n  tasks:\n${text.replaceAll(/^/gm, '    ')}\n`,
})
const theirRun = ['ansible-playbook', 'play.yml', '-i', 'hosts']
const ourRun = ['play.yml', '-i', 'hosts', '-v']
const BEFORE = '- debug: {msg: came here}\n'

differences(
  'Language',
  {
    '`{{ }}` in values and templates': [
      {
        files: tasks(`- debug: {msg: "{{ l | join('+') }}"}\n  vars: {l: [1, 2]}`),
        theirs: { run: theirRun, says: ['1+2'] },
        ours: {
          run: ourRun,
          exit: 1,
          says: ['play.yml:4:20: this is Jinja', 'write {{join l "+"}}'],
        },
      },
      {
        files: tasks(`- debug: {msg: "{% if l %}yes{% endif %}"}\n  vars: {l: [1, 2]}`),
        theirs: { run: theirRun, says: ['"msg": "yes"'] },
        ours: { run: ourRun, exit: 1, says: ['play.yml:4:20: "{%" is Jinja', '{{#if NAME}}'] },
      },
    ],
    'when, changed_when, failed_when, assert': {
      files: tasks(
        `- assert: {that: ["l | join('+') == '1+2'", "'2' not in l"]}\n  vars: {l: [1, 2]}`,
      ),
      theirs: { run: theirRun, says: ['All assertions passed'] },
      ours: { run: ourRun, says: ['all conditions hold'] },
    },
    'a keyword or module that is not there': [
      {
        files: tasks(`${BEFORE}- debgu: {msg: x}`),
        theirs: { run: theirRun, exit: 4, says: ["couldn't resolve module/action 'debgu'"] },
        ours: {
          run: ourRun,
          exit: 1,
          says: ['play.yml:5:7', 'debgu', 'did you mean "debug"?'],
          not: /came here/,
        },
      },
      {
        files: {
          ...tasks(`${BEFORE}- include_tasks: "{{ inventory_hostname }}.yml"`),
          'a.yml': '- debug: {msg: x}\n  whn: true\n',
        },
        theirs: {
          run: theirRun,
          exit: 4,
          says: ['came here', 'conflicting action statements: debug, whn'],
        },
        ours: {
          run: ourRun,
          exit: 1,
          says: ['a.yml:2:3: unknown keyword "whn"', 'did you mean "when"?'],
          not: /came here/,
        },
      },
    ],
    'an undefined variable': {
      files: tasks(`${BEFORE}- debug: {msg: "{{ wieght }}"}\n  vars: {weight: 1}`),
      theirs: { run: theirRun, exit: 2, says: ['came here', "'wieght' is undefined"] },
      ours: {
        run: ourRun,
        exit: 1,
        says: ['play.yml:5:', '"wieght" is not defined', 'did you mean "weight"?'],
        not: /came here/,
      },
    },
    'a key that comes twice in YAML': {
      files: tasks('- debug: {msg: one, msg: two}'),
      theirs: { run: theirRun, says: ['duplicate dict key', '"msg": "two"'] },
      ours: { run: ourRun, exit: 1, says: ['play.yml:4:', 'duplicate key'] },
    },
    'a mode as a bare number, `mode: 0644`': {
      files: tasks(
        '- copy: {content: x, dest: "{{ playbook_dir }}/f", mode: 644}\n' +
          '- command: stat -c mode=%a f\n  args: {chdir: "{{ playbook_dir }}"}\n' +
          '  register: r\n- debug: {var: r.stdout}',
      ),
      theirs: { run: theirRun, says: ['mode=1204'] },
      ours: { run: ourRun, exit: 1, says: ['play.yml:4:', '"mode"', 'quoted'] },
    },
    'a text that YAML reads as another: `content: yes`, 0644, 1.10, 12:30': {
      files: tasks(
        '- command: {argv: [echo, yes, 0644, 1.10, 12:30]}\n  register: r\n- debug: {var: r.stdout}',
      ),
      theirs: { run: theirRun, says: ['True 420 1.1 750'] },
      ours: {
        run: ourRun,
        exit: 1,
        says: [
          ...['YAML reads yes as true', 'YAML reads 0644 as 420', 'YAML reads 1.10 as 1.1'],
          ...['YAML reads 12:30 as 750', 'put it in quotes: "0644"'],
        ],
      },
    },
    'a key that YAML reads as another: `no:`, 012:, 1.10:, `null:`': {
      files: {
        ...tasks('- debug: {var: m}'),
        hosts: 'a ansible_connection=local\n',
        'host_vars/a.yml': 'm: {no: a, 012: b, 1.10: c, null: d}\n',
      },
      theirs: {
        run: theirRun,
        says: [/"10": "b"/, /"1.1": "c"/, /"(False|false)": "a"/, /"(None|null|)": "d"/],
      },
      ours: {
        run: ourRun,
        exit: 1,
        says: [
          ...['host_vars/a.yml:1:5:', 'YAML reads no as false', 'YAML reads 012 as 10'],
          ...['YAML reads 1.10 as 1.1', 'YAML reads null as none'],
        ],
      },
    },
    'all arguments as one template, `copy: "{{ all }}"`': {
      files: tasks('- assert: "{{ all }}"\n  vars: {all: {that: 1 == 1}}'),
      theirs: { run: theirRun, says: ['All assertions passed'] },
      ours: { run: ourRun, exit: 1, says: ['play.yml:4:7:', '"assert" cannot be one template'] },
    },
    'become, ignore_errors and other yes-or-no words': {
      files: tasks('- fail: {msg: broken}\n  ignore_errors: "{{ lax }}"\n  vars: {lax: true}'),
      theirs: { run: theirRun, says: ['ignored=1'] },
      ours: { run: ourRun, exit: 1, says: ['play.yml:5:7: "ignore_errors" must be true or false'] },
    },
    '`gather_facts`': {
      files: tasks('- debug: {msg: "{{ ansible_hostname }}"}'),
      theirs: { run: theirRun, exit: 2, says: ["'ansible_hostname' is undefined"] },
      ours: { run: ourRun, says: [/ok +a: debug/] },
    },
    'a turn of a loop that fails': {
      files: tasks('- shell: "[ {{ item }} != 2 ] && echo turn={{ item }}"\n  loop: [1, 2, 3]'),
      theirs: { run: theirRun, exit: 2, says: ['(item=1)', '(item=3)'] },
      ours: { run: ourRun, exit: 2, says: ['(1)', '(2)'], not: /\(3\)/ },
    },
    '`pause` that asks, without a terminal': {
      files: tasks(`${BEFORE}- pause: {prompt: well}`),
      theirs: { run: theirRun, says: ['came here', 'Not waiting for response'] },
      ours: {
        run: ourRun,
        exit: 1,
        says: ['play.yml:5:7: pause asks, and there is no terminal'],
        not: /came here/,
      },
    },
    'what `pause` registers': {
      files: {
        ...tasks('- pause: {seconds: 0}\n  register: p\n- debug: {msg: "{{ p.changed }}"}'),
        hosts: `${HERE}b ansible_connection=local\n`,
      },
      theirs: { run: theirRun, exit: 2, says: ["'p' is undefined"] },
      ours: { run: ourRun, says: [/ok +a: debug/, /ok +b: debug/] },
    },
    'true and false in a text': {
      files: tasks('- debug: {msg: "it is {{ up }}"}\n  vars: {up: true}'),
      theirs: { run: theirRun, says: ['it is True'] },
      ours: { run: ourRun, says: ['it is true'] },
    },
    'two handlers of one name in one list': {
      files: {
        hosts: HERE,
        'play.yml':
          '- hosts: all\n  gather_facts: no\n' +
          '  tasks: [{command: echo, notify: h}]\n' +
          '  handlers:\n' +
          '    - {name: h, debug: {msg: the one}}\n    - {name: h, debug: {msg: the other}}\n',
      },
      theirs: { run: theirRun, says: ['the one'], not: /the other/ },
      ours: { run: ourRun, exit: 1, says: ['play.yml:6:'] },
    },
    'an include of a file that is not there': {
      files: tasks(`${BEFORE}- include_tasks: away.yml`),
      theirs: { run: theirRun, exit: 2, says: ['came here', 'away.yml'] },
      ours: { run: ourRun, exit: 1, says: ['play.yml:5:', 'away.yml'], not: /came here/ },
    },
    '`ignore_unreachable` of a play': {
      files: {
        hosts: 'a ansible_host=127.0.0.1 ansible_port=1\n',
        'play.yml':
          '- hosts: all\n  gather_facts: no\n  ignore_unreachable: yes\n' +
          '  tasks: [{command: echo one}, {command: echo two}]\n',
      },
      theirs: { run: theirRun, says: [/UNREACHABLE.*UNREACHABLE/, 'ignored=2'] },
      ours: { run: ourRun, says: ['unreachable, ignored a', 'failures were ignored on 1 host'] },
    },
    '`vars` of a role in `roles`, or of import_role': {
      files: {
        hosts: HERE,
        'play.yml':
          '- hosts: all\n  gather_facts: no\n  roles: [{role: r, vars: {v: inside}}]\n' +
          '  post_tasks: [{debug: {msg: "outside it is {{ v }}"}}]\n',
        'roles/r/defaults/main.yml': 'v: default\n',
        'roles/r/tasks/main.yml': '- debug: {msg: "in the role it is {{ v }}"}\n',
      },
      theirs: { run: theirRun, says: ['in the role it is inside', 'outside it is inside'] },
      ours: { run: ourRun, says: ['in the role it is inside', 'outside it is default'] },
    },
    'role defaults': {
      files: {
        hosts: HERE,
        'play.yml': '- hosts: all\n  roles: [r]\n',
        'roles/r/defaults/main.yml': 'v: main\n',
        'roles/r/defaults/Debian.yml': 'v: family\n',
        'roles/r/tasks/main.yml': '- debug: {msg: "it is {{ v }}"}\n',
      },
      theirs: { run: theirRun, says: ['it is main'] },
      ours: { run: ourRun, says: ['it is family'] },
    },
    "a role's variables": {
      files: {
        hosts: `${HERE}[all:vars]\nprot=80\n`,
        'play.yml': '- hosts: all\n  roles: [r]\n',
        'roles/r/schema.json':
          '{"type": "object", "properties": {"port": {"type": "integer"}}, "required": ["port"]}',
        'roles/r/meta/argument_specs.yml':
          'argument_specs: {main: {options: {port: {type: int, required: true}}}}\n',
        'roles/r/tasks/main.yml': '- debug: {msg: "{{ port }}"}\n',
      },
      theirs: { run: theirRun, exit: 2, says: ['missing required arguments: port'] },
      ours: { run: ourRun, exit: 1, says: ['port', 'prot'] },
    },
  },
  {
    '`when` of a play, `facts_from`': 'test/run tries them; Ansible has nothing to compare',
    facts: 'test/run/facts.test.ts compares each one with the host',
  },
)
