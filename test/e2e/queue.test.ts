import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { constants, inflateRawSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { namesOf } from '../../src/queue/names.js'
import { Seal } from '../../src/queue/seal.js'
import { builtPackage, MAIN } from '../support/program.js'
import { countsOf, type Process, QueueSite, says, storyOf, tasksOf } from '../support/queue.js'

describe('two workers', () => {
  let site: QueueSite
  let workers: Process[]

  beforeAll(async () => {
    site = await QueueSite.up()
    workers = [await site.worker(), await site.worker()]
  })
  afterAll(() => site.down())

  /** A playbook by the workers, and from here, with files of its own. */
  const both = async (yaml: string, flags: string[] = []) => {
    const sharded = await site.play(yaml, { flags }).ended
    expect(sharded.stderr).toBe('')
    const here = await site.play(yaml, { flags: [...flags, '-e', 'out=here'], queue: [] }).ended
    return { sharded, here }
  }
  const same = ({ sharded, here }: Awaited<ReturnType<typeof both>>) => {
    expect(sharded.exit, sharded.stderr).toBe(here.exit)
    const plain = (events: typeof here.events) =>
      JSON.parse(JSON.stringify(storyOf(events)).replaceAll('/here-', '/out-')) as object
    expect(plain(sharded.events)).toEqual(plain(here.events))
    expect(countsOf(sharded.events)).toEqual(countsOf(here.events))
    const heads = (events: typeof here.events) =>
      events.filter(({ event }) => ['run', 'play', 'batch'].includes(event))
    expect(heads(sharded.events)).toEqual(heads(here.events))
  }

  it('tell what a run from here tells, host by host, and both have worked', async () => {
    site.hosts(6, 'out=out\n')
    site.write({
      'templates/page.hbs': 'page of {{inventory_hostname}}\n',
      // Which of these it is, only a host can tell.
      'vars/Debian.yml': 'family: a Debian\n',
    })
    const before = workers.map(({ said }) => said().length)
    const result = await both(`
- hosts: all
  vars_files: ["{{ ansible_os_family }}.yml"]
  tasks:
    - template: { src: page, dest: "{{ dir }}/{{ out }}-{{ inventory_hostname }}" }
    - command: echo {{ inventory_hostname }}
      register: said
    - fail: { msg: not this one }
      when: inventory_hostname == 'h3'
      ignore_errors: true
    - command: exit 3
      when: inventory_hostname == 'h4'
    - debug: { msg: "{{ family }}" }
- hosts: h1
  handlers:
    - name: handle
      debug: { msg: handled }
  tasks:
    - copy: { dest: "{{ dir }}/{{ out }}-notifies", content: x }
      notify: handle
- hosts: all
  serial: 2
  tasks:
    - debug: { msg: "{{ said.stdout }} {{ hostvars.h1.said.stdout }} {{ ansible_play_hosts }}" }
`)
    same(result)
    expect(tasksOf(result.sharded.events).map(({ message }) => message)).toContain('handled')
    expect(countsOf(result.sharded.events).h5).toMatchObject({ changed: 2, failed: 0 })
    for (const [i, { said }] of workers.entries()) {
      expect(said().slice(before[i])).toMatch(/done with \d of \d hosts/)
    }
  })

  it('do a check, and tags, as a run from here does', async () => {
    site.hosts(4)
    same(
      await both(
        `
- hosts: all
  tasks:
    - copy: { dest: "{{ dir }}/none-{{ inventory_hostname }}", content: x }
      register: copied
      tags: some
    - command: echo much
      register: much
      tags: some
    - debug: { msg: left out }
- hosts: all
  tasks:
    - debug: { msg: "{{ copied.changed }} {{ much.stdout }}" }
      tags: some
`,
        ['--check', '--tags', 'some'],
      ),
    )
    expect(existsSync(site.path('none-h1'))).toBe(false)
  })

  it('keep facts_from, run_once, throttle, hostvars and delegated facts right', async () => {
    site.hosts(4, 'out=out\n')
    const result = await both(`
- hosts: h1
  facts_from: h4
  tasks:
    - debug: { msg: "{{ hostvars.h4.ansible_os_family }} was asked" }
- hosts: all
  tasks:
    - shell: echo in >>{{ dir }}/{{ out }}-gate; sleep 0.2; echo out >>{{ dir }}/{{ out }}-gate
      throttle: 1
    - command: echo once
      run_once: true
      register: once
    - debug: { msg: "{{ once.stdout }}" }
    - set_fact: { told: "by {{ inventory_hostname }}" }
      delegate_to: h4
      delegate_facts: true
      when: inventory_hostname == 'h1'
- hosts: h2
  tasks:
    - debug: { msg: "{{ hostvars.h4.told }}" }
`)
    same(result)
    const told = tasksOf(result.sharded.events).filter(({ module }) => module === 'debug')
    const once = ['once', 'once', 'once', 'once']
    expect(told.map(({ message }) => message)).toEqual(['Debian was asked', ...once, 'by h1'])
    expect(site.read('out-gate')).toBe('in\nout\n'.repeat(4))
  })

  it('are handed a batch at a time, and nothing after one that failed too much', async () => {
    site.hosts(6)
    const { exit, events } = await site.play(`
- hosts: all
  serial: 2
  max_fail_percentage: 49
  tasks:
    - command: echo {{ inventory_hostname }}
    - fail: { msg: not this one }
      when: inventory_hostname == 'h3'
`).ended
    expect(exit).toBe(2)
    expect(new Set(tasksOf(events).map(({ host }) => host))).toEqual(
      new Set(['h1', 'h2', 'h3', 'h4']),
    )
    const order = events.flatMap((event) =>
      event.event === 'batch' ? event.hosts.join() : event.event === 'task' ? event.host : [],
    )
    const second = order.indexOf('h3,h4')
    expect(new Set(order.slice(1, second))).toEqual(new Set(['h1', 'h2']))
    expect(events).toContainEqual({
      event: 'note',
      message: '1 of 2 hosts failed: nothing further is done',
    })
  })

  it('end a play for all of them under any_errors_fatal', async () => {
    site.hosts(4)
    // Each has two hosts. h1 fails when h3 and h4 are asleep, and they wake when that is known.
    const { exit, events } = await site.play(`
- hosts: all
  any_errors_fatal: true
  tasks:
    - shell: for i in $(seq 300); do [ -e {{ dir }}/h3 ] && [ -e {{ dir }}/h4 ] && exit 1; sleep 0.1; done
      when: inventory_hostname == 'h1'
    - name: sleep
      shell: touch {{ dir }}/{{ inventory_hostname }}; sleep 5
      when: inventory_hostname in ['h3', 'h4']
      register: slept
    - command: echo never
      when: slept is defined
`).ended
    expect(exit).toBe(2)
    const slept = tasksOf(events).filter(({ host }) => host === 'h3' || host === 'h4')
    expect(slept.filter(({ status }) => status === 'changed').map(({ task }) => task)).toEqual([
      'sleep',
      'sleep',
    ])
    expect(countsOf(events).h3).toMatchObject({ changed: 1, failed: 0 })
  })

  it('leave no secret in the clear where Redis or its watchers see it', async () => {
    const secrets = ['s3cr3t-of-vault', 's3cr3t-of-become', 's3cr3t-in-inventory', 's3cr3t-printed']
    const [vaulted, become, plain, printed] = secrets as [string, string, string, string]
    site.hosts(4, `ansible_become_password=${become}\nplain=${plain}\n`)
    const word = 'the-word-of-the-vault'
    site.write({ 'vault.pass': word, 'group_vars/all.yml': `sealed: ${vaulted}\n` })
    const vault = ['encrypt', '--vault-password-file', site.path('vault.pass')]
    execFileSync('ansible-vault', [...vault, site.path('group_vars/all.yml')], { stdio: 'pipe' })
    const seen = spawn('redis-cli', ['-p', String(site.port), '-a', site.password, 'monitor'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    let traffic = ''
    seen.stdout.on('data', (bytes: Buffer) => (traffic += bytes.toString('latin1')))
    while (!traffic.includes('OK')) await setTimeout(20)
    const running = site.play(
      `
- hosts: all
  tasks:
    - copy: { dest: "{{ dir }}/secret-{{ inventory_hostname }}", content: "{{ sealed }} {{ plain }}\\n" }
    - command: echo ${printed}
      register: kept
    - debug: { msg: "{{ kept.stdout }}" }
    - command: sleep 1
`,
      { flags: ['--vault-password-file', 'vault.pass', '--diff'] },
    )
    await says(running, printed)
    const kept = site.redis('--scan').split('\n').filter(Boolean)
    const dumped = kept.map((key) => execDump(key)).join('\n')
    const { exit } = await running.ended
    seen.kill()
    expect(exit).toBe(0)
    expect(readFileSync(site.path('secret-h1'), 'utf8')).toBe(`${vaulted} ${plain}\n`)
    expect(kept.some((key) => key.endsWith(':bundle'))).toBe(true)
    const words = [...secrets, word, 'secret-h1', 'ansible_become_password']
    const seenThere = `${traffic}\n${dumped}\n${unpacked(`${traffic}\n${dumped}`)}`
    for (const each of words) expect(seenThere).not.toContain(each)
    // With the key they are all there: it is by the key alone that they are hidden.
    const opened = openedIn(traffic, new Seal(site.read('key'), 'key'))
    for (const each of words) expect(opened).toContain(each)
    // Of the run itself nothing is left.
    expect(site.redis('--scan')).not.toMatch(/^dr-play:/m)
  })

  const packedIn = (text: string) => [...new Set(text.match(/[A-Za-z0-9+/]{40,}={0,2}/g))]

  /** What anybody makes of it who only knows how to unpack. */
  const unpacked = (text: string): string =>
    packedIn(text)
      .flatMap((word) => {
        const bytes = Buffer.from(word, 'base64')
        return Array.from({ length: 64 }, (_, at) => inflated(bytes.subarray(at)))
      })
      .join('\n')
  const inflated = (bytes: Buffer): string => {
    const finishFlush = constants.Z_SYNC_FLUSH
    try {
      return inflateRawSync(bytes, { finishFlush }).toString('latin1')
    } catch {
      return ''
    }
  }

  const openedIn = (text: string, seal: Seal): string => {
    const run = /dr-play:(\w+):bundle/.exec(text)![1]!
    const { bundle, told, hosts } = namesOf(run)
    const jobs = [...new Set(text.match(new RegExp(`${run}-\\d+-\\w{6}`, 'g')))]
    const places = [bundle, told, hosts, ...jobs.map((job) => `${run} ${job}`)]
    const words = packedIn(text).flatMap((word) => places.map((place) => seal.open(word, place)))
    return words.map((bytes) => bytes?.toString('latin1') ?? '').join('\n')
  }

  const execDump = (key: string): string => {
    const type = site.redis('type', key).trim()
    if (type === 'string') return site.redis('get', key)
    if (type === 'stream') return site.redis('xrange', key, '-', '+')
    if (type === 'hash') return site.redis('hgetall', key)
    return site.redis('lrange', key, '0', '-1')
  }

  it('are not there for one that asks, though there is a terminal', () => {
    site.hosts(1)
    site.write({
      'group_vars/all.yml': '{}\n',
      'play.yml': '- hosts: all\n  tasks:\n    - pause: {}\n',
    })
    const words = [process.execPath, MAIN, 'play.yml', '-i', 'inventory']
    const command = [...words, ...site.queue].join(' ')
    const env = { ...process.env, DR_PLAY_QUEUE_PASSWORD: site.password }
    const { stdout, status } = spawnSync('script', ['-qec', command, '/dev/null'], {
      ...{ cwd: site.dir, encoding: 'utf8', env },
    })
    expect(stdout).toContain('workers of a queue cannot ask anybody')
    expect(status).toBe(1)
  })
})

describe('workers that come and go', () => {
  let site: QueueSite

  beforeAll(async () => {
    site = await QueueSite.up()
  })
  afterAll(() => site.down())

  const slow = (name: string, seconds = 2) => `
- hosts: all
  tasks:
    - copy: { dest: "{{ dir }}/${name}-{{ inventory_hostname }}", content: x }
    - shell: echo {{ inventory_hostname }} >>{{ dir }}/${name}; sleep ${seconds}
    - copy: { dest: "{{ dir }}/${name}-end-{{ inventory_hostname }}", content: x }
`

  it('one is killed: its hosts are done by another, and each is counted once', async () => {
    site.hosts(6)
    const workers = [await site.worker(), await site.worker()]
    const running = site.play(slow('killed'), { flags: ['--forks', '2'] })
    // Both have two hosts in hand.
    const begun = () =>
      existsSync(site.path('killed')) ? site.read('killed').trim().split('\n') : []
    while (begun().length < 4) await setTimeout(50)
    workers[0]!.child.kill('SIGKILL')
    const { exit, events } = await running.ended
    expect(exit).toBe(0)
    for (let i = 1; i <= 6; i++) expect(existsSync(site.path(`killed-end-h${i}`))).toBe(true)
    const counts = Object.values(countsOf(events))
    expect(counts.map(({ ok = 0, changed = 0 }) => ok + changed)).toEqual([3, 3, 3, 3, 3, 3])
    // It was killed at work: some of that was done again.
    expect(begun()).toHaveLength(8)
    const told = tasksOf(events).map(({ host, id, status }) => `${host} ${id} ${status}`)
    expect(new Set(told).size).toBe(told.length)
    workers[1]!.child.kill('SIGINT')
    expect((await workers[1]!.ended).exit).toBe(0)
  })

  it('one is told to leave: it brings to an end what it began, and gives back the rest', async () => {
    // In parts of two.
    site.hosts(8)
    const first = await site.worker()
    const running = site.play(slow('left', 1), { flags: ['--forks', '1'] })
    await says(running, /"event":"start"/)
    first.child.kill('SIGINT')
    expect((await first.ended).exit).toBe(0)
    expect(first.said()).toMatch(/done with 1 of 2 hosts/)
    await site.worker()
    const { exit, events } = await running.ended
    expect(exit).toBe(0)
    const all = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'h7', 'h8']
    // Each once: what was begun was not cut off.
    expect(site.read('left').trim().split('\n').sort()).toEqual(all)
    expect(Object.values(countsOf(events)).map(({ changed }) => changed)).toEqual(all.map(() => 3))
  })

  it('Ctrl-C ends the work of the workers, and takes the rest out of the queue', async () => {
    site.hosts(6)
    const running = site.play(
      '- hosts: all\n  tasks:\n    - command: sleep 60\n    - command: touch {{ dir }}/never\n',
      { flags: ['--forks', '1'] },
    )
    await says(running, /"event":"start"/)
    running.child.kill('SIGINT')
    const { exit, events } = await running.ended
    expect(exit).toBe(130)
    expect(events.at(-1)).toMatchObject({ event: 'recap', exit: 130 })
    expect(site.redis('llen', 'bull:dr-play:wait')).toBe('0\n')
    expect(existsSync(site.path('never'))).toBe(false)
  })
})

describe('a Redis that is killed and comes back', () => {
  let site: QueueSite

  beforeAll(async () => {
    site = await QueueSite.up()
    site.hosts(2)
    await site.worker()
  })
  afterAll(() => site.down())

  /** Each host, one after the other, waits until the test lets it go on. */
  const HELD = `
- hosts: all
  serial: 1
  tasks:
    - shell: echo x >>{{ dir }}/held-{{ inventory_hostname }}; until [ -e {{ dir }}/go-{{ inventory_hostname }} ] || [ ! -d {{ dir }} ]; do sleep 0.1; done
    - copy: { dest: "{{ dir }}/end-{{ inventory_hostname }}", content: x }
`
  const begin = async () => {
    for (const name of ['held-h1', 'held-h2', 'go-h1', 'go-h2', 'end-h1', 'end-h2']) {
      rmSync(site.path(name), { force: true })
    }
    const running = site.play(HELD)
    await held('h1')
    return running
  }
  const held = async (host: string) => {
    while (!existsSync(site.path(`held-${host}`))) await setTimeout(50)
  }
  const go = (host: string) => site.write({ [`go-${host}`]: '' })

  it('with what it held: the run goes on, and each host is done once', async () => {
    const running = await begin()
    site.redis('save')
    await site.restartRedis()
    go('h1')
    await held('h2')
    go('h2')
    const { exit, events } = await running.ended
    expect(exit).toBe(0)
    expect(Object.values(countsOf(events)).map(({ changed }) => changed)).toEqual([2, 2])
    for (const host of ['h1', 'h2']) expect(site.read(`held-${host}`)).toBe('x\n')
  })

  it('without its last moments: what was put there in those is put there again', async () => {
    const [worker] = site.processes
    const running = await begin()
    site.redis('save')
    // Nobody takes the second host, until Redis has forgotten it.
    worker!.child.kill('SIGINT')
    go('h1')
    expect((await worker!.ended).exit).toBe(0)
    while (site.redis('llen', 'bull:dr-play:wait') !== '1\n') await setTimeout(50)
    await site.restartRedis()
    expect(site.redis('llen', 'bull:dr-play:wait')).toBe('0\n')
    await site.worker()
    go('h2')
    const { exit, events } = await running.ended
    expect(exit).toBe(0)
    expect(Object.keys(countsOf(events))).toEqual(['h1', 'h2'])
    expect(existsSync(site.path('end-h2'))).toBe(true)
  })

  it('empty: all hosts that are not through have failed, and it says why', async () => {
    const running = await begin()
    go('h1')
    await held('h2')
    rmSync(site.path('dump.rdb'), { force: true })
    await site.restartRedis()
    const { exit, events } = await running.ended
    go('h2')
    expect(exit).toBe(2)
    expect(countsOf(events)).toMatchObject({ h1: { changed: 2, failed: 0 }, h2: { failed: 1 } })
    expect(events.filter(({ event }) => event === 'host')).toMatchObject([
      { host: 'h2', message: 'the queue has lost the run' },
    ])
  })
})

describe('a queue that cannot be used', () => {
  let site: QueueSite

  beforeAll(async () => {
    site = await QueueSite.up()
    site.hosts(1)
  })
  afterAll(() => site.down())

  const book = '- hosts: all\n  tasks:\n    - command: touch {{ dir }}/touched\n'
  const refused = async (flags: string[], env: Record<string, string> = {}) => {
    site.write({ 'play.yml': book })
    const { exit, stderr } = await site.start(['play.yml', '-i', 'inventory', ...flags], env).ended
    expect(exit).toBe(1)
    expect(existsSync(site.path('touched'))).toBe(false)
    return stderr
  }

  it('says what is wrong with it, before any host is contacted', async () => {
    const key = ['--queue-key-file', site.path('key')]
    expect(await refused(['--queue', site.url])).toMatch(/needs a key.*\n.*openssl rand -base64 32/)
    site.write({ short: 'c2hvcnQ=\n' })
    expect(await refused(['--queue', site.url, '--queue-key-file', 'short'])).toMatch(
      /short.*5 bytes/,
    )
    expect(await refused(['--queue', 'here', ...key])).toMatch(/--queue: this is no URL/)
    expect(await refused(['--queue', 'http://here', ...key])).toMatch(/no "http:\/\/"/)
    expect(await refused(['--queue', 'redis://127.0.0.1:1', ...key])).toMatch(
      /127\.0\.0\.1:1: .*ECONNREFUSED/,
    )
    const wrong = await refused(['--queue', site.url, ...key], { DR_PLAY_QUEUE_PASSWORD: 'no' })
    expect(wrong).toMatch(/refuses the password/)
    expect(wrong).not.toContain('"no"')
    expect(await refused(site.queue, { DR_PLAY_QUEUE_PASSWORD: '' })).toMatch(/wants a password/)
  })

  /** Another installation of dr-play, of version 9.9.9, without any package beside it. */
  const installed = (name: string): string => {
    const folder = site.path(name)
    cpSync(join(builtPackage, 'dist'), join(folder, 'dist'), { recursive: true })
    const manifest = JSON.parse(readFileSync(join(builtPackage, 'package.json'), 'utf8')) as object
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, version: '9.9.9' }))
    return join(folder, 'dist/main.js')
  }

  it('says that no worker is there, and stops on Ctrl-C', async () => {
    const running = site.play(book)
    await says(running, 'no worker is there: start one with')
    running.child.kill('SIGINT')
    expect((await running.ended).exit).toBe(130)
    expect(site.redis('llen', 'bull:dr-play:wait')).toBe('0\n')
    expect(existsSync(site.path('touched'))).toBe(false)
  })

  it('a worker with another key: the run names it, and is not begun', async () => {
    site.write({ other: 'b3RoZXJvdGhlcm90aGVyb3RoZXJvdGhlcm90aGVyb3RoZXI=\n' })
    const worker = site.start(['worker', '--queue', site.url, '--queue-key-file', 'other'])
    await says(worker, 'waits for work')
    expect(await refused(site.queue)).toMatch(/the worker \S+ has another key/)
    worker.child.kill('SIGINT')
    await worker.ended
  })

  it('a worker of another version, or with another key, that comes later, refuses and is named', async () => {
    const main = installed('other-version')
    const running = site.play(book)
    await says(running, 'no worker is there')
    const old = site.start(['worker', ...site.queue], {}, main)
    await says(running, /the worker \S+ is dr-play 9\.9\.9, and the run \w+ is 0\.1\.0/)
    expect((await old.ended).exit).toBe(1)
    const strange = site.start(['worker', '--queue', site.url, '--queue-key-file', 'other'])
    await says(running, /the worker \S+ has another key/)
    expect((await strange.ended).exit).toBe(1)
    const right = await site.worker()
    expect((await running.ended).exit).toBe(0)
    expect(existsSync(site.path('touched'))).toBe(true)
    right.child.kill('SIGINT')
    await right.ended
  })
})
