import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { parseTable } from '../../src/lvs/parse-table.js'
import { schedulers } from '../../src/lvs/schedulers.js'
import { formatTable } from '../../src/lvs/table.js'
import { ipvsTable } from '../../src/resources/ipvs-table.js'
import { ipvsTimeouts } from '../../src/resources/ipvs-timeouts.js'
import { apply, expectConverges, expectInState, isValid, observe } from '../support/converge.js'
import { canMakeDirector, type Director, makeDirector } from '../support/director.js'

const FLAGS = [
  'sh-fallback',
  'sh-port',
  'sh-fallback,sh-port',
  'mh-fallback',
  'mh-port',
  'mh-fallback,mh-port',
]

type Services = Parameters<typeof ipvsTable.want>[0]['services']

const context = {} as Parameters<typeof ipvsTable.want>[1]
const rs1 = { name: 'rs1', address: '192.168.139.2' }
const rs2 = { name: 'rs2', address: '192.168.139.4', weight: 2 }
const web = { address: '192.168.139.6', real_servers: [rs1, rs2] }
const summaries = (plan: { summary: string }[]) => plan.map(({ summary }) => summary)

describe('what is asked for', () => {
  it('is a list of services, each as ipvs_service takes it', () => {
    const dns = { ...web, port: 53, protocol: 'udp' }
    const { services, others } = ipvsTable.want({ services: [web, dns] }, context)
    expect(services.map(({ protocol, port }) => `${protocol} ${port}`)).toEqual([
      'tcp 80',
      'udp 53',
    ])
    expect(others).toBe('keep')
  })

  it.each<[Services, string]>([
    [[web, { ...web, port: '80' }], 'tcp 192.168.139.6:80 is listed twice'],
    [[{ ...web, netmask: '255.0.0.0' }], 'netmask says which clients'],
  ])('that cannot work fails the task: %#', (services, message) => {
    const act = () => ipvsTable.want({ services }, context)
    expect(act).toThrow(expect.objectContaining({ name: 'TaskFailed' }))
    expect(act).toThrow(message)
  })

  it.each([
    [{ services: [] }, true],
    [{ services: [{ ...web, real_servers: [{ ...rs1, upper_threshold: '9' }] }] }, true],
    [{}, false],
    [{ services: [{}] }, false],
    [{ services: [web], others: 'flush' }, false],
    [{ services: [{ ...web, schedular: 'rr' }] }, false],
  ])('the schema on %j: %s', (args, valid) => expect(isValid(ipvsTable, args)).toBe(valid))

  it('timeouts are seconds, at most 31 days', () => {
    expect(ipvsTimeouts.want({ tcp: '1200' }, context)).toEqual({ tcp: 1200, tcpfin: 0, udp: 0 })
    expect(() => ipvsTimeouts.want({ udp: 31 * 86400 + 1 }, context)).toThrow('udp: 2678401 is no')
  })
})

describe('a real server that is no longer listed', () => {
  const live = parseTable(`-A -t 192.168.139.6:80 -s wlc
-a -t 192.168.139.6:80 -r 192.168.139.2:80 -g -w 1
-a -t 192.168.139.6:80 -r 192.168.139.4:80 -g -w 2
-a -t 192.168.139.6:80 -r 192.168.139.5:80 -g -w 2
`)
  const planned = (
    args: Omit<Parameters<typeof ipvsTable.want>[0], 'services'>,
    services: Services = [web],
  ) => summaries(ipvsTable.plan(ipvsTable.want({ services, ...args }, context), live))

  it('leaves at once', () => expect(planned({})).toEqual(['192.168.139.5:80 remove']))

  it('is drained first where there is time', () => {
    expect(planned({ drain: '30' })).toEqual([
      '192.168.139.5:80 weight 2 -> 0',
      'wait until 192.168.139.5 has no connection left, 30 s at most',
      '192.168.139.5:80 remove',
    ])
    const same = [{ ...web, real_servers: [rs1, rs2, { address: '192.168.139.5', weight: 2 }] }]
    expect(planned({ drain: 30 }, same)).toEqual([])
  })

  it('stays, and all else with it, where too few would be left', () => {
    const few = [{ ...web, real_servers: [rs1] }]
    const message = 'tcp 192.168.139.6:80 would be left with 1 of 3 real servers, and 2 must stay'
    expect(() => planned({}, few)).toThrow(message)
    expect(planned({ others: 'remove' }, [])).toEqual(['tcp 192.168.139.6:80 remove'])
    expect(planned({ min_active: 1 }, few)).toHaveLength(2)
    expect(planned({ force: true }, few)).toHaveLength(2)
  })
})

describe('on a host without IPVS', () => {
  it.each([
    ['table', ipvsTable, { services: [web] }],
    ['timeouts', ipvsTimeouts, { tcp: 900 }],
  ] as const)(
    '%s: nothing is there, and it fails with what is missing',
    async (_, module, args) => {
      const bare = { shell: ['env', 'PATH=/nonexistent', '/bin/sh'] }
      const { plan } = await observe(module as never, args, bare)
      const [outcome] = await apply(plan, bare)
      expect(outcome).toMatchObject({ status: 1 })
      expect(outcome?.stderr).toContain('install the package ipvsadm')
    },
  )
})

describe.runIf(canMakeDirector)('in a real IPVS table', { timeout: 240_000 }, () => {
  let director: Director
  beforeAll(async () => {
    director = await makeDirector()
  })
  afterAll(() => director.down())
  const saved = () => director.run('ipvsadm -S -n')

  it('makes several services of nothing, loading the module', async () => {
    const dns = { ...web, port: 53, protocol: 'udp' }
    const { plan } = await expectConverges(ipvsTable, { services: [web, dns] }, director)
    expect(summaries(plan)).toEqual([
      'tcp 192.168.139.6:80 add (wlc)',
      'tcp 192.168.139.6:80: rs1 192.168.139.2:80 add with weight 1 (dr)',
      'tcp 192.168.139.6:80: rs2 192.168.139.4:80 add with weight 2 (dr)',
      'udp 192.168.139.6:53 add (wlc)',
      'udp 192.168.139.6:53: rs1 192.168.139.2:53 add with weight 1 (dr)',
      'udp 192.168.139.6:53: rs2 192.168.139.4:53 add with weight 2 (dr)',
    ])
    expect(parseTable(await saved())).toHaveLength(2)
    await expectInState(ipvsTable, { services: [web, dns] }, director)
  })

  describe('that holds the service of somebody else', () => {
    const foreign =
      '-A -t 192.168.139.9:25 -s rr\n-a -t 192.168.139.9:25 -r 192.168.139.2:25 -m -w 1\n'
    beforeEach(async () => {
      await director.run(`ipvsadm -C; printf %s '${foreign}' | ipvsadm -R`)
      await director.run('ipvsadm -e -t 192.168.139.9:25 -r 192.168.139.2:25 -m -w 1 -x 9')
    })

    it('keeps it as it is', async () => {
      await expectConverges(ipvsTable, { services: [web] }, director)
      expect(await saved()).toContain(foreign)
      const { have } = await expectInState(ipvsTable, { services: [web] }, director)
      expect(have[1]?.realServers).toMatchObject([{ upper_threshold: 9 }])
    })

    it('removes it when told to', async () => {
      const args = { services: [web], others: 'remove' as const }
      const { plan } = await expectConverges(ipvsTable, args, director)
      expect(summaries(plan).at(-1)).toBe('tcp 192.168.139.9:25 remove')
      expect(await saved()).not.toContain('192.168.139.9')
    })
  })

  describe('of all that the kernel has', () => {
    const server = { ...rs1, weight: 3, upper_threshold: 500, lower_threshold: 300 }
    const web = (port: number, more: object) => ({
      ...{ address: '192.168.139.6', port, real_servers: [server] },
      ...more,
    })
    const everything: Services = [
      // `twos` is too young for the lab's kernel.
      ...schedulers
        .filter((scheduler) => scheduler !== 'twos')
        .map((scheduler, i) => web(8000 + i, { scheduler })),
      ...FLAGS.map((flags, i) => web(8100 + i, { scheduler: flags.slice(0, 2), flags })),
      web(8200, { scheduler: 'rr', flags: 'flag-1,flag-3' }),
      web(8201, { persistence: 300, netmask: '255.255.255.0' }),
      web(0, { persistence: '60' }),
      web(80, { protocol: 'sctp' }),
      web(53, { protocol: 'udp', ops: true }),
      web(5060, { protocol: 'udp', persistence: 60, pe: 'sip' }),
      { protocol: 'fwmark', address: '7', scheduler: 'wrr', real_servers: [server] },
      // ipvsadm shows this one as -1.
      { protocol: 'fwmark', address: '4294967295', persistence: 60, real_servers: [rs2] },
      { protocol: 'fwmark', address: '7', inet6: true, real_servers: [] },
    ]
    const wanted = (services: Services) => ipvsTable.want({ services }, context).services
    const unsaved = (services: Services) =>
      parseTable(formatTable(wanted(services)).replaceAll(/ -[xy] \d+/g, ''))
    const at = (port: number) => everything.findIndex((service) => service.port === port)

    beforeAll(() => director.run('ipvsadm -C'))

    it('everything is made, is read back, and nothing is left to do', async () => {
      await expectConverges(ipvsTable, { services: everything }, director)
      const { have } = await expectInState(ipvsTable, { services: everything }, director)
      expect(have).toHaveLength(everything.length)
      expect(parseTable(await saved())).toEqual(unsaved(everything))
      const thresholds = await director.run('ipvsadm -L -n --thresholds')
      const both = thresholds.match(/192\.168\.139\.2:\d+ +500 +300 /g) ?? []
      expect(both).toHaveLength(everything.length - 2)
    })

    it('each difference is one call, and all else stays', async () => {
      const edits: [port: number, what: object, step: string][] = [
        [8100, { flags: 'sh-port' }, 'flags sh-fallback -> sh-port'],
        [8103, { flags: undefined }, 'flags mh-fallback -> none'],
        [
          8101,
          { scheduler: 'mh', flags: 'mh-fallback,mh-port' },
          'scheduler sh -> mh, flags sh-port -> mh-fallback,mh-port',
        ],
        [
          8201,
          { persistence: 120, netmask: '255.255.0.0' },
          'persistence 300 -> 120, netmask 255.255.255.0 -> 255.255.0.0',
        ],
        [53, { ops: false }, 'ops true -> none'],
        [
          80,
          { real_servers: [{ ...server, upper_threshold: 600 }] },
          ': rs1 192.168.139.2:80 upper_threshold 500 -> 600',
        ],
        [
          8000,
          { real_servers: [{ ...rs1, weight: 3 }] },
          ': rs1 192.168.139.2:8000 upper_threshold 500 -> none, lower_threshold 300 -> none',
        ],
      ]
      const edited = new Map(edits.map(([port, what]) => [at(port), what]))
      const services = everything.map((service, i) => ({ ...service, ...edited.get(i) }))
      const { plan } = await expectConverges(ipvsTable, { services }, director)
      const steps = edits.map(([port, , step]) => {
        const { protocol = 'tcp' } = everything[at(port)]!
        return `${protocol} 192.168.139.6:${port}${step.startsWith(':') ? '' : ' '}${step}`
      })
      expect(summaries(plan).sort()).toEqual(steps.sort())
      await expectInState(ipvsTable, { services }, director)
      expect(parseTable(await saved())).toEqual(unsaved(services))
    })

    it.each([[{ tcp: 1200 }], [{ tcp: '60', tcpfin: 30, udp: 31 * 86400 }]])(
      'timeouts %j',
      async (timeouts) => {
        await expectConverges(ipvsTimeouts, timeouts, director)
        await expectInState(ipvsTimeouts, timeouts, director)
      },
    )
  })
})
