import { afterAll, beforeAll, expect, it } from 'vitest'
import { until } from '../../src/lab/process.js'
import { describeLab } from '../lab/support.js'
import { changes, Cluster, failures } from '../support/cluster.js'

const INVENTORY = `[realserver]
rs1 ansible_host=192.168.139.2
`

/** `hold NAME` waits for a word, when /run/stop says that name. */
const HOLD = `#!/bin/sh
[ "$(cat /run/stop)" = "$1" ] || exit 0
touch /run/reached
until [ -e /run/go ]; do sleep 0.05; done
`

/** Where it can be held, in the order that it comes there. */
const PLACES = [
  'start',
  'first',
  'between',
  'second',
  'last',
  'loading',
  'loaded',
  'after',
] as const

const BOOK = `
- hosts: realserver
  tasks:
    - command: hold start
      changed_when: false
    - name: first
      copy: { dest: /etc/first, content: "{{ word }}\\n", validate: 'sh -c "hold first #%s"' }
      notify: load
    - command: hold between
      changed_when: false
    - name: second
      copy: { dest: /etc/second, content: "{{ word }}\\n", validate: 'sh -c "hold second #%s"' }
      notify: load
    - command: hold last
      changed_when: false
  post_tasks:
    - command: hold after
      changed_when: false
  handlers:
    - name: load
      shell: hold loading; cat /etc/first /etc/second >/run/loaded; hold loaded
`

describeLab('runs that are killed, that race, and that somebody gets in the way of', () => {
  let cluster: Cluster

  beforeAll(async () => {
    cluster = await Cluster.up('killed', { inventory: INVENTORY })
    cluster.write('book.yml', BOOK)
    const hold = `printf %s '${HOLD.replaceAll("'", "'\\''")}' >/usr/local/bin/hold`
    await cluster.on('rs1', `${hold}; chmod +x /usr/local/bin/hold; echo nowhere >/run/stop`)
  })
  afterAll(() => cluster.down())

  const comes = async (test: string) => {
    const said = () => cluster.on('rs1', `${test} && echo yes || echo no`)
    expect(await until(() => said().then((yes) => yes === 'yes\n'), 30), test).toBe(true)
  }
  const holdAt = (place: string) =>
    cluster.on('rs1', `echo ${place} >/run/stop; rm -f /run/reached /run/go`)
  const isHeld = () => comes('[ -e /run/reached ]')
  const goOn = () => cluster.on('rs1', 'echo nowhere >/run/stop; touch /run/go')
  /** What is held goes on, and no run holds the host any more. */
  const letGo = async () => {
    await goOn()
    await comes('flock -n /run/dr-play/lock true')
  }

  it.each(PLACES)(
    'killed at "%s": the next run ends in state, and its handler saw all of it',
    async (place) => {
      const word = ['-e', `word=${place}`]
      await holdAt(place)
      const run = await cluster.start('book.yml', ...word)
      await isHeld()
      process.kill(run.pid, 'SIGKILL')
      await run.ended
      await letGo()

      const next = await cluster.play('book.yml', ...word)
      expect(next.exit, next.stderr).toBe(0)
      const all = `${place}\n${place}\n`
      expect(await cluster.on('rs1', 'cat /etc/first /etc/second; echo; cat /run/loaded')).toBe(
        `${all}\n${all}`,
      )
      const [still, files, handler] = [place === 'after', PLACES.indexOf(place), 'rs1 | load']
      const names = changes(next).map((change) => change.split(' | ', 2).join(' | '))
      // A change that was under way when the run was killed is brought to its end.
      expect(names).toEqual([
        ...(files < 1 ? ['rs1 | first'] : []),
        ...(still ? [] : [handler]),
        ...(files < 3 ? ['rs1 | second'] : []),
      ])
      expect(
        await cluster.on('rs1', 'ls -A /var/lib/dr-play; ls -A /etc | grep dr-play || :'),
      ).toBe('')
    },
  )

  it('a worker that is killed while it changes a host: the next one waits for the lock', async () => {
    const queue = await cluster.queue()
    try {
      const lost = await queue.worker()
      await holdAt('second')
      const run = queue.start('book.yml', '-e', 'word=worker')
      await isHeld()
      const next = await queue.worker()
      lost.child.kill('SIGKILL')
      const isWaitedFor = 'pgrep -x flock >&2'
      await comes(isWaitedFor)
      // Another run would wait for a second.
      expect(await cluster.on('rs1', `sleep 2; ${isWaitedFor} && echo yes`)).toBe('yes\n')
      await comes('! grep -qx worker /etc/second 2>/dev/null')
      await goOn()
      const ended = await run.ended
      expect([ended.exit, ended.stderr]).toEqual([0, ''])
      // Each change is told once, though what was under way ended with nobody to tell of it.
      const names = changes(ended).map((change) => change.split(' | ', 2)[1])
      expect(names).toEqual(['first', 'load'])
      const files = 'cat /etc/first /etc/second; echo; cat /run/loaded'
      expect(await cluster.on('rs1', files)).toBe(
        `${'worker\n'.repeat(2)}\n${'worker\n'.repeat(2)}`,
      )
      expect(next.said()).toMatch(/done with 1 of 1 hosts/)
    } finally {
      await queue.down()
    }
  })

  it('of two that begin at once one works, and the other one names it: ten times', async () => {
    cluster.write(
      'race.yml',
      `
- hosts: realserver
  tasks:
    - shell: echo {{ who }} >>/run/worked; hold race
      args: { creates: "/run/done-{{ race }}" }
    - copy: { dest: "/run/done-{{ race }}", content: "{{ who }}\\n" }
`,
    )
    for (let race = 1; race <= 10; race++) {
      await holdAt('race')
      const start = (who: string) =>
        cluster.start('race.yml', '-e', `who=${who}`, '-e', `race=${race}`)
      const runs = [await start('one'), await start('two')]
      const [lost, won] = await Promise.race(
        runs.map(async (run, i) => [await run.ended, runs[1 - i]!] as const),
      )
      expect(lost.exit).toBe(2)
      expect(failures(lost)).toEqual([
        expect.stringMatching(
          new RegExp(`^rs1: another run is at work on this host: .*pid ${won.pid},`),
        ),
      ])
      await isHeld()
      await letGo()
      expect((await won.ended).exit).toBe(0)
      const who = runs.indexOf(won) === 0 ? 'one' : 'two'
      expect(await cluster.on('rs1', `cat /run/worked /run/done-${race}; rm /run/worked`)).toBe(
        `${who}\n${who}\n`,
      )
      const third = await cluster.play('race.yml', '-e', `who=${who}`, '-e', `race=${race}`)
      expect([third.exit, changes(third)]).toEqual([0, []])
    }
  })

  it('a link that somebody replaces between the look and the change is left alone', async () => {
    cluster.write(
      'link.yml',
      `
- hosts: realserver
  tasks:
    - copy: { dest: /etc/first, content: "link\\n", validate: 'sh -c "hold link #%s"' }
    - file: { path: /etc/link, state: link, src: ours }
`,
    )
    await cluster.on('rs1', 'ln -s old /etc/link')
    await holdAt('link')
    const run = await cluster.start('link.yml')
    await isHeld()
    await cluster.on('rs1', 'rm /etc/link; echo by hand >/etc/link')
    await letGo()
    const ended = await run.ended
    expect(ended.exit).toBe(2)
    expect(failures(ended)).toEqual([
      expect.stringContaining('/etc/link changed since it was read: nothing was overwritten'),
    ])
    expect(await cluster.on('rs1', 'cat /etc/first /etc/link; rm /etc/link')).toBe(
      'link\nby hand\n',
    )
  })
})
