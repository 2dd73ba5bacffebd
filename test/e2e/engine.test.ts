import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { until } from '../../src/lab/process.js'
import { describeLab } from '../lab/support.js'
import { changes, Cluster, failures, tasks } from '../support/cluster.js'

const INVENTORY = `[realserver]
rs1 ansible_host=192.168.139.2 weight=1
rs2 ansible_host=192.168.139.4 weight=2
`

const FILES = `
- hosts: realserver
  tasks:
    - name: first
      copy: {dest: /etc/first, content: "weight {{ weight }}\\n"}
      tags: one
      notify: told
    - name: second
      copy: {dest: /etc/second, content: "the same\\n"}
      tags: two
  handlers:
    - name: told
      command: sh -c 'echo told >>/run/told'
`

/** A command that says it runs, and then waits for a word. */
const WAIT = `sh -c 'touch /run/begun; until [ -e /run/go ]; do sleep 0.05; done'`

describeLab('runs over SSH', () => {
  let cluster: Cluster

  beforeAll(async () => {
    cluster = await Cluster.up('engine', { inventory: INVENTORY })
    cluster.write('files.yml', FILES)
  })
  afterAll(() => cluster.down())
  beforeEach(async () => {
    const clean = 'rm -f /etc/first /etc/second /run/told /run/begun /run/go'
    await Promise.all([cluster.on('rs1', clean), cluster.on('rs2', clean)])
  })

  const has = (host: string, test: string) => () =>
    cluster.on(host, `${test} && echo yes || echo no`).then((said) => said === 'yes\n')
  const comes = async (host: string, test: string) => {
    expect(await until(has(host, test), 30), `${host}: ${test}`).toBe(true)
  }
  /** No run holds the host any more. */
  const isFree = (host: string) => comes(host, 'flock -n /run/dr-play/lock true')

  it('--check-hosts only looks at these, and brings the others into state', async () => {
    const before = await cluster.observe('rs1')
    const run = await cluster.play('files.yml', '--check-hosts', 'rs1')
    expect(run.exit).toBe(3)
    expect(changes(run)).toEqual(
      ['rs1', 'rs2'].flatMap((host) => [
        `${host} | first | /etc/first: created`,
        `${host} | second | /etc/second: created`,
        `${host} | told | run sh -c 'echo told >>/run/told'`,
      ]),
    )
    for (const { host, check } of tasks(run)) expect(check).toBe(host === 'rs1')
    expect(await cluster.observe('rs1')).toEqual(before)
    expect(await cluster.on('rs2', 'cat /etc/first /run/told')).toBe('weight 2\ntold\n')
  })

  it('a host whose variable check_mode is true is only looked at', async () => {
    cluster.write('careful.yml', 'all: {hosts: {rs2: {check_mode: true}}}\n')
    const before = await cluster.observe('rs2')
    const run = await cluster.play('files.yml', '-i', 'careful.yml')
    expect(run.exit).toBe(3)
    expect(await cluster.observe('rs2')).toEqual(before)
    expect(await cluster.on('rs1', 'cat /etc/first /etc/second')).toBe('weight 1\nthe same\n')
    for (const { host, check } of tasks(run)) expect(check).toBe(host === 'rs2')
  })

  const APACHE = (tasks: string) => `
- hosts: rs1
  tasks:${tasks}
  handlers:
    - name: anew
      service: {name: apache2, state: reloaded}
`
  const conf = (text: string) =>
    `{copy: {dest: /etc/apache2/conf-enabled/own.conf, content: "${text}\\n"}, notify: anew}`
  const STARTED = '{service: {name: apache2, state: started}}'
  const stopped = 'rm -f /etc/apache2/conf-enabled/own.conf; service apache2 stop'

  it('what a start has read needs no handler to read it anew; a check run knows', async () => {
    await cluster.on('rs1', stopped)
    cluster.write('before.yml', APACHE(`\n    - ${conf('ServerName a')}\n    - ${STARTED}`))
    const checked = await cluster.play('before.yml', '--check')
    const run = await cluster.play('before.yml')
    expect(changes(run)).toEqual([
      expect.stringContaining('own.conf: created'),
      expect.stringContaining('apache2: start'),
    ])
    expect(changes(checked)).toEqual(changes(run))
    expect(await cluster.on('rs1', 'cat /var/lib/dr-play/pending || echo none')).toBe('none\n')
    // It runs, and what is written after that has to be told.
    cluster.write('after.yml', APACHE(`\n    - ${STARTED}\n    - ${conf('ServerName b')}`))
    expect(changes(await cluster.play('after.yml'))).toEqual([
      'rs1 | anew | apache2: reload',
      expect.stringContaining('own.conf: new content'),
    ])
  })

  it('after a start that failed the handler is due as ever', async () => {
    await cluster.on('rs1', stopped)
    cluster.write(
      'rescue.yml',
      APACHE(`
    - block:
        - ${conf('NoSuchDirective')}
        - ${STARTED}
      rescue:
        - ${conf('ServerName a')}`),
    )
    const run = await cluster.play('rescue.yml')
    expect(changes(run)).toContain('rs1 | anew | apache2: reload')
    expect(run.exit).toBe(0)
    await comes('rs1', 'service apache2 status >/dev/null')
  })

  it('--diff shows unified diffs, and without it there are none', async () => {
    await cluster.on('rs1', 'echo weight 5 >/etc/first')
    const args = ['files.yml', '-i', 'inventory.yml', '--check', '--limit', 'rs1', '--tags', 'one']
    const { exit, stdout } = await cluster.run([...args, '--diff'])
    expect(exit).toBe(3)
    const lines = stdout.split('\n').map((line) => line.trim())
    expect(lines).toContain('@@ -1,1 +1,1 @@')
    expect(lines).toContain('-weight 5')
    expect(lines).toContain('+weight 1')
    expect((await cluster.run(args)).stdout).not.toContain('weight 5')
  })

  it('-e wins over the inventory', async () => {
    const run = await cluster.play('files.yml', '-e', 'weight=9', '--limit', 'rs1')
    expect(run.exit).toBe(0)
    expect(await cluster.on('rs1', 'cat /etc/first')).toBe('weight 9\n')
  })

  it.each([
    [
      ['--tags', 'one'],
      ['first', 'told'],
    ],
    [['--tags', 'two'], ['second']],
    [['--skip-tags', 'one'], ['second']],
    [
      ['--tags', 'one,two'],
      ['first', 'second', 'told'],
    ],
  ])('%j runs %j alone', async (flags, wanted) => {
    const run = await cluster.play('files.yml', '--limit', 'rs1', ...flags)
    expect(run.exit).toBe(0)
    expect(tasks(run).map(({ task }) => task)).toEqual(wanted)
  })

  it('serial takes one batch after the other, and a batch that fails ends it', async () => {
    const serial = FILES.replace('hosts: realserver', 'hosts: realserver\n  serial: 1')
    cluster.write('serial.yml', serial)
    const run = await cluster.play('serial.yml')
    expect(run.exit).toBe(0)
    const batches = run.events.filter((event) => event.event === 'batch')
    expect(batches.map(({ hosts }) => hosts)).toEqual([['rs1'], ['rs2']])
    const order = tasks(run).map(({ host }) => host)
    expect(order).toEqual([...order].sort())

    cluster.write('stops.yml', serial.replace('tasks:', 'tasks:\n    - fail: {msg: not today}'))
    const stopped = await cluster.play('stops.yml')
    expect(stopped.exit).toBe(2)
    expect(failures(stopped)).toEqual(['rs1: not today'])
    expect(tasks(stopped).map(({ host }) => host)).toEqual(['rs1'])
  })

  it('a task that fails on one host is told, exits 2, and the others finish', async () => {
    cluster.write(
      'fails.yml',
      `
- hosts: realserver
  tasks:
    - name: works on rs2 alone
      command: test {{ inventory_hostname }} = rs2
    - name: later
      copy: {dest: /etc/first, content: "later"}
`,
    )
    const run = await cluster.play('fails.yml')
    expect(run.exit).toBe(2)
    const failed = tasks(run).filter(({ status }) => status === 'failed')
    expect(failed).toMatchObject([
      { host: 'rs1', task: 'works on rs2 alone', at: { file: 'fails.yml', line: 4 } },
    ])
    expect(failed[0]?.message).toContain('exit status 1')
    expect(await cluster.on('rs2', 'cat /etc/first')).toBe('later')
    expect(await has('rs1', '[ -e /etc/first ]')()).toBe(false)
  })

  it('a run that is killed before its handler is finished by the next one', async () => {
    cluster.write('slow.yml', FILES.replace('  handlers:', `    - command: ${WAIT}\n  handlers:`))
    const run = await cluster.start('slow.yml', '--limit', 'rs1')
    await comes('rs1', '[ -e /run/begun ]')
    process.kill(run.pid, 'SIGKILL')
    await run.ended
    await cluster.on('rs1', 'touch /run/go')
    await isFree('rs1')
    expect(await cluster.on('rs1', 'cat /etc/first')).toBe('weight 1\n')
    expect(await has('rs1', '[ -e /run/told ]')()).toBe(false)

    // The playbook of that run, mended: what it owes, no other playbook finishes.
    cluster.write('slow.yml', FILES)
    const next = await cluster.play('slow.yml', '--limit', 'rs1')
    expect(next.exit).toBe(0)
    expect(changes(next)).toEqual([`rs1 | told | run sh -c 'echo told >>/run/told'`])
    expect(next.events.filter(({ event }) => event === 'note')).toMatchObject([
      { host: 'rs1', message: expect.stringContaining('broke off before "told"') as string },
    ])
    expect(changes(await cluster.play('slow.yml', '--limit', 'rs1'))).toEqual([])
    expect(await cluster.on('rs1', 'cat /run/told')).toBe('told\n')
  })

  it('of two runs on one host the second fails, and names the first', async () => {
    cluster.write('slow.yml', `- hosts: realserver\n  tasks:\n    - command: ${WAIT}\n`)
    const first = await cluster.start('slow.yml', '--limit', 'rs1')
    await comes('rs1', '[ -e /run/begun ]')
    const second = await cluster.play('files.yml')
    await cluster.on('rs1', 'touch /run/go')
    expect(second.exit).toBe(2)
    expect(failures(second)).toHaveLength(1)
    expect(failures(second)[0]).toMatch(/^rs1: another run is at work on this host: .*@/)
    expect(failures(second)[0]).toContain(`pid ${first.pid},`)
    expect(await cluster.on('rs2', 'cat /etc/first')).toBe('weight 2\n')
    expect(await has('rs1', '[ -e /etc/first ]')()).toBe(false)
    expect(await first.ended).toMatchObject({ exit: 0 })
    await isFree('rs1')
    expect(await cluster.play('files.yml')).toMatchObject({ exit: 0 })
  })

  it('Ctrl-C ends the remote work too, says what was done, and exits 130', async () => {
    cluster.write(
      'long.yml',
      '- hosts: realserver\n  tasks:\n    - copy: {dest: /etc/first, content: done}\n    - command: sleep 86399\n    - copy: {dest: /etc/second, content: never}\n',
    )
    const run = await cluster.start('long.yml')
    for (const host of ['rs1', 'rs2']) await comes(host, 'pgrep -xf "sleep 86399" >/dev/null')
    process.kill(run.pid, 'SIGINT')
    const ended = await run.ended
    expect(ended.exit).toBe(130)
    expect(ended.events.at(-1)).toMatchObject({ event: 'recap', exit: 130 })
    for (const host of ['rs1', 'rs2']) {
      expect(await has(host, 'pgrep -xf "sleep 86399" >/dev/null')()).toBe(false)
      expect(await cluster.on(host, 'cat /etc/first; ls /etc/second 2>&1 || :')).toMatch(
        /^done.*No such file/,
      )
      await isFree(host)
    }
  })

  it('a file that somebody edits between the look and the change is left alone', async () => {
    const wait = WAIT.replace("'touch", "'[ %s ]; touch")
    cluster.write(
      'edit.yml',
      `- hosts: realserver\n  tasks:\n    - copy:\n        dest: /etc/first\n        content: ours\n        validate: ${wait}\n`,
    )
    await cluster.on('rs1', 'echo before >/etc/first')
    const run = await cluster.start('edit.yml', '--limit', 'rs1')
    await comes('rs1', '[ -e /run/begun ]')
    await cluster.on('rs1', 'echo by hand >/etc/first; touch /run/go')
    const ended = await run.ended
    expect(ended.exit).toBe(2)
    expect(failures(ended)[0]).toContain('/etc/first changed since it was read')
    expect(await cluster.on('rs1', 'cat /etc/first; ls -A /etc | grep dr-play || :')).toBe(
      'by hand\n',
    )
  })
})
