import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { lines, sh } from '../../src/core/sh.js'
import { tableDelta } from '../../src/lvs/delta.js'
import { parseTable } from '../../src/lvs/parse-table.js'
import { formatTable } from '../../src/lvs/table.js'
import { ipvsService } from '../../src/resources/ipvs-service.js'
import { table } from '../lvs/generators.js'
import {
  apply,
  expectConverges,
  expectInState,
  isValid,
  observe,
  observeAll,
  runScript,
} from '../support/converge.js'
import { canMakeDirector, makeDirector, type Director } from '../support/director.js'
import { runs } from '../support/form.js'

const context = {} as Parameters<typeof ipvsService.want>[1]
const rs1 = { name: 'rs1', address: '192.168.139.2' }
const rs2 = { name: 'rs2', address: '192.168.139.4', weight: 2 }
const web = { address: '192.168.139.6', real_servers: [rs1, rs2] }

describe('what is asked for', () => {
  it('has the defaults of the reference cluster', () => {
    expect(formatTable([ipvsService.want(web, context).service])).toBe(
      '-A -t 192.168.139.6:80 -s wlc\n' +
        '-a -t 192.168.139.6:80 -r 192.168.139.2:80 -g -w 1\n' +
        '-a -t 192.168.139.6:80 -r 192.168.139.4:80 -g -w 2\n',
    )
  })

  it('that cannot work fails the task, with what to do', () => {
    const twice = { ...web, real_servers: [rs1, { ...rs2, address: rs1.address }] }
    expect(() => ipvsService.want(twice, context)).toThrow(
      expect.objectContaining({ name: 'TaskFailed', hint: 'each needs its own RIP' }),
    )
  })

  it.each([
    [{ address: '10.0.0.6' }, true],
    [{ address: '10.0.0.6', port: '80' }, true],
    [{}, false],
    [{ address: '10.0.0.6', scheduler: 'wcl' }, false],
    [{ address: '10.0.0.6', real_servers: [{ name: 'rs1' }] }, false],
    [{ address: '10.0.0.6', real_servers: [{ address: '10.0.0.2', wieght: 2 }] }, false],
  ])('the schema on %j: %s', (args, valid) => expect(isValid(ipvsService, args)).toBe(valid))
})

describe('on a host without IPVS', () => {
  it('finds an empty table, and fails with what is missing', async () => {
    const bare = { shell: ['env', 'PATH=/nonexistent', '/bin/sh'] }
    const { have, plan } = await observe(ipvsService, web, bare)
    expect(have).toBeUndefined()
    const [outcome] = await apply(plan, bare)
    expect(outcome).toMatchObject({ status: 1 })
    expect(outcome?.stderr).toContain('install the package ipvsadm')
  })
})

describe.runIf(canMakeDirector)('in a real IPVS table', { timeout: 240_000 }, () => {
  let director: Director
  beforeAll(async () => {
    director = await makeDirector()
  })
  afterAll(() => director.down())

  const saved = () => director.run('ipvsadm -S -n')
  const summaries = (plan: { summary: string }[]) => plan.map(({ summary }) => summary)

  it('loads the module when a change needs it, and not for a look', async () => {
    await director.run('! lsmod | grep -qw ^ip_vs || modprobe -r ip_vs_wlc ip_vs')
    await observe(ipvsService, web, director)
    await director.run('[ ! -e /proc/net/ip_vs ]')
    const { plan } = await expectConverges(ipvsService, web, director)
    expect(summaries(plan)).toEqual([
      'tcp 192.168.139.6:80 add (wlc)',
      'rs1 192.168.139.2:80 add with weight 1 (dr)',
      'rs2 192.168.139.4:80 add with weight 2 (dr)',
    ])
    expect(await saved()).toBe(formatTable([ipvsService.want(web, context).service]))
  })

  describe('that holds the reference cluster', () => {
    const dns =
      '-A -u 192.168.139.6:53 -s rr -o\n-a -u 192.168.139.6:53 -r 192.168.139.2:53 -g -w 1\n'
    beforeEach(async () => {
      const reference = formatTable([ipvsService.want(web, context).service])
      await director.run(`ipvsadm -C; printf %s '${reference}${dns}' | ipvsadm -R`)
    })

    it('nothing is left to do', () => expectInState(ipvsService, web, director))

    it.each<[string, Parameters<typeof ipvsService.want>[0], string[]]>([
      [
        'a weight',
        { ...web, real_servers: [rs1, { ...rs2, weight: 5 }] },
        ['rs2 192.168.139.4:80 weight 2 -> 5'],
      ],
      [
        'another real server in the place of one',
        { ...web, real_servers: [rs2, { address: '192.168.139.5' }] },
        ['192.168.139.5:80 add with weight 1 (dr)', '192.168.139.2:80 remove'],
      ],
      [
        'the real servers that are not listed may stay',
        { ...web, exclusive: false, real_servers: [{ ...rs2, weight: 0 }] },
        ['rs2 192.168.139.4:80 weight 2 -> 0'],
      ],
      [
        'the scheduler, its flags and persistence',
        { ...web, scheduler: 'sh', flags: 'sh-port', persistence: 120, netmask: '255.255.255.0' },
        [
          'tcp 192.168.139.6:80 scheduler wlc -> sh, persistence none -> 120, ' +
            'netmask none -> 255.255.255.0, flags none -> sh-port',
        ],
      ],
      ['no service', { ...web, state: 'absent' }, ['tcp 192.168.139.6:80 remove']],
    ])('%s', async (_, args, steps) => {
      const { plan } = await expectConverges(ipvsService, args, director)
      expect(summaries(plan)).toEqual(steps)
      await expectInState(ipvsService, args, director)
      // The other service in the table is nobody's business.
      expect((await saved()).endsWith(dns)).toBe(true)
    })

    it('looks at several services with one probe, altering nothing', async () => {
      const before = await saved()
      const observed = await observeAll(
        ipvsService,
        [
          { ...web, scheduler: 'rr' },
          { address: '7', protocol: 'fwmark' },
        ],
        director,
      )
      expect(observed.map(({ plan }) => summaries(plan))).toEqual([
        ['tcp 192.168.139.6:80 scheduler wlc -> rr'],
        ['fwmark 7 add (wlc)'],
      ])
      expect(await saved()).toBe(before)
    })

    it('a call that the kernel refuses fails by its name', async () => {
      const odd = { ...web, real_servers: [rs1, rs2, { address: '224.0.0.1' }] }
      const { plan } = await observe(ipvsService, odd, director)
      const [outcome] = await apply(plan, director)
      expect(outcome?.status).not.toBe(0)
      expect(outcome?.stderr).toContain('not unicast')
    })
  })

  it('law: any table becomes any other, and saves to the very text that formatTable gives', async () => {
    const pairs = fc.sample(fc.tuple(table, table), { numRuns: runs(25), seed: 1 })
    for (const [have, want] of pairs) {
      const restore = sh`printf %s ${formatTable(have)} | ipvsadm -R`
      const steps = tableDelta(have, want).map(({ args }) => sh`ipvsadm ${args} || exit`)
      const script = lines([
        sh`ipvsadm -C`,
        restore,
        sh`ipvsadm -S -n; echo --`,
        ...steps,
        sh`ipvsadm -S -n`,
      ])
      const { stdout, stderr } = await runScript(script, director)
      expect(stderr).toBe('')
      const [before, after] = stdout
        .replaceAll(' --tun-type ipip', '')
        .replaceAll('-f -1 ', '-f 4294967295 ')
        .split('--\n')
      expect(before).toBe(formatTable(have))
      expect(after).toBe(formatTable(want))
      expect(tableDelta(parseTable(after!), want)).toEqual([])
    }
  })
})
