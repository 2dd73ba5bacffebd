import type { Answer } from '../lvs/see-server.js'
import { isFine } from '../lvs/status-server.js'
import type {
  Checked,
  DirectorStatus,
  Level,
  RealServerStatus,
  ServiceStatus,
  WeightStatus,
} from '../lvs/status.js'
import { fittedLines, type FittingColumn } from '../report/table.js'
import { paint, type TextOptions } from '../report/text.js'

export type Colour = Pick<TextOptions, 'colour'>

/** A column of one of the tables, and what stands in it. */
type Cell<Row> = FittingColumn & { of: (row: Row) => string }

const left = <Row>(
  head: string,
  of: Cell<Row>['of'],
  more: Partial<FittingColumn> = {},
): Cell<Row> => ({ head, align: 'left', of, ...more })

const right = <Row>(
  head: string,
  of: Cell<Row>['of'],
  more: Partial<FittingColumn> = {},
): Cell<Row> => ({ head, align: 'right', of, ...more })

/** The directors, one a row. */
export function directorTable(
  directors: readonly DirectorStatus[],
  width: number,
  options: Colour,
): string[] {
  return lines<DirectorStatus>(directors, width, [
    mark(options),
    left('director', ({ host }) => host, { cut: true }),
    left('VIP', ({ vips, reached }) => (reached === 'yes' ? ownVips(vips) : '-')),
    left('table', ({ services }) => (services === null ? '-' : count(services, 'service'))),
    left('saved', ({ saved }) => (saved ? savedCell(saved) : '-')),
    state(options),
  ])
}

/** The address of one; of several, how many are where they should be. */
function ownVips(vips: DirectorStatus['vips']): string {
  const [first] = vips
  if (first && vips.length === 1) return `${first.address} ${first.device ?? 'missing'}`
  const here = vips.filter(({ device }) => device !== null).length
  return here === vips.length ? String(here) : `${here} of ${vips.length}`
}

function savedCell({ services, unreadable }: NonNullable<DirectorStatus['saved']>): string {
  return unreadable === undefined ? count(services, 'service') : 'unreadable'
}

/** The live virtual services, one a row, all real servers together. */
export function serviceTable(services: readonly ServiceStatus[], width: number): string[] {
  const several = new Set(services.map(({ director }) => director)).size > 1
  return lines<ServiceStatus>(services, width, [
    left('', () => ''),
    left('service', ({ name }) => name, { cut: true }),
    ...(several ? [left<ServiceStatus>('on', ({ director }) => director)] : []),
    left('scheduler', ({ scheduler }) => scheduler, { spare: 3 }),
    right('servers', ({ realServers }) => {
      return `${realServers.filter(({ weight }) => weight > 0).length}/${realServers.length}`
    }),
    right('active', ({ active }) => String(active)),
    right('inactive', ({ inactive }) => String(inactive)),
    right('conn/s', ({ rate }) => String(rate.connections)),
    right('packets/s', ({ rate }) => String(rate.packetsIn + rate.packetsOut), { spare: 2 }),
    right('bytes/s', ({ rate }) => String(rate.bytesIn + rate.bytesOut), { spare: 1 }),
    right('total', ({ total }) => String(total.connections), { spare: 4 }),
  ])
}

/** The real servers, one a row. */
export function serverTable(
  servers: readonly RealServerStatus[],
  width: number,
  options: Colour,
): string[] {
  const known = servers.some(({ weights }) => weights.some(({ places }) => 'live' in places))
  const number = (of: (row: RealServerStatus) => number) => (row: RealServerStatus) =>
    known ? String(of(row)) : '-'
  return lines<RealServerStatus>(servers, width, [
    mark(options),
    left('server', ({ host }) => host, { cut: true }),
    left('address', ({ address }) => address, { spare: 3 }),
    left('VIP', vipCell),
    left('ARP', ({ arp }) => (arp ? `${arp.ignore}/${arp.announce}` : '-')),
    left('route', routeCell, { spare: 1 }),
    left('httpd', httpdCell),
    left('weight', ({ weights }) => weightCell(weights)),
    right(
      'active',
      number(({ active }) => active),
    ),
    right(
      'inactive',
      number(({ inactive }) => inactive),
      { spare: 2 },
    ),
    right(
      'conn/s',
      number(({ rate }) => rate),
    ),
    right(
      'total',
      number(({ total }) => total),
      { spare: 4 },
    ),
    state(options),
  ])
}

function lines<Row>(rows: readonly Row[], width: number, cells: readonly Cell<Row>[]): string[] {
  if (rows.length === 0) return []
  return fittedLines(
    cells,
    rows.map((row) => cells.map(({ of }) => of(row))),
    width,
  )
}

const STYLES = { unreachable: 'magenta', broken: 'red', drift: 'yellow' } as const

type Judged = { level: Level | null; check: Checked | null }

function mark(options: Colour): Cell<Judged> {
  return left('', ({ level }) => {
    if (level === null) return ' '
    return paint(STYLES[level], level === 'drift' ? '~' : '!', options)
  })
}

function state(options: Colour): Cell<Judged> {
  return left('state', ({ level, check }) => {
    if (level !== null) return paint(STYLES[level], level, options)
    return check?.word ?? 'ok'
  })
}

function count(number: number, what: string): string {
  if (number === 0) return 'none'
  return `${number} ${what}${number === 1 ? '' : 's'}`
}

/** One word for all of them; else how many are as they should be. */
function most(words: readonly string[], fine: (word: string) => boolean): string {
  const [first = '-', ...others] = [...new Set(words)]
  return others.length === 0 ? first : `${words.filter(fine).length} of ${words.length}`
}

function vipCell({ vips }: RealServerStatus): string {
  const places = vips.map(({ device, prefix }) => (device ? `${device}/${prefix}` : 'missing'))
  return most(places, (place) => /^lo\/(32|128)$/.test(place))
}

function routeCell({ vips }: RealServerStatus): string {
  const routes = vips.map(({ route }) => (route ? 'lo' : 'none'))
  return most(routes, (route) => route === 'lo')
}

/** What is wrong, where something is. */
function httpdCell({ answers }: RealServerStatus): string {
  const isGood = ({ reply }: Answer) => reply !== undefined && isFine(reply)
  const words = (some: readonly Answer[]) => [...new Set(some.map(httpdWord))].join(', ')
  const bad = answers.filter((answer) => !isGood(answer))
  return words(bad.length > 0 ? bad : answers) || '-'
}

function httpdWord({ reply, own }: Answer): string {
  if (reply !== undefined && isFine(reply)) return String(reply)
  return own !== undefined && isFine(own) ? 'RIP only' : String(reply ?? own)
}

/** The live weight, and what it should be where that is another; of what the inventory has. */
function weightCell(weights: readonly WeightStatus[]): string {
  const wanted = weights.filter(({ places }) => places.inventory !== null)
  const words = (wanted.length > 0 ? wanted : weights).map(({ places: { inventory, live } }) => {
    if (live === undefined) return `? of ${inventory ?? 0}`
    const now = live === null ? 'not live' : live === 0 ? 'quiesced' : String(live)
    const same = live === inventory || live === null || inventory === null
    return same ? now : `${now}, not ${inventory}`
  })
  return words.length > 0 ? [...new Set(words)].join('; ') : '-'
}
