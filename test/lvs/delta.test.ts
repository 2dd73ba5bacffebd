import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { serviceDelta, tableDelta } from '../../src/lvs/delta.js'
import { parseTable } from '../../src/lvs/parse-table.js'
import { formatTable, serviceName, type VirtualService } from '../../src/lvs/table.js'
import { simulate } from './simulate.js'
import { table } from './generators.js'

const http = '-A -t 10.0.0.6:80 -s wlc'
const rs = (n: number, rest = '-g -w 1') => `-a -t 10.0.0.6:80 -r 10.0.0.${n}:80 ${rest}`
const tableOf = (...lines: string[]) => parseTable(lines.join('\n'))
const summaries = (have: VirtualService[], want: VirtualService[]) =>
  tableDelta(have, want).map(({ summary }) => summary)

describe('what is missing', () => {
  it.each<[string, string[], string[], string[]]>([
    ['nothing', [http, rs(2)], [http, rs(2)], []],
    [
      'all of it',
      [],
      [http, rs(2), rs(4, '-g -w 2')],
      [
        'tcp 10.0.0.6:80 add (wlc)',
        '10.0.0.2:80 add with weight 1 (dr)',
        '10.0.0.4:80 add with weight 2 (dr)',
      ],
    ],
    ['a weight', [http, rs(2)], [http, rs(2, '-g -w 2')], ['10.0.0.2:80 weight 1 -> 2']],
    [
      'the forwarding, and the weight with it',
      [http, rs(2)],
      [http, rs(2, '-m -w 0')],
      ['10.0.0.2:80 weight 1 -> 0, forwarding dr -> nat'],
    ],
    [
      'the scheduler, in place',
      [http, rs(2)],
      ['-A -t 10.0.0.6:80 -s sh -p 300 -b sh-port', rs(2)],
      ['tcp 10.0.0.6:80 scheduler wlc -> sh, persistence none -> 300, flags none -> sh-port'],
    ],
    ['a service too many', [http, rs(2)], [], ['tcp 10.0.0.6:80 remove']],
    [
      'capacity comes before any goes',
      [http, rs(1), rs(2, '-g -w 9'), rs(3), '-A -t 10.0.0.7:80 -s rr'],
      [http, rs(2), rs(3, '-g -w 9'), rs(4)],
      [
        '10.0.0.4:80 add with weight 1 (dr)',
        '10.0.0.3:80 weight 1 -> 9',
        '10.0.0.2:80 weight 9 -> 1',
        '10.0.0.1:80 remove',
        'tcp 10.0.0.7:80 remove',
      ],
    ],
  ])('%s', (_, have, want, steps) => {
    expect(summaries(tableOf(...have), tableOf(...want))).toEqual(steps)
  })

  it('gives every option with every call, since those left out are reset', () => {
    const have = tableOf('-A -u 10.0.0.6:53 -s rr -o', '-a -u 10.0.0.6:53 -r 10.0.0.2:53 -m -w 7')
    const want = tableOf('-A -u 10.0.0.6:53 -s sh -o', '-a -u 10.0.0.6:53 -r 10.0.0.2:53 -m -w 8')
    expect(tableDelta(have, want).map(({ args }) => args.join(' '))).toEqual([
      '-E -u 10.0.0.6:53 -s sh -o',
      '-e -u 10.0.0.6:53 -r 10.0.0.2:53 -m -w 8',
    ])
  })

  it('calls a real server by its name', () => {
    const [have] = tableOf(http, rs(4))
    const server = { ...have!.realServers[0]!, name: 'rs2', weight: 2 }
    expect(serviceDelta(have, { ...have!, realServers: [server] })[0]?.summary).toBe(
      'rs2 10.0.0.4:80 weight 1 -> 2',
    )
  })
})

describe('laws', () => {
  it('the delta makes the table what is wanted, a second one is empty', () => {
    fc.assert(
      fc.property(table, table, (have, want) => {
        const after = simulate(have, tableDelta(have, want))
        expect(formatTable(after)).toBe(formatTable(want))
        expect(tableDelta(after, want)).toEqual([])
      }),
    )
  })

  it('no call is spent on what stays', () => {
    fc.assert(
      fc.property(table, (services) => {
        expect(tableDelta(services, services)).toEqual([])
      }),
    )
  })

  it('at no moment has a service less than the smaller of both capacities', () => {
    fc.assert(
      fc.property(table, table, (have, want) => {
        const steps = tableDelta(have, want)
        const least = (name: string) => Math.min(capacity(have, name), capacity(want, name))
        for (let n = 0; n <= steps.length; n++) {
          const now = simulate(have, steps.slice(0, n))
          for (const name of have.map(serviceName)) {
            expect(capacity(now, name)).toBeGreaterThanOrEqual(least(name))
          }
        }
      }),
    )
  })
})

function capacity(services: readonly VirtualService[], name: string): number {
  return services
    .filter((service) => serviceName(service) === name)
    .flatMap(({ realServers }) => realServers)
    .reduce((sum, { weight }) => sum + weight, 0)
}
