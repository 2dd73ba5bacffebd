import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { address } from '../../src/resources/address.js'
import { apply, expectConverges, expectInState, observe } from '../support/converge.js'
import { shells } from '../support/form.js'
import { canMakeNetns, makeNetns, type Netns } from '../support/netns.js'

const context = {} as Parameters<typeof address.want>[1]
const vip = { address: '192.168.139.6/32', device: 'lo', label: 'lo:0' }

describe('what is asked for', () => {
  it.each([
    '010.1.1.1',
    '1',
    '256.1.1.1',
    '1.2.3',
    '1.2.3.4/33',
    '1.2.3.4/',
    '1.2.3.4/24/1',
    'x',
    '::1',
  ])('refuses the address "%s"', (text) =>
    expect(() => address.want({ ...vip, address: text }, context)).toThrow('is no IPv4 address'),
  )

  it.each(['eth0:0', 'lo', 'lo:', 'lo0', 'lo:0123456789abcdef', 'lo:a b'])(
    'on eth1 the label "%s" does not fit',
    (label) =>
      expect(() => address.want({ ...vip, device: 'eth1', label }, context)).toThrow(
        'does not fit',
      ),
  )

  it.each(['', 'eth0 x', 'a/b', '..', 'eth0:1', 'sixteencharacter'])(
    'refuses the interface "%s"',
    (device) =>
      expect(() => address.want({ address: '1.2.3.4', device }, context)).toThrow('interface name'),
  )

  it('means /32 when no prefix is given', () => {
    expect(address.want({ address: '1.2.3.4', device: 'lo' }, context).prefix).toBe(32)
  })
})

describe.runIf(canMakeNetns).each(shells)('in a running kernel, with %s', (name) => {
  let netns: Netns
  let host: { shell: string[] }
  beforeEach(() => {
    netns = makeNetns()
    host = { shell: netns.shell(name) }
  })
  afterEach(() => netns.remove())

  const shown = (device: string) =>
    netns
      .run(`ip -o -4 addr show dev ${device}`)
      .split('\n')
      .flatMap((line) => /inet (\S+).* (\S+)\\/.exec(line)?.slice(1).join(' ') ?? [])
      .filter((line) => !line.startsWith('127.'))

  const summaries = (plan: { summary: string }[]) => plan.map(({ summary }) => summary)

  it('adds and removes', async () => {
    const { plan } = await expectConverges(address, vip, host)
    expect(summaries(plan)).toEqual(['192.168.139.6/32 on lo: add as lo:0'])
    expect(shown('lo')).toEqual(['192.168.139.6/32 lo:0'])
    await expectInState(address, vip, host)
    await expectConverges(address, { ...vip, state: 'absent' }, host)
    expect(shown('lo')).toEqual([])
    await expectInState(address, { ...vip, state: 'absent' }, host)
  })

  it('looks without altering anything', async () => {
    await observe(address, vip, host)
    expect(shown('lo')).toEqual([])
  })

  it('any label will do when none is asked for', async () => {
    netns.run('ip addr add 192.168.139.6/32 dev lo label lo:7')
    await expectInState(address, { address: vip.address, device: 'lo' }, host)
  })

  it('corrects the prefix: the right one first, then the wrong one goes', async () => {
    netns.run('ip addr add 192.168.139.6/24 dev lo label lo:0')
    const { plan } = await expectConverges(address, vip, host)
    expect(summaries(plan)).toEqual([
      '192.168.139.6/32 on lo: add as lo:0',
      '192.168.139.6/24 on lo: remove (the prefix must be /32)',
    ])
    expect(shown('lo')).toEqual(['192.168.139.6/32 lo:0'])
  })

  it('corrects the label', async () => {
    netns.run('ip addr add 192.168.139.6/32 dev lo')
    const { plan } = await expectConverges(address, vip, host)
    expect(summaries(plan)).toEqual(['192.168.139.6/32 on lo: label lo -> lo:0'])
  })

  it('moves from another interface, or leaves it there when told so', async () => {
    netns.run('ip addr add 192.168.139.6/24 dev eth0')
    await expectConverges(address, { ...vip, exclusive: false }, host)
    expect(shown('eth0')).toEqual(['192.168.139.6/24 eth0'])
    const { plan } = await expectConverges(address, vip, host)
    expect(summaries(plan)).toEqual(['192.168.139.6/24 on eth0: remove (it belongs on lo alone)'])
    expect(shown('eth0')).toEqual([])
  })

  it("takes the first address of a subnet away without the host's own", async () => {
    netns.run('ip addr add 192.168.139.6/24 dev eth0; ip addr add 192.168.139.3/24 dev eth0')
    await expectConverges(
      address,
      { address: '192.168.139.6', device: 'eth0', state: 'absent' },
      host,
    )
    expect(shown('eth0')).toEqual(['192.168.139.3/24 eth0'])
    expect(netns.run('cat /proc/sys/net/ipv4/conf/eth0/promote_secondaries').trim()).toBe('0')
  })

  it('names an interface that is not there', async () => {
    const { plan } = await observe(address, { address: '192.168.139.6/32', device: 'eth9' }, host)
    const [outcome] = await apply(plan, host)
    expect(outcome?.status).not.toBe(0)
    expect(outcome?.stderr).toContain('eth9')
  })

  describe('require_arp_silence', () => {
    const quiet = { ...vip, require_arp_silence: true }
    const set = (device: string, ignore: number, announce: number) =>
      netns.run(
        `cd /proc/sys/net/ipv4/conf/${device}; echo ${ignore} >arp_ignore; echo ${announce} >arp_announce`,
      )

    it.each([
      ['all', 1, 2],
      ['eth0', 1, 2],
      ['all', 2, 2],
      ['all', 8, 2],
    ])('%s with arp_ignore=%i arp_announce=%i is silent', async (device, ignore, announce) => {
      set(device, ignore, announce)
      await expectConverges(address, quiet, host)
    })

    it.each([
      ['all', 0, 2, 'arp_ignore is 0'],
      ['all', 1, 0, 'arp_announce is 0'],
      ['all', 1, 1, 'arp_announce is 1'],
      // 3 answers for a global address on lo, 4 to 7 mean nothing to the kernel.
      ['all', 3, 2, 'arp_ignore is 3'],
      ['lo', 1, 2, 'on eth0 (arp_ignore is 0'],
    ])(
      '%s with arp_ignore=%i arp_announce=%i is refused',
      async (device, ignore, announce, why) => {
        set(device, ignore, announce)
        const { plan } = await observe(address, quiet, host)
        const [outcome] = await apply(plan, host)
        expect(outcome?.status).toBe(1)
        expect(outcome?.stderr).toContain(why)
        expect(shown('lo')).toEqual([])
      },
    )

    it('does not mind an interface that is down', async () => {
      netns.run('ip link set eth0 down')
      await expectConverges(address, quiet, host)
    })
  })

  describe('announce', () => {
    const onEth0 = { address: '192.168.139.6/24', device: 'eth0', label: 'eth0:1', announce: true }

    it('neighbours that had another MAC learn this one', async () => {
      netns.run('ip addr add 192.168.139.3/24 dev eth0')
      netns.peer('ip addr add 192.168.139.9/24 dev eth0')
      netns.peer('ip neigh replace 192.168.139.6 lladdr 02:00:00:00:00:01 dev eth0 nud stale')
      await expectConverges(address, onEth0, host)
      const mac = netns.run('cat /sys/class/net/eth0/address').trim()
      expect(netns.peer('ip neigh show 192.168.139.6')).toContain(mac)
    })

    it('that cannot be sent fails, and leaves it to be done', async () => {
      netns.run('ip link set eth0 down')
      const { plan } = await observe(address, onEth0, host)
      const [outcome] = await apply(plan, host)
      expect(outcome?.status).toBe(1)
      expect(outcome?.stderr).toContain('could not be announced on eth0')
      expect(shown('eth0')).toEqual([])
    })

    it('without arping on the host fails before anything is altered', async () => {
      const { plan } = await observe(address, onEth0, host)
      const bare = { shell: [...netns.shell('env'), 'PATH=/nonexistent', `/bin/${name}`] }
      const [outcome] = await apply(plan, bare)
      expect(outcome?.status).toBe(1)
      expect(outcome?.stderr).toContain('iputils-arping')
      expect(shown('eth0')).toEqual([])
    })
  })
})
