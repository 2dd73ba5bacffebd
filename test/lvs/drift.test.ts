import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Drift, meaningOf, places, tableDrift, type Tables } from '../../src/lvs/drift.js'
import { parseTable } from '../../src/lvs/parse-table.js'
import { endpoint, formatTable, serviceName, type VirtualService } from '../../src/lvs/table.js'
import { table } from './generators.js'

const http = '-A -t 10.0.0.6:80 -s wlc'
const rs = (n: number, rest = '-g -w 1') => `-a -t 10.0.0.6:80 -r 10.0.0.${n}:80 ${rest}`
const web = [http, rs(2), rs(4, '-g -w 2')]
const dns = ['-A -u 10.0.0.6:53 -s rr', '-a -u 10.0.0.6:53 -r 10.0.0.2:53 -g -w 1']

/** rs1 and rs2 have names in the inventory alone: neither the kernel nor its file has any. */
function named(services: VirtualService[]): VirtualService[] {
  const names: Record<string, string> = { '10.0.0.2': 'rs1', '10.0.0.4': 'rs2' }
  return services.map((service) => ({
    ...service,
    realServers: service.realServers.map((server) => {
      const name = names[server.address]
      return name === undefined ? server : { ...server, name }
    }),
  }))
}

function driftOf(inventory: string[], live: string[], saved: string[]): Drift[] {
  return tableDrift({
    inventory: named(parseTable(inventory.join('\n'))),
    live: parseTable(live.join('\n')),
    saved: parseTable(saved.join('\n')),
  })
}

const twice = <T>(one: T): [T, T] => [one, one]

describe('what the three places do not agree on', () => {
  it.each<[string, string[], string[], string[], string[]]>([
    ['nothing, of nothing', [], [], [], []],
    ['nothing, of a table', web, web, web, []],
    [
      'a weight: one place alone',
      [http, rs(2), rs(4, '-g -w 2')],
      [http, rs(2), rs(4, '-g -w 7')],
      [http, rs(2), rs(4, '-g -w 2')],
      ['live: rs2 weight: inventory 2, live 7, saved 2'],
    ],
    [
      'a weight that was not applied',
      [http, rs(4, '-g -w 2')],
      [http, rs(4)],
      [http, rs(4)],
      ['inventory: rs2 weight: inventory 2, live 1, saved 1'],
    ],
    [
      'a weight, everywhere another',
      [http, rs(4, '-g -w 1')],
      [http, rs(4, '-g -w 2')],
      [http, rs(4, '-g -w 3')],
      ['inventory live saved: rs2 weight: inventory 1, live 2, saved 3'],
    ],
    [
      'a real server that is quiesced',
      web,
      [http, rs(2), rs(4, '-g -w 0')],
      web,
      ['live: rs2 weight: inventory 2, live 0 (quiesced), saved 2'],
    ],
    [
      'a real server that came',
      web,
      [http, rs(2)],
      [http, rs(2)],
      ['inventory: rs2 is in the inventory, but neither live nor saved'],
    ],
    [
      'a real server that nobody knows',
      web,
      [...web, rs(9)],
      web,
      ['live: 10.0.0.9:80 is live, but neither in the inventory nor saved'],
    ],
    [
      'the settings of a service',
      web,
      web,
      ['-A -t 10.0.0.6:80 -s sh -p 300', ...web.slice(1)],
      [
        'saved: tcp 10.0.0.6:80 scheduler: inventory wlc, live wlc, saved sh',
        'saved: tcp 10.0.0.6:80 persistence: inventory none, live none, saved 300',
      ],
    ],
    [
      'a service that nobody wants, without its real servers one by one',
      web,
      [...web, ...dns],
      web,
      ['live: service udp 10.0.0.6:53 is live, but neither in the inventory nor saved'],
    ],
    [
      'a service that is not saved, and what the others have of it',
      [...web, ...dns],
      [...web, dns[0]!, '-a -u 10.0.0.6:53 -r 10.0.0.2:53 -g -w 3'],
      web,
      [
        'saved: service udp 10.0.0.6:53 is in the inventory and live, but not saved',
        'inventory live: rs1 of udp 10.0.0.6:53 weight: inventory 1, live 3',
      ],
    ],
    [
      'a director with no table yet',
      web,
      [],
      [],
      ['inventory: a table is in the inventory, but neither live nor saved'],
    ],
    [
      'a table that no boot would bring back',
      web,
      web,
      [],
      ['saved: a table is in the inventory and live, but not saved'],
    ],
    [
      'a table that is gone, and an old file',
      web,
      [],
      [http, rs(2)],
      [
        'live: a table is in the inventory and saved, but not live',
        'inventory saved: rs2 is in the inventory, but not saved',
      ],
    ],
    [
      'one real server on two ports, under nat',
      web,
      [...web, '-a -t 10.0.0.6:80 -r 10.0.0.4:8080 -m -w 1'],
      web,
      ['live: rs2:8080 is live, but neither in the inventory nor saved'],
    ],
    [
      'a line that comes twice in the file, of which the kernel takes the first',
      web,
      web,
      [...web, rs(2, '-g -w 9')],
      [],
    ],
  ])('%s', (_, inventory, live, saved, told) => {
    const drift = driftOf(inventory, live, saved)
    expect(drift.map(({ odd, message }) => `${odd.join(' ')}: ${message}`)).toEqual(told)
  })

  it('tells each thing in parts, too', () => {
    expect(driftOf(web, [http, rs(2), rs(4)], web)).toEqual([
      {
        service: 'tcp 10.0.0.6:80',
        realServer: 'rs2',
        setting: 'weight',
        says: { inventory: 2, live: 1, saved: 2 },
        odd: ['live'],
        message: 'rs2 weight: inventory 2, live 1, saved 2',
      },
    ])
    const [gone] = driftOf(web, [http, rs(2)], web)
    expect(gone!.says).toEqual({ inventory: true, live: false, saved: true })
    const [flags] = driftOf(web, web, [`${http} -b flag-1`, ...web.slice(1)])
    expect(flags!.says).toEqual({ inventory: null, live: null, saved: 'flag-1' })
  })

  it('leaves a place out that cannot be told', () => {
    const live = parseTable([http, rs(2, '-g -w 7')].join('\n'))
    const inventory = parseTable([http, rs(2)].join('\n'))
    const [drift, ...others] = tableDrift({ inventory, live, saved: undefined })
    expect(drift).toMatchObject({ odd: ['inventory', 'live'], says: { inventory: 1, live: 7 } })
    expect(others).toEqual([])
    expect(tableDrift({ inventory, live: inventory, saved: undefined })).toEqual([])
  })

  it.each<[string, string[], string[], string[], string]>([
    ['inventory', [http, rs(2, '-g -w 5')], [http, rs(2)], [http, rs(2)], 'is not applied'],
    ['live', [http, rs(2)], [http, rs(2, '-g -w 5')], [http, rs(2)], 'changed by hand'],
    ['saved', [http, rs(2)], [http, rs(2)], [http], 'is behind the live table'],
    ['all', [http, rs(2)], [http, rs(2, '-g -w 5')], [http, rs(2, '-g -w 6')], 'no two agree'],
    ['a quiesced one', [http, rs(2)], [http, rs(2, '-g -w 0')], [http, rs(2)], 'quiesced'],
    ['one that is saved, too', [http, rs(2)], ...twice([http, rs(2, '-g -w 0')]), 'quiesced'],
    ['a service of nobody', web, ...twice([...web, dns[0]!]), 'runs keep and save it'],
  ])('says what it means: %s', (_, inventory, live, saved, meaning) => {
    expect(driftOf(inventory, live, saved).map(meaningOf)).toEqual([
      expect.stringContaining(meaning),
    ])
  })
})

describe('laws', () => {
  it('nothing is told if, and only if, all three are the same', () => {
    const which = fc.tuple(fc.nat(1), fc.nat(1), fc.nat(1))
    fc.assert(
      fc.property(fc.tuple(table, table), which, (some, [first, second, third]) => {
        const tables = { inventory: some[first]!, live: some[second]!, saved: some[third]! }
        const same = new Set(Object.values(tables).map(formatTable)).size === 1
        expect(tableDrift(tables).length === 0).toBe(same)
      }),
    )
  })

  it.each(places)('when %s alone differs, it is named in all that is told', (odd) => {
    fc.assert(
      fc.property(table, table, (two, one) => {
        const tables: Tables = { inventory: two, live: two, saved: two, [odd]: one }
        for (const drift of tableDrift(tables)) expect(drift.odd).toEqual([odd])
      }),
    )
  })

  it('what a place is said to have, it has', () => {
    fc.assert(
      fc.property(table, table, table, (inventory, live, saved) => {
        const tables = { inventory, live, saved }
        for (const drift of tableDrift(tables)) {
          const asked = places.filter((place) => place in drift.says)
          const had = asked.map((place): [string, unknown] => [place, has(tables[place], drift)])
          expect(drift.says).toEqual(Object.fromEntries(had))
          expect(new Set(Object.values(drift.says)).size).toBeGreaterThan(1)
          expect(asked).toEqual(expect.arrayContaining(drift.odd))
          expect(drift.odd).not.toEqual([])
        }
      }),
    )
  })
})

/** What a table has of the thing that is told of: its setting, or whether it is there at all. */
function has(
  services: readonly VirtualService[],
  { service, realServer, setting }: Drift,
): unknown {
  if (service === undefined) return services.length > 0
  const found = services.find((each) => serviceName(each) === service)
  const server = found?.realServers.find((each) => endpoint(each) === realServer)
  const thing = realServer === undefined ? found : server
  if (setting === undefined) return thing !== undefined
  return new Map<string, unknown>(Object.entries(thing!)).get(setting) ?? null
}
