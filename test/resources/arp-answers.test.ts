import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { arpAnswers } from '../../src/resources/arp-answers.js'
import { apply, expectInState, isValid, observe } from '../support/converge.js'
import { shells } from '../support/form.js'
import { canMakeNetns, makeNetns, type Netns } from '../support/netns.js'

const VIP = '192.168.139.6'
const RIP = '192.168.139.2'
const DIP = '192.168.139.3'
const context = {} as Parameters<typeof arpAnswers.want>[1]

describe('what is asked for', () => {
  it.each([
    [{ address: VIP, from: 'nobody' }, true],
    [{ address: VIP, from: ['02:00:c0:a8:8b:02'], timeout: '3' }, true],
    [{ address: VIP, not_from: RIP }, true],
    [{ address: VIP }, false],
    [{ address: VIP, from: 'nobody', not_from: RIP }, false],
    [{ from: 'nobody' }, false],
    [{ address: VIP, from: 'nobody', timeout: 0 }, false],
  ])('the schema on %j: %s', (args, valid) => expect(isValid(arpAnswers, args)).toBe(valid))

  it.each([
    [{ address: 'vip', from: 'nobody' }, '"vip" is no IPv4 address'],
    [{ address: VIP, from: 'rs1' }, '"rs1" is no MAC and no other address'],
    [{ address: VIP, from: VIP }, 'is no MAC and no other address'],
    [{ address: VIP, not_from: 'nobody' }, '"nobody" is no MAC'],
    [{ address: VIP, not_from: [] }, 'not_from names nobody'],
  ])('%j is refused', (args, why) => expect(() => arpAnswers.want(args, context)).toThrow(why))
})

describe('the plan', () => {
  const A = '02:00:00:00:00:0a'
  const B = '02:00:00:00:00:0b'
  it.each([
    [{ from: 'nobody' }, [], true],
    [{ from: 'nobody' }, [A], false],
    [{ from: A.toUpperCase() }, [A], true],
    [{ from: A }, [], false],
    [{ from: A }, [B], false],
    [{ from: A }, [A, B], false],
    [{ from: [A, B] }, [B], true],
    [{ not_from: A }, [], true],
    [{ not_from: A }, [B], true],
    [{ not_from: A }, [B, A], false],
  ])('%j, answered by %j: nothing to wait for: %s', (args, answered, isSo) => {
    const want = arpAnswers.want({ address: VIP, ...args }, context)
    const plan = arpAnswers.plan(want, { why: undefined, answered, meant: want.who })
    expect(plan).toHaveLength(isSo ? 0 : 1)
  })
})

describe.runIf(canMakeNetns).each(shells)('on a host, with %s', (name) => {
  let netns: Netns
  let host: { shell: string[] }
  /** That of the other end, which has the RIP, and the VIP on lo. */
  let mac: string

  beforeAll(() => {
    netns = makeNetns()
    host = { shell: netns.shell(name) }
    netns.peer(`ip addr add ${RIP}/24 dev eth0; ip addr add ${VIP}/32 dev lo`)
    mac = netns.peer('cat /sys/class/net/eth0/address').trim()
  })
  afterAll(() => netns.remove())
  beforeEach(() => {
    netns.run(`ip addr flush dev eth0; ip addr add ${DIP}/24 dev eth0`)
    silent(false)
  })
  const silent = (yes: boolean) =>
    netns.peer(`echo ${yes ? 1 : 0} >/proc/sys/net/ipv4/conf/all/arp_ignore`)
  const failureOf = async (args: object) => {
    const want = arpAnswers.want({ address: VIP, timeout: 1, ...args }, context)
    const plan = arpAnswers.plan(want, { why: 'not looked at', answered: [], meant: [] })
    expect(plan).toMatchObject([{ wait: true }])
    const [outcome] = await apply(plan, host)
    expect(outcome?.status).toBe(1)
    return outcome?.stderr
  }

  it.each([
    ['a third host', ''],
    ['the director, which has the VIP', `ip addr add ${VIP}/32 dev eth0`],
  ])('%s names the MACs that answer, and hears when nobody does', async (_, setup) => {
    netns.run(setup)
    const { want, have } = await expectInState(arpAnswers, { address: VIP, from: RIP }, host)
    expect(arpAnswers.result?.(want, have)).toEqual({ answered: [mac] })
    expect(await failureOf({ from: 'nobody' })).toBe(
      `ARP for ${VIP} must be answered by nobody; after 1 s it is answered by ${mac}\n`,
    )
    silent(true)
    await expectInState(arpAnswers, { address: VIP, from: 'nobody' }, host)
  })

  it('says what must not answer, and does', async () => {
    expect(await failureOf({ not_from: RIP })).toBe(
      `ARP for ${VIP} must be answered not by ${RIP}; after 1 s it is answered by ${mac}\n`,
    )
  })

  it('waits until it is so', async () => {
    const { plan } = await observe(arpAnswers, { address: VIP, from: 'nobody', timeout: 60 }, host)
    const applied = apply(plan, host)
    silent(true)
    const [outcome] = await applied
    expect(outcome).toMatchObject({ status: 0, stderr: '' })
  })

  it.each([
    [{ address: '10.9.9.9', from: 'nobody' }, 'no route to 10.9.9.9: RTNETLINK answers'],
    [{ address: '10.7.7.7', from: 'nobody' }, '10.7.7.7 is behind a gateway'],
    [{ address: '192.168.139.77', from: 'nobody' }, 'this host has 192.168.139.77 on lo itself'],
    [{ address: DIP, from: 'nobody' }, 'eth0 has no other address to ask with'],
    [{ address: VIP, not_from: '192.168.139.88' }, 'nobody answers ARP for 192.168.139.88'],
  ])('%j: it cannot be told, and it says why', async (args, why) => {
    netns.run(`ip addr add 192.168.139.77/32 dev lo; ip route add 10.7.7.0/24 via ${RIP}`)
    const said = await failureOf(args)
    netns.run('ip addr del 192.168.139.77/32 dev lo')
    expect(said).toContain(why)
  })

  it('without arping says what to install', async () => {
    const shell = [...netns.shell('env'), 'PATH=/nowhere', `/bin/${name}`]
    const { have } = await observe(arpAnswers, { address: VIP, from: 'nobody' }, { shell })
    expect(have.why).toContain('install iputils-arping')
  })
})
