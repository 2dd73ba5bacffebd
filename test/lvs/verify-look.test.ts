import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lines, sh } from '../../src/core/sh.js'
import type { Frame } from '../../src/core/transport.js'
import { lookQuestions, readLook } from '../../src/lvs/verify-look.js'
import type { Sight, Trial } from '../../src/lvs/verify-model.js'
import { readTrial, tryQuestions } from '../../src/lvs/verify-try.js'
import { runScript } from '../support/converge.js'
import { shells } from '../support/form.js'
import { canMakeNetns, makeNetns, type Netns } from '../support/netns.js'
import { addressIn, CLIENT, observed, VIP } from '../support/observed.js'
import { listener, serve, type Server } from '../support/server.js'

const { wanted } = observed()
const server = { director: false, realServer: true }
const client = { director: false, realServer: false, client: true }

describe.runIf(canMakeNetns).each(shells)('a real server and a client, with %s', (shell) => {
  let netns: Netns
  let open: Server[]
  beforeAll(async () => {
    netns = makeNetns()
    netns.run(`ip addr add ${addressIn('rs1')}/24 dev eth0; ip addr add ${VIP}/32 dev lo
      cd /proc/sys/net/ipv4/conf; echo 1 >all/arp_ignore; echo 2 >all/arp_announce`)
    netns.peer(
      `ip addr add ${CLIENT}/24 dev eth0; ip addr add ${addressIn('director')}/24 dev eth0`,
    )
    open = await Promise.all([
      serve(
        netns,
        `let connections = 0
        require('node:http')
          .createServer((request, response) =>
            response.end(request.url === '/count' ? String(connections) : 'www.RS1.com'))
          .on('connection', () => connections++)
          .listen(80, '${VIP}', () => console.log('listening'))`,
      ),
      serve(netns, listener(81, '0.0.0.0')),
      serve(netns, listener(82, '::')),
      serve(netns, listener(83, '127.0.0.1')),
      serve(
        netns,
        `const socket = require('node:dgram').createSocket('udp4')
        socket.bind(53, '${VIP}', () => console.log('listening'))`,
      ),
    ])
  })
  afterAll(async () => {
    for (const one of open) await one.stop()
    netns.remove()
  })

  /** Each question is a step of its own. */
  const ask = async (questions: readonly ReturnType<typeof sh>[], where: string[]) => {
    const frames: Frame[] = []
    for (const [step, question] of questions.entries()) {
      const outcome = await runScript(question, { shell: where })
      frames.push({ step, ...outcome, status: outcome.status ?? 1 })
    }
    return frames
  }
  const look = async (): Promise<Sight> =>
    readLook(await ask(lookQuestions(server, wanted), netns.shell(shell)), server)

  it('links, addresses and routes', async () => {
    const { links, addresses, routes } = await look()
    const mac = netns.run('cat /sys/class/net/eth0/address').trim()
    expect(links).toEqual([
      { device: 'lo', mac: '00:00:00:00:00:00', mtu: 65536, up: true, arp: false },
      { device: 'eth0', mac, mtu: 1500, up: true, arp: true },
    ])
    expect(addresses).toMatchObject([
      { device: 'lo', address: '127.0.0.1', prefix: 8 },
      { device: 'lo', address: VIP, prefix: 32 },
      { device: 'eth0', address: addressIn('rs1'), prefix: 24 },
    ])
    const straight = { via: undefined, device: 'eth0', local: false }
    expect(Object.fromEntries(routes)).toEqual({
      [addressIn('director')]: straight,
      [`${CLIENT} from ${VIP}`]: straight,
    })
  })

  it('gateways', async () => {
    netns.run(`ip route add default via ${addressIn('director')}`)
    const { routes } = await look()
    netns.run('ip route del default')
    expect(routes.get('192.0.2.1')).toEqual({
      via: addressIn('director'),
      device: 'eth0',
      local: false,
    })
  })

  it('settings', async () => {
    const { sysctls } = await look()
    expect(sysctls.get('conf/all/arp_ignore')).toBe(1)
    expect(sysctls.get('conf/eth0/arp_announce')).toBe(0)
    expect(sysctls.get('ip_forward')).toBe(0)
  })

  it('who listens', async () => {
    const { listeners } = await look()
    const all = 'known' in listeners ? listeners.known : []
    expect(
      all.map(({ protocol, address, port }) => `${protocol} ${address}:${port}`).sort(),
    ).toEqual([
      'tcp 0.0.0.0:81',
      'tcp 0.0.0.0:82',
      'tcp 127.0.0.1:83',
      `tcp ${VIP}:80`,
      `udp ${VIP}:53`,
    ])
  })

  it('neighbours', async () => {
    netns.run(`ip neigh add 192.168.139.7 lladdr 02:00:00:00:00:07 dev eth0`)
    const others = { ...wanted, services: [{ ...wanted.services[0]!, vips: ['192.168.139.7'] }] }
    const frames = await ask(lookQuestions(client, others), netns.shell(shell))
    expect(readLook(frames, client).neighbours).toEqual(
      new Map([['192.168.139.7', '02:00:00:00:00:07']]),
    )
  })

  const attempt = async (
    requests = 0,
    mayTry: (address: string) => boolean = () => true,
  ): Promise<Trial> => {
    const where = netns.peerShell(shell)
    const sight = readLook(await ask(lookQuestions(client, wanted), where), client)
    const task = { wanted, roles: client, sight, mayTry, requests }
    return readTrial(await ask(tryQuestions(task), where), client)
  }

  it('the client hears, asks and learns', async () => {
    const { heard, paths, replies } = await attempt()
    expect(heard).toEqual(new Map([[VIP, { known: [] }]]))
    const page = { known: { kind: 'answer', status: 200, text: 'www.RS1.com' } }
    expect(paths.get(`${VIP}:80 ${addressIn('rs1')}`)).toEqual(page)
    expect(paths.get(`${VIP}:80 ${addressIn('rs2')}`)).toMatchObject({ known: { kind: 'silent' } })
    // Nobody answers ARP for the VIP here.
    expect(replies.get(`${VIP}:80`)).toMatchObject({ known: { kind: 'silent' } })
  })

  it('it asks none that must not be asked', async () => {
    const { paths } = await attempt(0, (address) => address !== addressIn('rs2'))
    expect([...paths.keys()]).toEqual([`${VIP}:80 ${addressIn('rs1')}`])
  })

  it('requests by the usual way are counted, each over a connection of its own', async () => {
    netns.peer(
      `ip neigh replace ${VIP} lladdr ${netns.run('cat /sys/class/net/eth0/address').trim()} dev eth0`,
    )
    const connections = () => Number(netns.run(`curl -s http://${VIP}/count`))
    const before = connections()
    const { replies, failures, neighbours } = await attempt(7)
    expect(replies.get(`${VIP}:80`)).toMatchObject({ known: { kind: 'answer', status: 200 } })
    expect(failures).toEqual(new Map([[`${VIP}:80`, 0]]))
    expect(neighbours.has(VIP)).toBe(true)
    // One by the path, one as any client, and this one.
    expect(connections() - before).toBe(7 + 3)
    netns.peer(`ip neigh del ${VIP} dev eth0`)
  })

  it('the files that a boot reads, in its order', async () => {
    const script = lines([
      sh`mount -t tmpfs none /etc/sysctl.d && mount -t tmpfs none /run || exit
mkdir /run/sysctl.d
printf '%s\n' 'net.ipv4.conf.all.arp_ignore = 1' 'net.ipv4.ip_forward=1' >/etc/sysctl.d/90-a.conf
printf '%s\n' '-net/ipv4/conf/eth0.5/arp_ignore=0' '# net.ipv4.conf.all.arp_ignore=9' >/etc/sysctl.d/99-b.conf
echo net.ipv4.conf.all.arp_announce=7 >/run/sysctl.d/90-a.conf
echo net.ipv4.conf.all.arp_announce=2 >/run/sysctl.d/95-c.conf`,
      lookQuestions(server, wanted)[2]!,
    ])
    const shellInside = ['unshare', '--mount', '--propagation', 'private', shell]
    const { stdout } = await runScript(script, { shell: shellInside })
    const frame = { step: 0, status: 0, stdout, stderr: '' }
    const { boot } = readLook([frame, frame, frame], server)
    expect(boot.filter(({ file }) => /90-a|99-b|95-c/.test(file))).toEqual([
      { file: '/etc/sysctl.d/90-a.conf', key: 'conf/all/arp_ignore', value: '1' },
      { file: '/run/sysctl.d/95-c.conf', key: 'conf/all/arp_announce', value: '2' },
      { file: '/etc/sysctl.d/99-b.conf', key: 'conf/eth0.5/arp_ignore', value: '0' },
    ])
  })
})
