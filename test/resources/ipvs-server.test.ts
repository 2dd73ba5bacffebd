import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ipvsServer } from '../../src/resources/ipvs-server.js'
import {
  apply,
  expectConverges,
  expectInState,
  isValid,
  observe,
  STATE,
} from '../support/converge.js'
import { canMakeDirector, type Director, makeDirector } from '../support/director.js'

type Args = Parameters<typeof ipvsServer.want>[0]

const VIP = '192.168.139.6'
const rs1 = { name: 'rs1', address: '192.168.139.2', weight: 1 }
const rs2 = { name: 'rs2', address: '192.168.139.4', weight: 2 }
const rs3 = { name: 'rs3', address: '192.168.139.5', weight: 4 }
const services = [{ address: VIP, real_servers: [rs1, rs2, rs3] }]
const of = ({ name, address }: typeof rs1, more: Partial<Args> = {}): Args => ({
  name,
  address,
  services,
  ...more,
})

describe('what is asked for', () => {
  it.each([
    [{ address: rs1.address }, true],
    [{ address: rs1.address, ramp: [10, '50'] }, true],
    [{ address: rs1.address, ramp: [0] }, false],
    [{ address: rs1.address, min_active: '50%' }, true],
    [{ address: rs1.address, min_active: 'half' }, false],
    [{ address: rs1.address, state: 'drained' }, false],
    [{ name: 'rs1' }, false],
  ])('the schema on %j: %s', (args, valid) => expect(isValid(ipvsServer, args)).toBe(valid))
})

describe.runIf(canMakeDirector)('in a real IPVS table', () => {
  let director: Director
  beforeAll(async () => {
    director = await makeDirector()
    await director.run('modprobe ip_vs')
  })
  afterAll(() => director.down())

  const LIVE = [`-A -t ${VIP}:80 -s wlc`, ...[rs1, rs2].map(entry)]
  beforeEach(() =>
    director.run(`rm -rf ${STATE}; ipvsadm -C; printf '%s\\n' '${LIVE.join("' '")}' | ipvsadm -R`),
  )

  const saved = async () => (await director.run('ipvsadm -S -n')).trimEnd().split('\n')
  const joining = () => director.run(`cat ${STATE}/joining 2>/dev/null || :`)
  const converge = async (args: Args) => {
    const { plan } = await expectConverges(ipvsServer, args, director)
    await expectInState(ipvsServer, args, director)
    return plan.map(({ summary }) => summary)
  }

  it('takes one in step by step, on the list until it has all of its weight', async () => {
    const args = of(rs3, { ramp: [25, '60'], step_seconds: 1 })
    const { plan } = await observe(ipvsServer, args, director)
    expect(plan.map(({ summary }) => summary)).toEqual([
      'rs3 192.168.139.5:80 add with weight 0 (dr)',
      'rs3 192.168.139.5:80 weight 0 -> 1',
      'watch the connections of rs3 for 1 s',
      'rs3 192.168.139.5:80 weight 1 -> 3',
      'watch the connections of rs3 for 1 s',
      'rs3 192.168.139.5:80 weight 3 -> 4',
      'watch the connections of rs3 for 1 s',
    ])
    // A run that breaks off after the first step is gone on with where it was.
    await apply(plan.slice(0, 2), director)
    expect(await joining()).toBe('192.168.139.5\n')
    expect((await converge(args))[0]).toBe('rs3 192.168.139.5:80 weight 1 -> 3')
    expect(await joining()).toBe('')
    expect(await saved()).toEqual([...LIVE, entry(rs3)].sort())
  })

  it('strikes one off the list that has all of its weight already', async () => {
    await director.run(`mkdir -p ${STATE}; printf '${rs2.address}\\n10.0.0.9\\n' >${STATE}/joining`)
    expect(await converge(of(rs2))).toEqual(['192.168.139.4 is on the list of joining: struck off'])
    expect(await joining()).toBe('10.0.0.9\n')
  })

  it('a weight of 1 has one step', async () => {
    const services = [{ address: VIP, real_servers: [{ ...rs3, weight: 1 }] }]
    expect(await converge(of(rs3, { services, ramp: [10, 50], step_seconds: 1 }))).toEqual([
      'rs3 192.168.139.5:80 add with weight 0 (dr)',
      'rs3 192.168.139.5:80 weight 0 -> 1',
      'watch the connections of rs3 for 1 s',
    ])
  })

  it('without a ramp it has its weight at once', async () => {
    expect(await converge(of(rs3))).toEqual(['rs3 192.168.139.5:80 add with weight 4 (dr)'])
  })

  it('quiesces one and takes it out, also without being told of services', async () => {
    const { address } = rs2
    expect(await converge({ address, state: 'quiesced' })).toEqual([
      '192.168.139.4:80 weight 2 -> 0',
    ])
    expect(await converge({ address, state: 'absent' })).toEqual(['192.168.139.4:80 remove'])
    expect(await saved()).toEqual([LIVE[0], entry(rs1)])
  })

  it('strikes one off the list that is taken out in the middle', async () => {
    const { plan } = await observe(ipvsServer, of(rs3, { ramp: [50] }), director)
    await apply(plan.slice(0, 2), director)
    await converge(of(rs3, { state: 'absent', force: true }))
    expect(await joining()).toBe('')
    expect(await saved()).toEqual(LIVE)
  })

  it.each<[string, Args, string]>([
    [
      'too few would be left of those that are meant to be there',
      of(rs2, { state: 'quiesced' }),
      'would be left with 1 of 3 real servers, and 2 must stay',
    ],
    [
      'min_active says so',
      { address: rs2.address, state: 'absent', min_active: 2 },
      'would be left with 1 of 2 real servers, and 2 must stay',
    ],
    ['the services lack it', { address: '10.0.0.9', services }, 'none of the services has'],
    [
      'the service is not live',
      of(rs3, { services: [{ address: VIP, port: 443, real_servers: [rs3] }] }),
      `tcp ${VIP}:443 is not in the live table`,
    ],
  ])('refuses when %s', async (_, args, message) => {
    await expect(observe(ipvsServer, args, director)).rejects.toThrow(message)
    expect(await saved()).toEqual(LIVE)
  })

  it('does it all the same when forced', async () => {
    expect(await converge(of(rs2, { state: 'quiesced', force: true }))).toHaveLength(1)
  })

  it('in several services, all of them', async () => {
    const two = [
      { address: VIP, real_servers: [rs1, rs2, rs3] },
      { address: VIP, port: 443, real_servers: [rs3] },
    ]
    await director.run(`ipvsadm -A -t ${VIP}:443 -s wlc`)
    expect(await converge(of(rs3, { services: two }))).toEqual([
      'rs3 192.168.139.5:80 add with weight 4 (dr)',
      'rs3 192.168.139.5:443 add with weight 4 (dr)',
    ])
    expect(await converge(of(rs3, { services: two, state: 'absent', force: true }))).toHaveLength(2)
  })

  it('a change that fails notes nothing as done', async () => {
    const { plan } = await observe(ipvsServer, of(rs3), director)
    await director.run(`ipvsadm -D -t ${VIP}:80`)
    const [outcome] = await apply(plan, director)
    expect(outcome!.status).not.toBe(0)
    expect(outcome!.stderr).toContain('Service not defined')
    expect(await joining()).toBe('')
  })
})

function entry({ address, weight }: typeof rs1): string {
  return `-a -t ${VIP}:80 -r ${address}:80 -g -w ${weight}`
}
