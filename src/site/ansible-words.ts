/**
 * Words of Ansible that users bring along and dr-play lacks, with what to use instead. Only a
 * word that the loader does not know is looked up here, so one that becomes known needs no
 * change in these tables, but should go.
 */

const FILE = 'use template: a file is written whole, from one template'
const INSTALL = 'use package: it takes apt, dnf or yum, as the host has it'
const SERVICE = 'use service: it takes systemd or System V init, as the host has it'
const RUN = 'use command, with creates, removes or changed_when to say when nothing is to do'
const RULES = 'use template for the file of rules, and a handler that loads it'
const FACTS = 'facts are gathered in any case, and cost nothing'
const LOOP = 'use loop: a list; the filter dict2items makes one of a map'
const WAIT = 'use wait_for or http: they wait for a port, a file or a page, with a timeout'
const LOGIN = 'it is set in the inventory, for each host'
const SUDO = 'sudo is what there is; it needs no settings here'

const modules: Readonly<Record<string, string>> = {
  add_host: 'list the host in the inventory',
  acl: RUN,
  alternatives: RUN,
  apk: 'packages are managed with apt, dnf or yum; use command for another manager',
  apt: INSTALL,
  apt_key: 'use copy: put the key in /etc/apt/keyrings',
  apt_repository: 'use template: write a file in /etc/apt/sources.list.d',
  archive: RUN,
  assemble: FILE,
  async_status: WAIT,
  authorized_key: 'use copy or template: ~/.ssh/authorized_keys is written whole',
  blockinfile: FILE,
  cron: 'use template: write a file in /etc/cron.d',
  debconf: RUN,
  dnf: INSTALL,
  dnf5: INSTALL,
  docker_container: RUN,
  dpkg_selections: RUN,
  expect: 'use command with stdin',
  fetch: 'use command: cat FILE, with register and changed_when: false',
  filesystem: RUN,
  find: 'use command: find ..., with register and changed_when: false',
  firewalld: RUN,
  gather_facts:
    'use setup: it asks for the facts anew; at the beginning they are gathered in any case',
  get_url: 'use copy: the file goes along in files/; or command: curl, with creates',
  getent: 'use command: getent ..., with register and changed_when: false',
  git: 'use command: git clone ..., with creates',
  group: 'use command: groupadd ..., when getent does not find it',
  group_by: 'use when: with the fact, or a group in the inventory',
  hostname: 'use command: hostnamectl set-hostname ..., when ansible_hostname differs',
  include: 'use import_tasks or include_tasks',
  include_vars: 'use group_vars, or the vars/ of a role',
  ini_file: FILE,
  iptables: RULES,
  known_hosts: 'use template: /etc/ssh/ssh_known_hosts is written whole',
  lineinfile: FILE,
  lvol: RUN,
  modprobe: 'use command: modprobe NAME, and template for /etc/modules-load.d',
  mount: 'use template for the unit or /etc/fstab, and command: mount',
  nftables: RULES,
  nmcli: 'use template for the connection file, and address for the running system',
  package_facts: 'use command: dpkg-query or rpm, with register and changed_when: false',
  pacman: 'packages are managed with apt, dnf or yum; use command for another manager',
  parted: RUN,
  ping: 'each run begins by talking to every host; use debug to have just that',
  pip: 'use command: pip install ..., with creates',
  raw: 'use shell: modules need no Python on the host here',
  reboot: 'reboot between two runs; wait_for waits for what has to be up again',
  replace: FILE,
  rpm_key: 'use command: rpm --import ...',
  script: 'use copy to put the script there and command to run it',
  seboolean: 'use command: setsebool -P ...',
  selinux: 'use template: /etc/selinux/config',
  service_facts: 'use service: it looks at what is, and says so in a check run',
  set_stats: 'use debug, or register',
  slurp: 'use command: cat FILE, with register and changed_when: false',
  stat: 'use command: test -e FILE, with register and failed_when: false',
  subversion: 'use command: svn checkout ..., with creates',
  synchronize: 'use copy or template, one file each',
  systemd: SERVICE,
  systemd_service: SERVICE,
  sysvinit: SERVICE,
  tempfile: 'use command: mktemp, with register',
  ufw: RULES,
  unarchive: 'use copy for the archive and command: tar -x ..., with creates',
  uri: 'use http: it fetches a page from the host and checks status and content',
  user: 'use command: useradd ..., when getent does not find it',
  validate_argument_spec: "a role's schema.json checks its variables before a host is contacted",
  wait_for_connection: 'use wait_for in the next run: an unreachable host ends its part of a run',
  yum: INSTALL,
  yum_repository: 'use template: write a file in /etc/yum.repos.d',
  zypper: 'packages are managed with apt, dnf or yum; use command for another manager',
}

const keywords: Readonly<Record<string, string>> = {
  accelerate: 'every host keeps one connection, with one shell; nothing needs to be turned on',
  accelerate_ipv6: 'leave it out',
  accelerate_port: 'leave it out',
  action: 'write the module itself as the key: MODULE: ARGUMENTS',
  async: `tasks are waited for; ${WAIT}`,
  become_exe: SUDO,
  become_flags: SUDO,
  collections: 'all modules are built in; leave it out',
  connection: `use ansible_connection: ${LOGIN}; or -c`,
  debugger: 'use debug, and -v',
  diff: 'use --diff on the command line',
  fact_path: FACTS,
  first_available_file: 'use template, with a src that names the right file',
  force_handlers: 'a handler that is owed is remembered on the host, and run by the next run',
  gather_subset: FACTS,
  gather_timeout: FACTS,
  local_action: 'write a play for a host with ansible_connection=local',
  module_defaults: 'write the arguments in each task; YAML anchors save repeating them',
  order: 'hosts are taken in the order of the inventory',
  poll: WAIT,
  port: `use ansible_port: ${LOGIN}`,
  remote_user: `use ansible_user: ${LOGIN}; or -u`,
  sudo: 'use become',
  sudo_user: 'use become_user',
  timeout: 'use -T for the connection; for a command: timeout SECONDS ...',
  user: `use ansible_user: ${LOGIN}; or -u`,
  vars_prompt: 'use -e on the command line',
}

/** What messages say of a word that is in these tables. */
export const ANSIBLE_ONLY = 'Ansible has it, dr-play has not'

/** What to use instead of a keyword of Ansible; undefined when it has no such keyword. */
export function insteadOfKeyword(word: string): string | undefined {
  return /^with_\w+$/.test(word) ? LOOP : own(keywords, word)
}

/** What to use instead of a module of Ansible, named with its collection or without. */
export function insteadOfModule(word: string): string | undefined {
  return own(modules, word.replace(/^\w+\.\w+\./, ''))
}

/** All that is said of Ansible's words, by word. */
export const ansibleWords = { modules, keywords }

function own(table: Readonly<Record<string, string>>, word: string): string | undefined {
  return Object.hasOwn(table, word) ? table[word] : undefined
}
