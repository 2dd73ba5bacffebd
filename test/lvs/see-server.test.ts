import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Duty, readServer, serverLook, type ServerSight } from '../../src/lvs/see-server.js'
import { runScript } from '../support/converge.js'
import { shells } from '../support/form.js'
import { canMakeNetns, makeNetns, type Netns } from '../support/netns.js'
import { serve, type Server } from '../support/server.js'

const VIP = '192.168.139.6'
const RIP = '192.168.139.2'
const duty = (port: number, more: Partial<Duty> = {}): Duty => ({
  service: `tcp ${VIP}:${port}`,
  vip: VIP,
  port,
  tcp: true,
  weight: 1,
  ...more,
})

const vipsOf = (duties: readonly Duty[]) => [...new Set(duties.flatMap(({ vip }) => vip ?? []))]

async function look(shell: readonly string[], duties: readonly Duty[]) {
  const { status, ...printed } = await runScript(serverLook(RIP, vipsOf(duties), duties), { shell })
  return readServer({ step: 0, status: status ?? 1, ...printed })
}

async function see(shell: readonly string[], duties: readonly Duty[]): Promise<ServerSight> {
  const seen = await look(shell, duties)
  if (typeof seen === 'string') throw new Error(seen)
  return seen
}

/** Pages on 80 and 81, silence on 82, Apache on the RIP alone on 83, another protocol on 84. */
const SERVER = `
const http = require('node:http'), net = require('node:net')
const page = (status) => http.createServer((_, response) => response.writeHead(status).end('x'))
const servers = [[page(200), 80], [page(503), 81], [net.createServer(() => {}), 82],
  [page(200), 83, '${RIP}'], [net.createServer((socket) => socket.end('220 mail\\r\\n')), 84]]
let left = servers.length
for (const [server, port, host = '0.0.0.0'] of servers) {
  server.listen({ port, host }, () => { if (--left === 0) console.log('listening') })
}`

describe.runIf(canMakeNetns).each(shells)('a real server, with %s', (shell) => {
  let netns: Netns
  let server: Server
  let shellHere: string[]
  beforeAll(async () => {
    netns = makeNetns()
    netns.run(`ip addr add ${RIP}/24 dev eth0`)
    netns.run(`ip addr add ${VIP}/32 dev lo label lo:0`)
    netns.run(`ip route add ${VIP}/32 dev lo`)
    netns.run('ip link add down0 type veth peer name quiet0')
    netns.run('ip link set quiet0 arp off up')
    netns.run('echo 1 >/proc/sys/net/ipv4/conf/all/arp_ignore')
    netns.run('echo 2 >/proc/sys/net/ipv4/conf/eth0/arp_announce')
    server = await serve(netns, SERVER)
    shellHere = netns.shell(shell)
  })
  afterAll(async () => {
    await server.stop()
    netns.remove()
  })

  it('has its addresses, and the host route', async () => {
    const { addresses, routes } = await see(shellHere, [duty(80)])
    expect(addresses).toContainEqual({ device: 'lo', address: VIP, prefix: 32, label: 'lo:0' })
    expect(addresses).toContainEqual({ device: 'eth0', address: RIP, prefix: 24, label: 'eth0' })
    expect(routes).toEqual([VIP])
  })

  it('has the ARP settings that count, and the interfaces that are up', async () => {
    const { arp } = await see(shellHere, [])
    expect(arp).toContainEqual({ device: 'eth0', ignore: 1, announce: 2, speaks: true })
    for (const device of ['down0', 'quiet0']) {
      expect(arp).toContainEqual({ device, ignore: 1, announce: 0, speaks: false })
    }
    expect(arp.map(({ device }) => device)).not.toContain('lo')
  })

  it('says who answers on the VIP', async () => {
    const ports = [80, 81, 82, 83, 84, 85]
    const { answers } = await see(
      shellHere,
      ports.map((port) => duty(port)),
    )
    const told = new Map(answers.map(({ port, reply, own }) => [port, [reply, own]]))
    expect(Object.fromEntries(told)).toEqual({
      80: [200, undefined],
      81: [503, undefined],
      82: ['timeout', 'timeout'],
      83: ['refused', 200],
      84: ['open', undefined],
      85: ['refused', 'refused'],
    })
  })

  it('asks nobody else when it has no VIP itself, and only by TCP', async () => {
    const other = '192.168.139.7'
    const { answers, routes } = await see(shellHere, [
      duty(80, { vip: other }),
      duty(53, { vip: other, tcp: false }),
      duty(0, { vip: undefined, tcp: false }),
    ])
    expect(answers).toEqual([{ vip: other, port: 80, reply: undefined, own: 200 }])
    expect(routes).toEqual([])
  })

  it('asks by wget, where there is no curl', async () => {
    const bin = toolsIn(['ip', 'wget', 'grep'])
    const { answers } = await see(
      ['env', `PATH=${bin}`, ...paths(shellHere)],
      [80, 81, 84, 85].map((port) => duty(port)),
    )
    const told = answers.map(({ port, reply }) => [port, reply])
    expect(Object.fromEntries(told)).toEqual({ 80: 200, 81: 503, 84: 'open', 85: 'refused' })
    rmSync(bin, { recursive: true })
  })

  it('says when there is nothing to ask with', async () => {
    const bin = toolsIn(['ip', 'grep'])
    const { answers } = await see(['env', `PATH=${bin}`, ...paths(shellHere)], [duty(80)])
    expect(answers).toEqual([{ vip: VIP, port: 80, reply: 'unknown', own: undefined }])
    rmSync(bin, { recursive: true })
  })
})

/** The commands of a shell by their full names, for a PATH that has not got them. */
function paths([ip = '', ...rest]: readonly string[]): string[] {
  return [`/usr/sbin/${ip}`, ...rest.slice(0, -1), `/bin/${rest.at(-1)}`]
}

/** A folder with these programs alone. */
function toolsIn(names: readonly string[]): string {
  const bin = mkdtempSync(join(tmpdir(), 'dr-play-bin-'))
  const homes: Record<string, string> = { ip: '/usr/sbin', grep: '/bin', wget: '/usr/bin' }
  for (const name of names) symlinkSync(`${homes[name]}/${name}`, join(bin, name))
  return bin
}

it('what a host refuses is told', async () => {
  expect(await look(['env', 'PATH=/nonexistent', '/bin/sh'], [])).toMatch(/ip.*not found/)
})
