import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { describe, expect } from 'vitest'
import { test } from '../support/play.js'

const drift = `
- hosts: all
  tasks:
    - { fail: { msg: broken }, when: inventory_hostname == 'bad' }
    - { name: t, copy: { dest: '{{dir}}/{{inventory_hostname}}', content: x } }
`
// Port 1 of this machine: nobody listens.
const dead = 'dead ansible_connection=ssh ansible_host=127.0.0.1 ansible_port=1'

describe('the exit code', () => {
  test.for([
    ['0: all brought into state', 'a', {}, 0],
    ['3: drift', 'a', { check: true }, 3],
    ['2 over 3', 'a\nbad', { check: true }, 2],
    ['4 over 2 and 3', `a\nbad\n${dead}`, { check: true }, 4],
    ['4 over 2', `a\nbad\n${dead}`, {}, 4],
  ] as const)('%s', async ([, inventory, options, want], { site }) => {
    expect((await site.play(drift, { inventory, ...options })).exit).toBe(want)
  })
})

describe('the shell of a host', () => {
  // The shell of the first host writes down what it is, and the next one looks whether it is there.
  const sees = (look: string) => `
- hosts: all
  tasks:
    - { shell: 'echo $PPID >{{dir}}/pid', when: inventory_hostname == 'a' }
    - { shell: '${look}', when: inventory_hostname == 'b' }
`
  const options = { inventory: 'a\nb', forks: 1 }
  const there = 'kill -s 0 $(cat {{dir}}/pid)'

  test('ends when no play is left that needs the host', async ({ site }) => {
    const gone = `n=0; while ${there}; do n=$((n + 1)); [ $n -le 200 ] || exit 1; sleep 0.1; done`
    const { exit } = await site.play(sees(gone), options)
    expect(exit).toBe(0)
  })

  test('is kept for a later play', async ({ site }) => {
    const later = "- hosts: a\n  tasks: [{ command: 'true' }]\n"
    const { exit, tallies } = await site.play(`${sees(there)}${later}`, options)
    expect(exit).toBe(0)
    expect(tallies.a).toMatchObject({ changed: 2 })
  })
})

describe('hosts', () => {
  test('that cannot be reached are told, and the others finished', async ({ site }) => {
    const { tallies, events, story } = await site.play(drift, { inventory: `${dead}\na\nb` })
    expect(story.filter((line) => line.includes(' t: ')).sort()).toEqual([
      'a t: changed',
      'b t: changed',
    ])
    expect(tallies.dead).toMatchObject({ ok: 0, changed: 0, unreachable: 1, trips: 0 })
    expect(events.find(({ event }) => event === 'host')).toMatchObject({
      host: 'dead',
      status: 'unreachable',
      message: expect.stringContaining('127.0.0.1') as string,
    })
  })

  test('are taken for one run alone', async ({ site }) => {
    await site.write({ 'state/a.lock': '' })
    const holder = spawn('flock', [site.path('state/a.lock'), 'sh', '-c', 'echo held; read _'])
    await once(holder.stdout, 'data')
    const born = (await readFile(`/proc/${holder.pid!}/stat`, 'utf8')).split(' ')[21]!
    const note = `ops@control, pid 7\n${holder.pid!} ${holder.pid!} ${born} local 15\n`
    await site.write({ 'state/a.lock': note })
    const { exit, events, story } = await site.play(drift, { inventory: 'a\nb' })
    holder.stdin.end()
    await once(holder, 'close')
    expect(exit).toBe(2)
    expect(story.at(-1)).toBe('b t: changed')
    expect(await site.has('a')).toBe(false)
    expect(events.find(({ event }) => event === 'host')).toMatchObject({
      host: 'a',
      status: 'failed',
      message: 'another run is at work on this host: ops@control, pid 7',
    })
    expect((await site.play(drift, { inventory: 'a\nb' })).exit).toBe(0)
    expect(await site.read('state/a.lock')).toMatch(/^a test\n\d+ \d+ \d+ local 15\n$/)
  })

  test('are worked on as many at once as --forks says', async ({ site }) => {
    const { story } = await site.play(
      `
- hosts: all
  tasks:
    - { name: alone, command: 'mkdir {{dir}}/lock' }
    - { name: free, command: 'rmdir {{dir}}/lock' }
`,
      { inventory: 'h[1:4]', forks: 1 },
    )
    expect(story).toEqual(
      [1, 2, 3, 4].flatMap((n) => [`h${n} alone: changed`, `h${n} free: changed`]),
    )
  })
})

test('events: what the reporters get', async ({ site }) => {
  const { events } = await site.play(`
- name: first
  hosts: all
  handlers: [{ name: h, debug: { msg: handled } }]
  tasks:
    - { name: 'for {{inventory_hostname}}', copy: { dest: '{{dir}}/a', content: x }, notify: h }
    - { name: secret, debug: { msg: s3cret }, no_log: true }
    - { name: left out, debug: { msg: x }, when: false }
`)
  const shown = JSON.parse(
    JSON.stringify(events, (key, value: unknown) => (key === 'ms' ? 0 : value)).replaceAll(
      `${site.dir}/`,
      '',
    ),
  ) as unknown
  expect(shown).toMatchInlineSnapshot(`
    [
      {
        "check": false,
        "event": "run",
        "hosts": [
          "here",
        ],
        "playbook": "play.yml",
        "plays": [
          {
            "play": "first",
            "tasks": [
              {
                "handler": false,
                "id": "play.yml:6:7",
                "name": "for {{inventory_hostname}}",
              },
              {
                "handler": false,
                "id": "play.yml:7:7",
                "name": "secret",
              },
              {
                "handler": false,
                "id": "play.yml:8:7",
                "name": "left out",
              },
              {
                "handler": true,
                "id": "play.yml:4:14",
                "name": "h",
              },
            ],
          },
        ],
      },
      {
        "event": "play",
        "hosts": [
          "here",
        ],
        "play": "first",
      },
      {
        "event": "start",
        "host": "here",
        "id": "play.yml:6:7",
        "task": "for here",
      },
      {
        "event": "start",
        "host": "here",
        "id": "play.yml:7:7",
        "task": "secret",
      },
      {
        "event": "start",
        "host": "here",
        "id": "play.yml:4:14",
        "task": "h",
      },
      {
        "changes": [
          {
            "diff": {
              "after": "x",
              "before": "",
              "path": "a",
            },
            "summary": "a: created",
          },
        ],
        "check": false,
        "event": "task",
        "host": "here",
        "id": "play.yml:6:7",
        "module": "copy",
        "status": "changed",
        "task": "for here",
      },
      {
        "changes": [],
        "check": false,
        "event": "task",
        "host": "here",
        "id": "play.yml:7:7",
        "message": "hidden by no_log",
        "module": "debug",
        "status": "ok",
        "task": "secret",
      },
      {
        "changes": [],
        "check": false,
        "event": "task",
        "host": "here",
        "id": "play.yml:8:7",
        "message": "false",
        "module": "debug",
        "status": "skipped",
        "task": "left out",
      },
      {
        "changes": [],
        "check": false,
        "event": "task",
        "host": "here",
        "id": "play.yml:4:14",
        "message": "handled",
        "module": "debug",
        "status": "ok",
        "task": "h",
      },
      {
        "check": false,
        "checked": [],
        "event": "recap",
        "exit": 0,
        "hosts": {
          "here": {
            "changed": 1,
            "failed": 0,
            "ignored": 0,
            "ms": 0,
            "ok": 2,
            "rescued": 0,
            "skipped": 1,
            "trips": 3,
            "unreachable": 0,
          },
        },
        "ms": 0,
      },
    ]
  `)
})
