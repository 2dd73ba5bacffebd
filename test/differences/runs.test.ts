import { differences } from './sides.js'

const HERE = 'a ansible_connection=local\n'
const playbook = (text: string) => ({
  hosts: HERE,
  'play.yml': `- hosts: all\n  gather_facts: no\n${text.replaceAll(/^/gm, '  ')}\n`,
})
const theirRun = ['ansible-playbook', 'play.yml', '-i', 'hosts']
const ourRun = ['play.yml', '-i', 'hosts', '-v']
const DIR = '{{ playbook_dir }}'
const look = (command: string) =>
  `- shell: ${command}\n  args: {chdir: "${DIR}"}\n  register: r\n- debug: {msg: "{{ r.stdout }}"}\n`
const of = (text: string) => `tasks:\n${text.replaceAll(/^/gm, '  ')}`

differences(
  'Modules and runs',
  {
    'template, copy: a link at dest': {
      files: {
        ...playbook(
          of(
            `- shell: ln -s target link; echo old > target\n  args: {chdir: "${DIR}"}\n` +
              `- copy: {content: new, dest: "${DIR}/link"}\n${look('echo "link=$(readlink link) target=$(cat target)"')}`,
          ),
        ),
      },
      theirs: { run: theirRun, says: ['link= target=old'] },
      ours: { run: ourRun, says: ['link=target target=new'] },
    },
    'file, `state: touch`': {
      files: playbook(
        of(
          `- shell: touch -d 2001-01-01 f\n  args: {chdir: "${DIR}"}\n` +
            `- file: {path: "${DIR}/f", state: touch}\n${look('date -r f +year=%Y')}`,
        ),
      ),
      theirs: { run: theirRun, says: [/year=20[2-9]/] },
      ours: { run: ourRun, says: ['year=2001'] },
    },
    'file, `state: directory`: folders above that it makes': {
      files: playbook(
        of(
          `- file: {path: "${DIR}/x/y", state: directory, mode: "0700"}\n${look('stat -c "x=%a" x')}`,
        ),
      ),
      theirs: { run: theirRun, says: ['x=700'] },
      ours: { run: ourRun, says: ['x=755'] },
    },
    'handlers that a broken-off run owed': {
      files: playbook(
        of(
          `- copy: {content: x, dest: "${DIR}/conf"}\n  notify: restart\n` +
            '- fail: {msg: broken off}\n  when: first is defined',
        ) + '\nhandlers:\n  - name: restart\n    debug: {msg: restarted now}',
      ),
      theirs: {
        before: [...theirRun, '-e', 'first=1'],
        run: theirRun,
        says: ['changed=0', 'failed=0'],
        not: /restarted now/,
      },
      ours: { before: [...ourRun, '-e', 'first=1'], run: ourRun, says: ['restarted now'] },
    },
    'a tag that no task has, `--skip-tags` that leave no task, a `--start-at-task` that is not there':
      (
        [
          ['-t', 'wbe', 'no task has the tag "wbe" did you mean "web"?'],
          ['--skip-tags', 'web', 'without the tag "web" no task is left'],
          ['--start-at-task', 'there', 'there is no task "there"'],
        ] as const
      ).map(([flag, word, says]) => ({
        files: playbook(of('- debug: {msg: done}\n  tags: web')),
        theirs: { run: [...theirRun, flag, word], says: ['PLAY RECAP'], not: /done/ },
        ours: { run: [...ourRun, flag, word], exit: 1, says: [says] },
      })),
    'two names of one machine in an inventory': {
      files: {
        ...playbook(of('- command: sleep 1')),
        hosts: `${HERE}b ansible_connection=local\n`,
      },
      theirs: { run: theirRun, says: [/a : ok=1 .*b : ok=1 /] },
      ours: { run: ourRun, exit: 2, says: ['another run is at work on this host'] },
    },
  },
  {
    '`--step`: a handler that is answered with no':
      'test/run/steps.test.ts tries it; here is no terminal to answer on',
    order: 'needs two machines: here, one name waits for no other',
    'a change': 'test/run/segments.test.ts tries it; of Ansible there is nothing to see',
    'two runs on one host': 'test/run/run.test.ts tries it',
    'sudo that refuses': 'test/transport/become.test.ts tries it, with a user made for that',
    'a handler that restarts or reloads a service':
      'test/e2e/engine.test.ts tries it, with an Apache of a host in the lab',
    connection: 'test/transport tries it',
    become: 'test/transport/become.test.ts tries it',
    'on the host': 'what Ansible needs is not to be taken away from the machine of the tests',
    'roles and collections from Galaxy': 'there is nothing to compare',
  },
)
