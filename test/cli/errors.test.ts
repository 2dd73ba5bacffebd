import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { drPlayIn } from '../support/command-line.js'

interface Case {
  what: string
  /** Files by name; `inventory` is written for every case, and may be replaced. */
  files?: Record<string, string>
  args: string[]
  /** What the message must hold: where, what, what next. */
  says: string[]
}

const play = (text: string) => ({ 'play.yml': `- hosts: all\n${text}` })
const PLAY = ['play.yml', '-i', 'inventory']
const SITE = ['site.yml', '-i', 'inventory']

const cases: Case[] = [
  {
    what: 'no inventory',
    args: ['site.yml'],
    says: ['no inventory is given', 'name it with -i: dr-play site.yml -i inventory'],
  },
  {
    what: 'an inventory that is not there',
    args: ['site.yml', '-i', 'hosts.ini'],
    says: ['cannot read "hosts.ini": there is no such file'],
  },
  {
    what: 'a playbook that is not there',
    args: ['sites.yml', '-i', 'inventory'],
    says: ['there is no playbook "sites.yml"', 'looked for sites.yml, playbooks/sites.yml'],
  },
  {
    what: 'no playbook',
    args: ['-i', 'inventory'],
    says: ["missing required argument 'playbook'"],
  },
  {
    what: 'an option that is none',
    args: [...SITE, '--chek'],
    says: ["unknown option '--chek'", '(Did you mean --check?)', 'dr-play --help'],
  },
  {
    what: 'a number that is none',
    args: [...SITE, '--forks', 'many'],
    says: ["'-f, --forks <number>' argument 'many' is invalid", 'a number above 0'],
  },
  {
    what: 'an unknown host in --limit',
    args: [...SITE, '--limit', 'rs3'],
    says: ['--limit', '"rs3" is no host and no group', 'did you mean "rs1"?'],
  },
  {
    what: 'an unknown host in --check-hosts',
    args: [...SITE, '--check-hosts', 'rs3'],
    says: ['--check-hosts', '"rs3" is no host and no group', 'did you mean "rs1"?'],
  },
  {
    what: 'an unknown host in hosts:',
    files: { 'play.yml': '- hosts: realservers\n  tasks:\n    - command: "true"\n' },
    args: PLAY,
    says: ['play.yml:1:10', '"realservers" is no host and no group', 'did you mean "realserver"?'],
  },
  {
    what: 'an -e that is no assignment',
    args: [...SITE, '-e', 'weight'],
    says: ['"weight" is not key=value', '-e \'{"key": "value"}\''],
  },
  {
    what: 'a file of -e that is not there',
    args: [...SITE, '-e', '@more.yml'],
    says: ['cannot read "more.yml": there is no such file'],
  },
  {
    what: 'a quote that is never closed',
    files: play('  tasks:\n    - name: x\n      command: "true\n'),
    args: PLAY,
    says: ['play.yml:5:1', 'a quote or bracket above is not closed'],
  },
  {
    what: 'wrong indentation',
    files: play('  tasks:\n    - name: x\n       command: "true"\n'),
    args: PLAY,
    says: ['play.yml:4:8', 'this line is not indented as those above it', 'indentation'],
  },
  {
    what: 'a tab',
    files: play('  tasks:\n\t- command: "true"\n'),
    args: PLAY,
    says: ['play.yml:3:1', 'YAML indents with spaces, never with tabs'],
  },
  {
    what: 'a playbook without plays',
    files: { 'play.yml': '' },
    args: PLAY,
    says: ['play.yml:1:1', 'no plays', 'a play begins with "- hosts:"'],
  },
  {
    what: 'a misspelt keyword of a play',
    files: play('  taks: []\n'),
    args: PLAY,
    says: ['play.yml:2:3', 'unknown keyword "taks" in a play', 'did you mean "tasks"?'],
  },
  {
    what: 'a misspelt module',
    files: play('  tasks:\n    - sysclt: {name: net.ipv4.ip_forward, value: 1}\n'),
    args: PLAY,
    says: ['play.yml:3:7', 'unknown module "sysclt"', 'did you mean "sysctl"?'],
  },
  {
    what: 'a misspelt argument of a module',
    files: play('  tasks:\n    - sysctl: {nmae: net.ipv4.ip_forward, value: 1}\n'),
    args: PLAY,
    says: ['play.yml:3:16', '"sysctl" has no "nmae"', 'did you mean "name"?'],
  },
  {
    what: 'an unknown handler',
    files: play(
      '  tasks:\n    - command: "true"\n      notify: restart htpd\n  handlers:\n    - name: restart httpd\n      command: "true"\n',
    ),
    args: PLAY,
    says: ['play.yml:3', 'there is no handler "restart htpd"', 'did you mean "restart httpd"?'],
  },
  {
    what: 'a role that is not there',
    files: play('  roles: [realservr]\n'),
    args: PLAY,
    says: ['play.yml:2:11', 'there is no role "realservr"', 'looked in '],
  },
  {
    what: 'a template that is not there',
    files: play('  tasks:\n    - template: {src: motd, dest: /etc/motd}\n'),
    args: PLAY,
    says: ['play.yml:3:23', 'there is no template "motd"', 'looked in '],
  },
  {
    what: 'an undefined variable in a template',
    files: {
      ...play('  tasks:\n    - template: {src: motd, dest: /etc/motd}\n'),
      'motd.hbs': 'Welcome\nto {{inventory_hostnme}}\n',
    },
    args: PLAY,
    says: ['motd.hbs:2:6', '"inventory_hostnme" is not defined', '"inventory_hostname"'],
  },
  {
    what: 'an undefined variable in a condition',
    files: play(
      '  tasks:\n    - command: "true"\n      when: vpi is defined and weigth > 1 or vpi == ""\n',
    ),
    args: PLAY,
    says: ['play.yml:4:', '"vpi" is not defined', 'did you mean "vip"?'],
  },
  {
    what: 'a condition that is broken off',
    files: play('  tasks:\n    - command: "true"\n      when: weight >\n'),
    args: PLAY,
    says: ['play.yml:4:', 'the expression ends too early'],
  },
  {
    what: 'a misspelt variable of a role',
    files: { inventory: 'rs1 ansible_host=HOST wieght=2' },
    args: SITE,
    says: ['inventory:4:', 'has no variable "wieght"', '(for rs1)', 'did you mean "weight"?'],
  },
  {
    what: 'a wrong value of a variable of a role',
    files: { inventory: 'rs1 ansible_host=HOST weight=heavy' },
    args: SITE,
    says: [
      'inventory:4:',
      'weight must be an integer from 0 to 65535, not "heavy" [lvs/weight-invalid]',
      'a whole number from 0 (no new connections)',
    ],
  },
  {
    what: 'a weight of -e that no role looks at, only the table',
    args: ['drain.yml', '-i', 'inventory', '-e', 'weight=-1'],
    says: ['error: -e weight=-1: rs1: weight: -1 is no whole number from 0 to 65535'],
  },
  {
    what: 'the same in the inventory',
    files: { inventory: 'rs1 ansible_host=HOST weight=heavy' },
    args: ['drain.yml', '-i', 'inventory'],
    says: ['inventory:4:', 'rs1: weight: heavy is no whole number', 'no new connections'],
  },
  {
    what: 'a bracket of the inventory that is never closed',
    files: { inventory: 'rs1 ansible_host=HOST\n[web' },
    args: SITE,
    says: ['inventory:5:1', 'is never closed'],
  },
  {
    what: 'a quote of -e that is never closed',
    args: [...SITE, '-e', 'motto="two words'],
    says: ['error: -e motto="two words: the quote " is never closed', '-e \'motto="two words"\''],
  },
  {
    what: '--step without a terminal',
    args: [...SITE, '--step'],
    says: ['error: --step: it asks before each task', '--check shows what would be done'],
  },
  {
    what: 'a password that nobody can be asked for',
    args: [...SITE, '--ask-become-pass'],
    says: ['BECOME password: there is no terminal to ask on', 'ansible_become_password'],
  },
  {
    what: 'a login password that nobody can be asked for',
    args: [...SITE, '--ask-pass'],
    says: ['SSH password: there is no terminal to ask on', 'without one: ansible_password'],
  },
  {
    what: 'a vault password that nobody can be asked for',
    args: [...SITE, '--vault-id', 'lab@prompt'],
    says: ['Vault password (lab): there is no terminal to ask on', '--vault-password-file'],
  },
  {
    what: 'a vault password file that is empty',
    files: { 'pw.txt': '\n' },
    args: [...SITE, '--vault-password-file', 'pw.txt'],
    says: ['--vault-password-file pw.txt: the password is empty', 'see what the file has'],
  },
  {
    what: 'a vault password file that is not there',
    args: [...SITE, '--vault-id', 'lab@gone.txt'],
    says: ['cannot read "gone.txt": there is no such file'],
  },
  {
    what: 'a file that is a folder',
    args: [...SITE, '-e', '@.'],
    says: ['cannot read ".": it is a folder'],
  },
  {
    what: 'no inventory for explain',
    args: ['explain', 'vip', '--host', 'rs1'],
    says: ['no inventory is given', 'dr-play explain vip --host rs1 -i inventory'],
  },
  {
    what: 'explain for several hosts',
    args: ['explain', 'vip', '--host', 'all', '-i', 'inventory'],
    says: ['error: --host: "all" is not one host', 'name one host'],
  },
  {
    what: 'explain with a playbook that leaves the host out',
    files: { 'play.yml': '- hosts: director\n  tasks: []\n' },
    args: ['explain', 'vip', 'play.yml', '--host', 'rs1', '-i', 'inventory'],
    says: ['--host: no play of the playbook concerns rs1', 'leave the playbook out'],
  },
  {
    what: 'no inventory for inventory',
    args: ['inventory', '--list'],
    says: ['no inventory is given', 'dr-play inventory -i hosts --list'],
  },
  {
    what: 'inventory that is asked for nothing',
    args: ['inventory', '-i', 'inventory'],
    says: ['nothing is asked for', 'give --list, --graph, --host or --yaml'],
  },
  {
    what: 'inventory of a group that is none',
    args: ['inventory', '-i', 'inventory', '--graph', 'realservers'],
    says: ['--graph: "realservers" is not a group', 'did you mean "realserver"?'],
  },
  {
    what: 'inventory of several hosts as one',
    args: ['inventory', '-i', 'inventory', '--host', 'all'],
    says: ['--host: "all" means 2 hosts', 'name one host'],
  },
  {
    what: 'no inventory for lint',
    args: ['lint'],
    says: ['no inventory is given', 'dr-play lint -i inventory'],
  },
  {
    what: 'no inventory for verify',
    args: ['verify'],
    says: ['no inventory is given', 'dr-play verify -i inventory'],
  },
  {
    what: 'no inventory for status',
    args: ['status'],
    says: ['no inventory is given', 'dr-play status -i inventory'],
  },
  {
    what: 'too many requests of verify',
    args: ['verify', '-i', 'inventory', '--requests', '1001'],
    says: ['--requests 1001 is more than 1000', 'it is no load test'],
  },
  {
    what: 'a --limit that leaves nobody',
    args: ['verify', '-i', 'inventory', '--limit', 'localhost'],
    says: ['--limit: "localhost" leaves no host of the cluster', 'director, realserver, client'],
  },
  {
    what: 'why for what is no VIP',
    args: ['why', 'www.example.com', '-i', 'inventory'],
    says: ['"www.example.com" is no VIP, nor a VIP and a port', 'write 192.168.139.6'],
  },
  {
    what: 'a schema of no role',
    args: ['schema', 'role'],
    says: ['which role?', 'there are: apache-backend, director,'],
  },
  {
    what: 'a schema of a role that is not there',
    args: ['schema', 'role', 'directr'],
    says: ['there is no role "directr" with a schema.json', 'did you mean "director"?'],
  },
  {
    what: 'a lab of a flavor that is none',
    args: ['lab', 'up', '--flavor', 'suse', '--name', 'errors-test'],
    says: ['there is no flavor "suse"', 'one of: debian, el'],
  },
  {
    what: 'a lab of no hosts',
    args: ['lab', 'up', '-i', 'a,', '--name', 'errors-test'],
    says: ['a, has no hosts for a lab', 'the groups director, realserver and client'],
  },
  {
    what: 'import of a file that is not there',
    args: ['import', 'lvs.sh'],
    says: ['cannot read "lvs.sh": there is no such file'],
  },
  {
    what: 'import with a director without an address',
    files: { table: '-A -t 10.0.0.6:80 -s rr\n' },
    args: ['import', 'table', '--director', 'lb1'],
    says: ['error: --director lb1: "lb1" is not NAME=ADDRESS', 'lb1=192.168.139.3'],
  },
  {
    what: 'import with a name of nobody',
    files: { table: '-A -t 10.0.0.6:80 -s rr\n-a -t 10.0.0.6:80 -r 10.0.0.2:80\n' },
    args: ['import', 'table', '--names', '10.0.0.9=rs9'],
    says: ['--names 10.0.0.9=rs9: no host has the address 10.0.0.9', 'the hosts have 10.0.0.2'],
  },
  {
    what: 'import with one name twice',
    files: {
      table:
        '-A -t 10.0.0.6:80 -s rr\n-a -t 10.0.0.6:80 -r 10.0.0.2:80\n-a -t 10.0.0.6:80 -r 10.0.0.4:80\n',
    },
    args: ['import', 'table', '--names', '10.0.0.2=rs1,10.0.0.4=rs1'],
    says: ['two addresses are named rs1', 'each host has one name'],
  },
  {
    what: 'import over what is there',
    files: {
      table: '-A -t 10.0.0.6:80 -s rr\n-a -t 10.0.0.6:80 -r 10.0.0.2:80\n',
      'inventory.yml': '',
    },
    args: ['import', 'table', '--output', '.'],
    says: [
      'inventory.yml: already there, and nothing is written over it',
      'another folder to --output',
    ],
  },
  {
    what: 'a queue without its key',
    args: [...SITE, '--queue', 'redis://192.168.139.9'],
    says: ['a queue needs a key: what passes through it is sealed', 'openssl rand -base64 32'],
  },
  {
    what: 'a worker without a queue',
    args: ['worker'],
    says: ['no queue is given', 'name it: --queue redis://queue.example:6379'],
  },
  {
    what: 'serial that is no size',
    files: play('  serial: few\n  tasks:\n    - command: "true"\n'),
    args: PLAY,
    says: ['play.yml:2:', 'serial cannot be "few"', 'a number of hosts, or 30%'],
  },
  {
    what: 'delegate_to a host that is none',
    files: play('  tasks:\n    - command: "true"\n      delegate_to: directr\n'),
    args: PLAY,
    says: ['play.yml:4:', '"directr" is no host of the inventory', 'did you mean "director"?'],
  },
  {
    what: 'a question that nobody can answer',
    files: play('  tasks:\n    - pause: {prompt: go on?}\n'),
    args: PLAY,
    says: ['play.yml:3:7', 'pause asks, and there is no terminal', 'give it seconds or minutes'],
  },
]

describe('what is wrong with the input', () => {
  let server: Server
  let folder: string
  /** How often somebody knocked at the hosts. */
  let calls = 0

  beforeAll(async () => {
    server = createServer(() => calls++)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    folder = mkdtempSync(join(tmpdir(), 'dr-play-errors-'))
  })
  afterAll(() => {
    server.close()
    rmSync(folder, { recursive: true })
  })

  const write = (files: Record<string, string> = {}) => {
    const { inventory = 'rs1 ansible_host=HOST', ...others } = files
    const { port } = server.address() as AddressInfo
    const host = `127.0.0.1 ansible_port=${port}`
    const text = `[director]\ndirector ansible_host=${host} dip=192.168.139.3\n[realserver]\n${inventory.replace('HOST', `${host} rip=192.168.139.2`)}\n[all:vars]\nvip=192.168.139.6\n`
    for (const [name, content] of Object.entries({ ...others, inventory: text })) {
      writeFileSync(join(folder, name), content)
    }
  }

  it.each(cases.map((one) => [one.what, one] as const))(
    '%s: one message, exit 1, no host contacted',
    async (_, { files, args, says }) => {
      write(files)
      const before = calls
      const { exit, stdout, stderr } = await drPlayIn(folder)(...args)
      for (const part of says) expect(stderr).toContain(part)
      expect(stderr.match(/^error: /gm), stderr).toHaveLength(1)
      expect(stderr).not.toMatch(/^\s+at .*\(/m)
      expect(stdout).toBe('')
      expect(exit).toBe(1)
      expect(calls).toBe(before)
    },
  )

  it('shows the line, and a caret below what is meant', async () => {
    write(play('  tasks:\n    - sysclt: {}\n'))
    const { stderr } = await drPlayIn(folder)(...PLAY)
    expect(stderr).toContain('\n  3 |     - sysclt: {}\n            ^\n')
  })

  it('tells several slips in one run', async () => {
    write(play('  tasks:\n    - sysclt: {}\n    - comand: "true"\n'))
    const { exit, stderr } = await drPlayIn(folder)(...PLAY)
    expect(exit).toBe(1)
    expect(stderr).toContain('unknown module "sysclt"')
    expect(stderr).toContain('unknown module "comand"')
    expect(stderr).toContain('2 errors; no host was contacted')
  })

  it('nothing wrong: the hosts are contacted, and this one never says a word', async () => {
    write(play('  tasks:\n    - command: "true"\n'))
    const before = calls
    const { exit, stdout } = await drPlayIn(folder)(...PLAY, '--timeout', '1')
    expect(calls).toBeGreaterThan(before)
    expect(stdout).toMatch(/^unreachable +rs1/m)
    expect(exit).toBe(4)
  })
})
