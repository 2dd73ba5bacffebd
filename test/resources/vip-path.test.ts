import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { vipPath } from '../../src/resources/vip-path.js'
import {
  apply,
  expectConverges,
  expectInState,
  isValid,
  observe,
  observeAll,
} from '../support/converge.js'
import { shells } from '../support/form.js'
import { canMakeNetns, makeNetns, type Netns } from '../support/netns.js'
import { serve, type Server } from '../support/server.js'

const VIP = '192.168.139.6'
const RIP = '192.168.139.2'
const args = { address: VIP, via: RIP }
const context = {} as Parameters<typeof vipPath.want>[1]

const page = (address: string, port: number) => `
let calls = 0
require('node:http').createServer((request, response) => {
  if (request.url === '/lazy') calls++
  const status = request.url === '/gone' ? 404 : request.url === '/lazy' && calls < 4 ? 503 : 200
  response.writeHead(status)
  response.end('www.RS1.com for ' + request.headers.host + '\\n')
}).listen(${port}, '${address}', () => console.log('listening'))`

describe('what is asked for', () => {
  it.each([
    [args, true],
    [{ ...args, port: '8080', status: '404', timeout: '1' }, true],
    [{ address: VIP }, false],
    [{ ...args, timeout: 0 }, false],
    [{ ...args, device: 'eth0' }, false],
  ])('the schema on %j: %s', (given, valid) => expect(isValid(vipPath, given)).toBe(valid))

  it.each([
    [{ ...args, address: 'vip' }, 'address "vip" is no IPv4 address'],
    [{ ...args, via: '010.0.0.1' }, 'via "010.0.0.1" is no IPv4 address'],
    [{ ...args, via: VIP }, 'is the VIP itself'],
    [{ ...args, port: 0 }, '0 is no port'],
    [{ ...args, path: 'index.html' }, 'is no path'],
    [{ ...args, path: '/a b' }, 'is no path'],
    [{ ...args, host_header: 'a b' }, 'is no host name'],
  ])('%j is refused', (given, why) => expect(() => vipPath.want(given, context)).toThrow(why))
})

describe.runIf(canMakeNetns).each(shells)('from a third host, with %s', (name) => {
  let netns: Netns
  let client: { shell: string[] }
  let server: Server | undefined
  let before: string

  const routing = () =>
    netns.run(
      'ip rule; ip -4 route show table all; ip neigh show 192.168.139.6 | cut -d " " -f 1-5',
    )

  beforeAll(() => {
    netns = makeNetns()
    client = { shell: netns.shell(name) }
    netns.run('ip addr add 192.168.139.250/24 dev eth0')
    netns.peer(`cd /proc/sys/net/ipv4/conf/all; echo 1 >arp_ignore; echo 2 >arp_announce
      ip addr add ${RIP}/24 dev eth0; ip addr add ${VIP}/32 dev lo`)
    // Whatever the director is: nobody has this MAC.
    netns.run(`ip neigh add ${VIP} lladdr 02:00:00:00:00:99 dev eth0 nud permanent`)
    before = routing()
  })
  afterAll(() => netns.remove())
  afterEach(async () => {
    await server?.stop()
    server = undefined
    expect(routing()).toBe(before)
  })
  const listen = async (address: string, port = 80) => {
    server = await serve({ shell: (shell) => netns.peerShell(shell) }, page(address, port))
  }

  it.each([
    [{ contains: 'www.RS1.com' }, 'www.RS1.com for 192.168.139.6\n'],
    [{ host_header: 'www.example.com' }, 'www.RS1.com for www.example.com\n'],
    [{ path: '/gone', status: 404 }, 'www.RS1.com for 192.168.139.6\n'],
  ])(
    'reaches the real server by the VIP, whatever the director does: %j',
    async (more, content) => {
      await listen(VIP)
      const { want, have } = await expectInState(vipPath, { ...args, ...more }, client)
      expect(vipPath.result?.(want, have)).toEqual({ status: have.status, content })
    },
  )

  it("the host's own requests to the VIP go their own way meanwhile", async () => {
    await listen(VIP)
    const own = netns.run(`curl -sS -m 1 http://${VIP}/ 2>&1 || echo failed: $?`)
    expect(own).toContain('failed: 28')
  })

  it.each<[string, string, number, object, string[]]>([
    ['Apache on the RIP only', RIP, 80, {}, ['last seen: no answer', 'curl: (7)']],
    ['Apache on another port', VIP, 8080, {}, ['last seen: no answer', 'curl: (7)']],
    ['another page', VIP, 80, { contains: 'RS2' }, ['200 with "RS2"', 'status 200', 'www.RS1']],
    ['another status', VIP, 80, { path: '/gone' }, ['/gone with 200', 'status 404']],
  ])('%s: fails with what was seen', async (_, address, port, more, seen) => {
    await listen(address, port)
    const { plan } = await observe(vipPath, { ...args, ...more, timeout: 1 }, client)
    expect(plan).toMatchObject([{ wait: true }])
    const [outcome] = await apply(plan, client)
    expect(outcome).toMatchObject({ status: 1 })
    expect(outcome?.stderr).toContain(`${RIP} does not answer http://${VIP}:80/`)
    for (const text of seen) expect(outcome?.stderr).toContain(text)
  })

  it('no VIP on the real server: no answer', async () => {
    await listen('0.0.0.0')
    netns.peer(`ip addr del ${VIP}/32 dev lo`)
    const { have } = await observe(vipPath, args, client)
    netns.peer(`ip addr add ${VIP}/32 dev lo`)
    expect(have).toMatchObject({ status: 0 })
  })

  it('waits for a page that is not as wanted yet', async () => {
    await listen(VIP)
    const { after } = await expectConverges(
      vipPath,
      { ...args, path: '/lazy', timeout: 20 },
      client,
    )
    expect(after.status).toBe(200)
  })

  it('tries several paths with one probe, each by itself', async () => {
    await listen(VIP)
    const all = [args, { ...args, via: '192.168.139.77' }, args]
    const observed = await observeAll(vipPath, all, client)
    expect(observed.map(({ have }) => have.status)).toEqual([200, 0, 200])
  })

  it.each([
    [{ ...args, via: '10.9.9.9' }, 'no route to 10.9.9.9: RTNETLINK answers'],
    [{ ...args, via: '10.7.7.7' }, '10.7.7.7 is behind a gateway as seen from here'],
    [{ ...args, via: '192.168.139.250' }, 'this host has 192.168.139.250 itself'],
    [{ address: '192.168.139.250', via: RIP }, 'this host has 192.168.139.250 itself'],
  ])('%j cannot be tried, and it says why', async (given, why) => {
    netns.run('ip route add 10.7.7.0/24 via 192.168.139.2')
    const { have, plan } = await observe(vipPath, given, client)
    const [outcome] = await apply(plan, client)
    netns.run('ip route del 10.7.7.0/24')
    expect(have.status).toBeUndefined()
    expect(have.content).toContain(why)
    expect(outcome).toMatchObject({ status: 1 })
    expect(outcome?.stderr).toContain(why)
  })

  it('without curl says what to install', async () => {
    const bare = mkdtempSync(join(tmpdir(), 'vip-path-'))
    symlinkSync('/usr/bin/base64', join(bare, 'base64'))
    const shell = [...netns.shell('env'), `PATH=${bare}`, `/bin/${name}`]
    const { have } = await observe(vipPath, args, { shell })
    rmSync(bare, { recursive: true })
    expect(have).toEqual({ status: undefined, content: 'no curl on this host: install curl' })
  })

  it('a signal in the middle leaves nothing behind', async () => {
    const [command = '', ...argv] = client.shell
    const want = vipPath.want({ ...args, via: '192.168.139.77', timeout: 30 }, context)
    const [{ run } = { run: '' }] = vipPath.plan(want, { status: 0, content: '' })
    const child = spawn(command, [...argv, '-c', String(run)], { detached: true })
    const ended = once(child, 'exit')
    for (let rule = ''; !rule.includes('sport');) rule = netns.run('ip rule')
    process.kill(-child.pid!, 'SIGTERM')
    await ended
  })

  it('keeps clear of a table that is in use', async () => {
    await listen(VIP)
    netns.run(`for n in $(seq 0 301); do
      echo route add blackhole 10.66.0.0/32 table $((20000 + n * 32)); done | ip -batch -`)
    const kept = routing()
    await expectInState(vipPath, args, client)
    expect(routing()).toBe(kept)
    netns.run(`for n in $(seq 0 301); do
      echo route flush table $((20000 + n * 32)); done | ip -batch -`)
  })
})
