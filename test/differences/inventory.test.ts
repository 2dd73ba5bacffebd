import { type Difference, differences } from './sides.js'

const ansible = (...args: string[]) => ['ansible', ...args]
const hosts = (source: string, pattern = 'all') => ansible(pattern, '-i', source, '--list-hosts')
const PLAY = '- hosts: all\n  tasks:\n    - debug: {msg: "{{ inventory_hostname }}"}\n'
const listed = (source: string, ...args: string[]) => [
  'play.yml',
  '-i',
  source,
  '--list-hosts',
  ...args,
]
const shown = (source: string, host: string) => ['inventory', '-i', source, '--host', host]

function inFile(name: string, text: string): Difference['files'] {
  return { 'play.yml': PLAY, [name]: text }
}

differences('Inventory', {
  'a name in `hosts:` or `--limit` that nothing has': [
    {
      files: { 'play.yml': PLAY.replace('all', 'web,wbe'), hosts: '[web]\na\n' },
      theirs: {
        run: ['ansible-playbook', 'play.yml', '-i', 'hosts', '--list-hosts'],
        says: ['Could not match supplied host pattern, ignoring: wbe', 'hosts (1): a'],
      },
      ours: {
        run: listed('hosts'),
        exit: 1,
        says: ['play.yml:1:14: "wbe" is no host and no group', 'did you mean "web"?'],
      },
    },
    {
      files: inFile('hosts', '[web]\na\n'),
      theirs: {
        run: [...hosts('hosts'), '--limit', 'a,wbe'],
        says: ['Could not match supplied host pattern, ignoring: wbe', 'hosts (1): a'],
      },
      ours: {
        run: listed('hosts', '--limit', 'a,wbe'),
        exit: 1,
        says: ['--limit', '"wbe"', 'did you mean "web"?'],
      },
    },
  ],
  'an empty `--limit`': {
    files: inFile('hosts', 'a\n'),
    theirs: { run: [...hosts('hosts'), '--limit', ''], says: ['hosts (1): a'] },
    ours: { run: listed('hosts', '--limit', ''), exit: 1, says: ['--limit', 'empty'] },
  },
  'no host: an inventory without any, a `--limit` that leaves none, groups that are all empty': [
    {
      files: inFile('hosts', '[web]\n'),
      theirs: {
        run: ['ansible-playbook', 'play.yml', '-i', 'hosts'],
        says: ['no hosts matched'],
      },
      ours: { run: ['play.yml', '-i', 'hosts'], exit: 1, says: ['the inventory has no hosts'] },
    },
    {
      files: { 'play.yml': PLAY.replace('all', 'web'), hosts: 'a\nb\n[web]\na\n' },
      theirs: {
        run: ['ansible-playbook', 'play.yml', '-i', 'hosts', '--limit', 'b'],
        says: ['no hosts matched'],
      },
      ours: {
        run: ['play.yml', '-i', 'hosts', '--limit', 'b'],
        exit: 1,
        says: ['"b" leaves no host of the plays'],
      },
    },
    {
      files: { 'play.yml': PLAY.replace('all', 'web'), hosts: 'a\n[web]\n' },
      theirs: {
        run: ['ansible-playbook', 'play.yml', '-i', 'hosts', '--limit', 'web'],
        exit: 1,
        says: ['leaves us with no hosts to target'],
      },
      ours: { run: ['play.yml', '-i', 'hosts'], exit: 1, says: ['no play has a host'] },
    },
  ],
  'a folder of inventories where all files are passed over: hosts.ini': {
    files: inFile('inv/hosts.ini', 'a\n'),
    theirs: { run: hosts('inv'), says: ['Unable to parse', 'hosts (0):'] },
    ours: { run: listed('inv'), exit: 1, says: ['passed over: inv/hosts.ini', '-i inv/hosts.ini'] },
  },
  '`{}` as a YAML inventory': {
    files: inFile('hosts.yml', '{}\n'),
    theirs: { run: hosts('hosts.yml'), says: ['hosts (1): {}'] },
    ours: { run: listed('hosts.yml'), exit: 1, says: ['the inventory has no hosts'] },
  },
  'a file that cannot be read as an inventory': {
    files: inFile('hosts.yml', 'all:\n  hosts: [\n'),
    theirs: {
      run: hosts('hosts.yml'),
      says: ['No inventory was parsed', 'hosts (0):'],
    },
    ours: {
      run: listed('hosts.yml'),
      exit: 1,
      says: ['hosts.yml:3:1: YAML: a quote or bracket above is not closed'],
    },
  },
  'an empty range, `[5:1]`': {
    files: inFile('hosts', 'w[5:1]\n'),
    theirs: { run: hosts('hosts'), says: ['hosts (0):'] },
    ours: { run: listed('hosts'), exit: 1, says: ['hosts:1:1', 'range'] },
  },
  'a port above 65535; another port where a host is named again': [
    {
      files: inFile('hosts', 'a:99999\n'),
      theirs: { run: ['ansible-inventory', '-i', 'hosts', '--list'], says: ['99999'] },
      ours: { run: listed('hosts'), exit: 1, says: ['hosts:1:1', '99999'] },
    },
    {
      files: inFile('hosts', 'a:22\na:23\n'),
      theirs: { run: ['ansible-inventory', '-i', 'hosts', '--list'], says: ['22'], not: /23/ },
      ours: { run: listed('hosts'), exit: 1, says: ['hosts:2:1: "a" is known already'] },
    },
  ],
  'a key of a YAML group other than hosts, vars, children': {
    files: inFile('hosts.yml', 'web:\n  host: {a: }\n'),
    theirs: { run: hosts('hosts.yml'), says: ['Skipping unexpected key (host)', 'hosts (0):'] },
    ours: {
      run: listed('hosts.yml'),
      exit: 1,
      says: ['hosts.yml:2:3: group "web" cannot have "host"', 'did you mean "hosts"?'],
    },
  },
  'a script that is not executable': {
    files: inFile('plain', '#!/bin/sh\ndate\n'),
    theirs: { run: hosts('plain'), says: ['hosts (1): date'] },
    ours: { run: listed('plain'), exit: 1, says: ['not executable', 'chmod +x plain'] },
  },
  'a BOM at the beginning': {
    files: inFile('hosts', '\uFEFFa\n'),
    theirs: { run: hosts('hosts', 'a'), says: ['Could not match supplied host pattern'] },
    ours: { run: ['inventory', '-i', 'hosts', '--graph'], says: ['|--a'] },
  },
  '`[1:3]:22`, a range with a port': {
    files: inFile('hosts', '[1:3]:22\n'),
    theirs: { run: hosts('hosts'), says: ['hosts (1): 1'] },
    ours: { run: ['inventory', '-i', 'hosts', '--graph'], says: ['|--1 | |--2 | |--3'] },
  },
  'ranges in `-i a,b[1:2],`': {
    files: {},
    theirs: { run: hosts('a,b[1:2],'), says: ['hosts (2): a b[1:2]'] },
    ours: { run: ['inventory', '-i', 'a,b[1:2],', '--graph'], says: ['|--a | |--b1 | |--b2'] },
  },
  'a host and a group of one name': {
    files: inFile('hosts', '[a]\na x=1\nb\n'),
    theirs: { run: ['ansible-inventory', '-i', 'hosts', '--host', 'b'], says: ['"x": 1'] },
    ours: { run: shown('hosts', 'b'), says: ['{}'] },
  },
  'numbers such as 8.0': {
    files: {
      'play.yml': PLAY.replace('inventory_hostname', 'v'),
      hosts: 'a v=8.0 ansible_connection=local\n',
    },
    theirs: { run: ['ansible-playbook', 'play.yml', '-i', 'hosts'], says: ['"msg": 8.0'] },
    ours: { run: ['play.yml', '-i', 'hosts'], says: [/ 8 host ok/] },
  },
  'dates in YAML': {
    files: {
      'play.yml': '- hosts: all\n  tasks:\n    - debug: {msg: yes}\n      when: d is string\n',
      'hosts.yml': 'all: {hosts: {a: {d: 2026-01-02, ansible_connection: local}}}\n',
    },
    theirs: { run: ['ansible-playbook', 'play.yml', '-i', 'hosts.yml'], says: ['skipped=1'] },
    ours: { run: ['play.yml', '-i', 'hosts.yml', '-v'], says: [/ok +a/], not: /skipped a/ },
  },
  '`localhost` without being in the inventory': {
    files: {
      'play.yml':
        '- hosts: localhost\n  tasks:\n    - debug: {msg: "{{ ansible_connection }}"}\n' +
        '    - debug: {msg: is there}\n      when: ansible_python_interpreter is defined\n',
    },
    theirs: {
      run: ['ansible-playbook', 'play.yml', '-i', 'a,'],
      says: ['"msg": "local"', '"msg": "is there"'],
    },
    ours: { run: ['play.yml', '-i', 'a,'], says: ['local'], not: /is there/ },
  },
  'inventory plugins, TOML': [
    {
      files: inFile('x.yml', 'plugin: generator\nhosts: {name: "g{{ n }}"}\nlayers: {n: [1]}\n'),
      theirs: { run: hosts('x.yml'), says: ['hosts (1): g1'] },
      ours: { run: listed('x.yml'), exit: 1, says: ['x.yml:1:1: inventory plugins'] },
    },
  ],
  'ansible.cfg, `ANSIBLE_...` in the environment': {
    files: { 'play.yml': PLAY, hosts: 'a\n', 'ansible.cfg': '[defaults]\ninventory = hosts\n' },
    theirs: { run: ansible('all', '--list-hosts'), says: ['hosts (1): a'] },
    ours: { run: ['play.yml', '--list-hosts'], exit: 1, says: ['-i'] },
  },
})
