import { spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hasReferee } from '../site/referee.js'
import { differences } from './sides.js'

/** Sealed by ansible-vault itself, with the password `pw`. */
function seal(plain: string, ...args: string[]): string {
  if (!hasReferee) return ''
  const password = join(mkdtempSync(join(tmpdir(), 'dr-play-pw-')), 'pw')
  writeFileSync(password, 'pw')
  const command = [...args, '--vault-password-file', password]
  return spawnSync('ansible-vault', command, { input: plain, encoding: 'utf8' }).stdout
}

const FILE = seal('hidd3n text\n', 'encrypt', '--output', '-', '-')
const VALUE = seal('hidd3n', 'encrypt_string', '--stdin-name', 'v').replaceAll(/^/gm, '    ')
const PW = ['--vault-password-file', 'pw']
const HERE = 'a ansible_connection=local\n'
const playbook = (tasks: string, vars = '') => ({
  pw: 'pw',
  hosts: HERE,
  'play.yml': `- hosts: all\n  gather_facts: no\n${vars && `  vars:\n${vars}\n`}  tasks:\n${tasks}`,
})
const theirRun = ['ansible-playbook', 'play.yml', '-i', 'hosts']
const ourRun = ['play.yml', '-i', 'hosts', '-v']
const inventory = { pw: 'pw', 'hosts.yml': `all:\n  vars:\n${VALUE}\n  hosts: {a: }\n` }
const unsafe = { 'hosts.yml': 'all: {hosts: {a: {u: !unsafe "{{ x }}"}}}\n' }

differences('Vault', {
  'a password file that is missing, empty, or fails': {
    files: playbook('    - debug: {msg: x}\n'),
    theirs: {
      run: [...theirRun, '--vault-id', 'other@nowhere', '--vault-id', 'pw'],
      says: ['Error getting vault password file (other)', 'ok=1'],
    },
    ours: {
      run: [...ourRun, '--vault-id', 'other@nowhere', '--vault-id', 'pw'],
      exit: 1,
      says: ['nowhere', 'there is no such file'],
    },
  },
  'a `!vault` value that cannot be opened': {
    files: playbook('    - debug: {msg: x}\n', VALUE),
    theirs: { run: theirRun, says: ['ok=1'] },
    ours: { run: ourRun, exit: 1, says: ['play.yml:4:', 'no password is given'] },
  },
  '`dr-play inventory --graph --vars`': {
    files: inventory,
    theirs: {
      run: ['ansible-inventory', '-i', 'hosts.yml', '--graph', '--vars', ...PW],
      says: ['{v = hidd3n}'],
    },
    ours: {
      run: ['inventory', '-i', 'hosts.yml', '--graph', '--vars', ...PW],
      says: ['{v = [vault]}'],
    },
  },
  'a sealed value in the name of a task, in the message of a failed one': {
    files: playbook('    - fail: {msg: "it is {{ v }}"}\n', VALUE),
    theirs: { run: [...theirRun, ...PW], exit: 2, says: ['it is hidd3n'] },
    ours: { run: [...ourRun, ...PW], exit: 2, says: ['it is [vault]'], not: /hidd3n/ },
  },
  'a sealed file as src of copy or template, with --diff': {
    files: {
      ...playbook('    - copy: {src: secret, dest: "{{ playbook_dir }}/out"}\n'),
      'files/secret': FILE,
    },
    theirs: { run: [...theirRun, ...PW, '--diff'], says: ['+hidd3n text'] },
    ours: { run: [...ourRun, ...PW, '--diff'], says: ['(sealed, not shown)'], not: /hidd3n/ },
  },
  '`dr-play inventory --yaml`': {
    files: unsafe,
    theirs: {
      run: ['ansible-inventory', '-i', 'hosts.yml', '--list', '--yaml'],
      says: ["u: '{{ x }}'"],
    },
    ours: {
      run: ['inventory', '-i', 'hosts.yml', '--list', '--yaml'],
      says: ["u: !unsafe '{{ x }}'"],
    },
  },
  '`!!set`, `!!binary` and other tags of YAML': {
    files: playbook('    - debug: {msg: "{{ v }}"}\n', '    v: !!set {x: }'),
    theirs: { run: theirRun, says: ['x', 'ok=1'] },
    ours: { run: ourRun, exit: 1, says: ['play.yml:4:8: YAML: unknown tag set', '!unsafe'] },
  },
})
