import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { waitFor } from '../../src/resources/wait-for.js'
import { apply, isValid, observe, observeAll } from '../support/converge.js'
import { shells } from '../support/form.js'
import { canMakeNetns, makeNetns, type Netns } from '../support/netns.js'
import { listener, serve, type Server } from '../support/server.js'

const context = {} as Parameters<typeof waitFor.want>[1]

describe('what is asked for', () => {
  it.each([
    [{ port: 80 }, true],
    [{ port: '80', host: 'rs1', timeout: '5' }, true],
    [{ path: '/run/x', state: 'absent' }, true],
    [{}, false],
    [{ port: 80, path: '/x' }, false],
    [{ path: '/x', host: 'rs1' }, false],
    [{ port: 80, state: 'up' }, false],
  ])('the schema on %j: %s', (args, valid) => expect(isValid(waitFor, args)).toBe(valid))

  it.each([
    [{ port: 0 }, 'is no port'],
    [{ port: 65536 }, 'is no port'],
    [{ port: 80, host: 'a b' }, 'is no host'],
    [{ port: 80, host: '-x' }, 'is no host'],
  ])('%j is refused', (args, why) => expect(() => waitFor.want(args, context)).toThrow(why))

  it('a change is a wait, and nothing is left to look at after it', () => {
    const want = waitFor.want({ port: 80 }, context)
    expect(waitFor.plan(want, 'not there')).toMatchObject([
      { wait: true, summary: 'wait until 127.0.0.1:80 is there, 30 s at most' },
    ])
    expect(waitFor.plan(want, 'there')).toEqual([])
    expect(waitFor.settled?.(want)).toBeUndefined()
  })
})

describe.runIf(canMakeNetns).each(shells)('on a host, with %s', (name) => {
  let netns: Netns
  let host: { shell: string[] }
  let folder: string
  const servers: Server[] = []
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'wait-for-'))
    netns = makeNetns()
    host = { shell: netns.shell(name) }
    netns.run('ip addr add 10.0.0.2/24 dev eth0; ip addr add 10.0.0.3/24 dev eth0')
    for (const [port, address] of [
      [81, '127.0.0.1'],
      [82, '0.0.0.0'],
      [83, '::'],
      [84, '10.0.0.2'],
      [85, '::1'],
    ] as const) {
      servers.push(await serve(netns, listener(port, address)))
    }
  })
  afterAll(async () => {
    for (const server of servers) await server.stop()
    netns.remove()
    rmSync(folder, { recursive: true })
  })

  it.each([
    ['127.0.0.1', 81, 'there'],
    ['localhost', 82, 'there'],
    ['127.0.0.1', 83, 'there'],
    // Bound to another address alone: nobody on 127.0.0.1 takes the connection.
    ['127.0.0.1', 84, 'not there'],
    ['127.0.0.1', 85, 'not there'],
    ['127.0.0.1', 86, 'not there'],
    ['10.0.0.2', 84, 'there'],
    ['10.0.0.2', 82, 'there'],
    ['10.0.0.2', 81, 'not there'],
    ['::1', 85, 'there'],
  ])('%s:%i is %s', async (address, port, have) => {
    const observed = await observe(waitFor, { host: address, port }, host)
    expect(observed.have).toBe(have)
  })

  it('a server on an address that routes nowhere is not there, soon', async () => {
    const { have } = await observe(waitFor, { host: '10.0.0.99', port: 80 }, host)
    expect(have).toBe('not there')
  })

  it('looks at all at once', async () => {
    const observed = await observeAll(
      waitFor,
      [{ port: 86 }, { path: '/' }, { port: 81, state: 'stopped' }, { port: 86, state: 'stopped' }],
      host,
    )
    expect(observed.map(({ plan }) => plan.length)).toEqual([1, 0, 1, 0])
  })

  it.each(['127.0.0.1', '10.0.0.3'])(
    'waits for a server on %s that starts later',
    async (address) => {
      const { plan } = await observe(waitFor, { host: address, port: 90 }, host)
      const waiting = apply(plan, host)
      await setTimeout(300)
      const server = await serve(netns, listener(90, address))
      expect(await waiting).toMatchObject([{ status: 0 }])

      const { plan: end } = await observe(
        waitFor,
        { host: address, port: 90, state: 'stopped' },
        host,
      )
      const ending = apply(end, host)
      await server.stop()
      expect(await ending).toMatchObject([{ status: 0 }])
    },
  )

  it.each([
    [{ port: 86, timeout: 0 }, '127.0.0.1:86 is not there after 0 s'],
    [{ port: 81, state: 'stopped', timeout: 1 } as const, '127.0.0.1:81 is not gone after 1 s'],
    [{ path: '/no/such', timeout: 0 }, '/no/such is not there after 0 s'],
  ])('%j fails when the time is over', async (args, why) => {
    const { plan } = await observe(waitFor, args, host)
    const [outcome] = await apply(plan, host)
    expect(outcome).toMatchObject({ status: 1, stderr: `${why}\n` })
  })

  it('connects with what the host has', async () => {
    for (const tool of ['curl', 'none']) {
      const [bare, tools] = [path.join(folder, `${name}-${tool}`), ['timeout', 'sleep']]
      netns.run(`mkdir ${bare}; for t in ${[...tools, tool].join(' ')}; do
        ln -s "$(command -v $t)" ${bare}/ || :; done`)
      const there = { shell: [...netns.shell('env'), `PATH=${bare}`, `/bin/${name}`] }
      const all = [84, 86].map((port) => ({ host: '10.0.0.2', port, timeout: 0 }))
      const observed = await observeAll(waitFor, all, there)
      const expected = tool === 'none' ? ['unknown', 'unknown'] : ['there', 'not there']
      expect(observed.map(({ have }) => have)).toEqual(expected)
      const [outcome] = await apply(observed[1]!.plan, there)
      expect(outcome?.status).toBe(1)
      expect(outcome?.stderr).toContain(tool === 'none' ? 'install bash' : 'is not there')
    }
  })
})
