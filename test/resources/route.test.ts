import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { route } from '../../src/resources/route.js'
import { apply, expectConverges, expectInState, observe, observeAll } from '../support/converge.js'
import { shells } from '../support/form.js'
import { canMakeNetns, makeNetns, type Netns } from '../support/netns.js'

const context = {} as Parameters<typeof route.want>[1]
const vip = { destination: '192.168.139.6/32', device: 'lo' }

describe('what is asked for', () => {
  it.each([
    [{ ...vip, destination: '192.168.139.06/32' }, 'is no IPv4 network'],
    [{ ...vip, destination: '192.168.139.6/24' }, 'not the first address of a /24'],
    [{ destination: 'default' }, 'leads nowhere'],
    [{ ...vip, via: '1' }, 'via "1" is no IPv4 address'],
    [{ ...vip, src: '256.1.1.1' }, 'src "256.1.1.1" is no IPv4 address'],
  ])('%j is refused', (args, why) => expect(() => route.want(args, context)).toThrow(why))

  it('is named by its network and table', () => {
    expect(route.key(route.want({ ...vip, destination: '192.168.139.6' }, context))).toBe(
      '192.168.139.6/32 in main',
    )
  })
})

describe.runIf(canMakeNetns).each(shells)('in a running kernel, with %s', (name) => {
  let netns: Netns
  let host: { shell: string[] }
  beforeEach(() => {
    netns = makeNetns()
    host = { shell: netns.shell(name) }
    netns.run('ip addr add 10.0.0.2/24 dev eth0; ip addr add 10.0.0.3/24 dev eth0')
  })
  afterEach(() => netns.remove())

  const summaries = (plan: { summary: string }[]) => plan.map(({ summary }) => summary)

  it('keeps the host route of the VIP, beside the one the kernel makes', async () => {
    netns.run('ip addr add 192.168.139.6/32 dev lo')
    const { plan } = await expectConverges(route, vip, host)
    expect(summaries(plan)).toEqual(['route 192.168.139.6/32: add dev lo'])
    expect(netns.run('ip route show').split('\n')).toContainEqual(
      expect.stringMatching(/^192\.168\.139\.6 dev lo/),
    )
    await expectInState(route, vip, host)
    const gone = { ...vip, state: 'absent' } as const
    await expectConverges(route, gone, host)
    await expectInState(route, gone, host)
  })

  it.each([
    [
      { destination: 'default', via: '10.0.0.1' },
      'ip route add default via 10.0.0.9',
      'route default: via 10.0.0.9 dev eth0 scope global -> via 10.0.0.1',
    ],
    [
      { destination: '10.1.0.0/16', via: '10.0.0.1', device: 'eth0', src: '10.0.0.3' },
      'ip route add 10.1.0.0/16 via 10.0.0.1; ip route add 10.1.0.0/16 dev eth0 metric 9',
      'route 10.1.0.0/16: via 10.0.0.1 dev eth0 scope global -> via 10.0.0.1 dev eth0 src 10.0.0.3',
    ],
    [
      { destination: '10.1.0.0/16', device: 'lo', table: 100, scope: 'host' as const },
      'ip route add 10.1.0.0/16 dev lo',
      'route 10.1.0.0/16 in table 100: add dev lo scope host',
    ],
    [
      { destination: '10.1.0.0/16', device: 'eth0' },
      'ip route add 10.1.0.0/16 nexthop via 10.0.0.1 nexthop via 10.0.0.9',
      'route 10.1.0.0/16: via 10.0.0.1 scope global -> dev eth0',
    ],
    [
      { destination: '10.1.0.0/16', device: 'eth0', state: 'absent' as const },
      'ip route add 10.1.0.0/16 via 10.0.0.1; ip route add 10.1.0.0/16 dev eth0 metric 9',
      'route 10.1.0.0/16: remove',
    ],
  ])('%j where there was: %s', async (args, before, summary) => {
    netns.run(before)
    const { plan } = await expectConverges(route, args, host)
    expect(summaries(plan)).toEqual([summary])
    const others = before.includes('metric 9') ? 1 : 0
    expect(netns.run('ip route show').match(/metric 9/g) ?? []).toHaveLength(others)
  })

  it('reads several in one probe, altering nothing', async () => {
    const before = netns.run('ip route show table all')
    const observed = await observeAll(
      route,
      [vip, { destination: '10.0.0.0/24', device: 'eth0' }, { ...vip, table: 77 }],
      host,
    )
    expect(observed.map(({ plan }) => plan.length)).toEqual([1, 0, 1])
    expect(netns.run('ip route show table all')).toBe(before)
  })

  it('fails when the interface is not there', async () => {
    const { plan } = await observe(route, { ...vip, device: 'eth9' }, host)
    const [outcome] = await apply(plan, host)
    expect(outcome?.status).not.toBe(0)
    expect(outcome?.stderr).toContain('eth9')
  })
})
