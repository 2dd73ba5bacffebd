import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sysctl } from '../../src/resources/sysctl.js'
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

const context = {} as Parameters<typeof sysctl.want>[1]

describe('what is asked for', () => {
  it.each([
    ['net.ipv4.ip_forward', '/proc/sys/net/ipv4/ip_forward', 'net.ipv4.ip_forward'],
    [
      'net/ipv4/conf/eth0.100/arp_ignore',
      '/proc/sys/net/ipv4/conf/eth0.100/arp_ignore',
      'net.ipv4.conf.eth0/100.arp_ignore',
    ],
    [
      'net.ipv4.conf.eth0/100.arp_ignore',
      '/proc/sys/net/ipv4/conf/eth0.100/arp_ignore',
      'net.ipv4.conf.eth0/100.arp_ignore',
    ],
  ])('%s is %s', (name, path, canonical) => {
    expect(sysctl.want({ name, value: 1 }, context)).toEqual([
      { name: canonical, path, value: '1' },
    ])
  })

  it.each([
    [' 4096\t131072  6291456 ', '4096 131072 6291456'],
    [true, '1'],
    [false, '0'],
    [2, '2'],
  ])('the value %j is written as "%s"', (value, written) => {
    expect(sysctl.want({ name: 'a.b', value }, context)[0]?.value).toBe(written)
  })

  it.each(['', 'ip_forward', 'net..x', 'net/../x', '/net/ipv4/ip_forward', 'net.ipv4.a b'])(
    'refuses the key "%s"',
    (name) => expect(() => sysctl.want({ name, value: 1 }, context)).toThrow('is no key'),
  )

  it('refuses one key twice, however it is spelt', () => {
    const values = { 'net.ipv4.ip_forward': 1, 'net/ipv4/ip_forward': 0 }
    expect(() => sysctl.want({ values }, context)).toThrow('twice')
  })

  it.each([
    [{ name: 'a.b', value: 1 }, true],
    [{ values: { 'a.b': '1' } }, true],
    [{ name: 'a.b' }, false],
    [{ values: {} }, false],
    [{ values: { 'a.b': 1 }, value: 2 }, false],
    [{ values: { 'a.b': [1] } }, false],
  ])('the schema on %j: %s', (args, valid) => expect(isValid(sysctl, args)).toBe(valid))
})

describe.runIf(canMakeNetns).each(shells)('in a running kernel, with %s', (name) => {
  let netns: Netns
  let host: { shell: string[] }
  beforeAll(() => {
    netns = makeNetns()
    host = { shell: netns.shell(name) }
  })
  afterAll(() => netns.remove())

  const live = (key: string) => netns.run(`cat /proc/sys/${key}`).trim()

  it('sets what differs, one change a key, and only that', async () => {
    netns.run('echo 1 >/proc/sys/net/ipv4/conf/lo/arp_ignore')
    const values = {
      'net.ipv4.conf.lo.arp_ignore': 1,
      'net.ipv4.conf.all.arp_ignore': 1,
      'net.ipv4.conf.all.arp_announce': 2,
    }
    const { plan } = await expectConverges(sysctl, { values }, host)
    expect(plan.map(({ summary }) => summary)).toEqual([
      'net.ipv4.conf.all.arp_ignore: 0 -> 1',
      'net.ipv4.conf.all.arp_announce: 0 -> 2',
    ])
    expect(live('net/ipv4/conf/all/arp_announce')).toBe('2')
    await expectInState(sysctl, { values }, host)
  })

  it('looks without altering anything', async () => {
    const { plan } = await observe(sysctl, { name: 'net.ipv4.ip_forward', value: 1 }, host)
    expect(plan).toHaveLength(1)
    expect(live('net/ipv4/ip_forward')).toBe('0')
  })

  it('compares several words as words', async () => {
    const port = (value: string) => ({ name: 'net.ipv4.ip_local_port_range', value })
    await expectConverges(sysctl, port('20000 60000'), host)
    expect(live('net/ipv4/ip_local_port_range')).toBe('20000\t60000')
    await expectInState(sysctl, port('20000\t 60000'), host)
  })

  it('reaches an interface with a dot in its name', async () => {
    netns.run(
      'ip link add link eth0 name eth0.7 type vlan id 7 2>/dev/null || ip link set eth0 name eth0.7',
    )
    const { plan } = await expectConverges(
      sysctl,
      { name: 'net/ipv4/conf/eth0.7/arp_ignore', value: 1 },
      host,
    )
    expect(plan[0]?.summary).toBe('net.ipv4.conf.eth0/7.arp_ignore: 0 -> 1')
  })

  it('restores what was there before the first of all changes', async () => {
    const key = 'net.ipv4.conf.lo.arp_announce'
    const restore = { restore: [key, 'net.ipv4.conf.lo.never_set'] }
    await expectInState(sysctl, restore, host)
    await expectConverges(sysctl, { name: key, value: 2 }, host)
    await expectConverges(sysctl, { name: key, value: 1 }, host)
    const { plan } = await expectConverges(sysctl, restore, host)
    expect(plan.map(({ summary }) => summary)).toEqual([`${key}: 1 -> 0 (as it was)`])
    await expectInState(sysctl, { name: key, value: 0 }, host)
    await expectInState(sysctl, restore, host)
  })

  it('reads every task of a segment in one probe', async () => {
    const observed = await observeAll(
      sysctl,
      [
        { name: 'net.ipv4.no_such_key', value: 1 },
        { values: { 'net.ipv4.ip_forward': 0, 'net.ipv4.conf.lo.rp_filter': 7 } },
        { name: 'net.ipv4.route.flush', value: 1 },
      ],
      host,
    )
    const live = observed.map(({ have }) => have.map((each) => each.live))
    expect(live).toEqual([[undefined], ['0', '0'], [undefined]])
  })

  it.each([
    ['net.ipv4.no_such_key', '1', '(no value) -> 1', 'no such key'],
    ['net.ipv4.tcp_syncookies', 'many', '1 -> many', 'refused the value many'],
    // A write-only key: what was written cannot be seen.
    ['net.ipv4.route.flush', '1', '(no value) -> 1', 'is "" after writing "1"'],
  ])('fails on %s = %s and says why', async (key, value, summary, reason) => {
    const { plan } = await observe(sysctl, { name: key, value }, host)
    expect(plan[0]?.summary).toContain(summary)
    const [outcome] = await apply(plan, host)
    expect(outcome).toMatchObject({ status: 1 })
    expect(outcome?.stderr).toContain(reason)
  })
})
