import fc from 'fast-check'
import { expect, it } from 'vitest'
import { InputError } from '../../../src/core/errors.js'
import { readAs } from '../../../src/lvs/import/format.js'
import { readKeepalived } from '../../../src/lvs/import/keepalived.js'
import { readLdirectord } from '../../../src/lvs/import/ldirectord.js'
import { readScript } from '../../../src/lvs/import/scripts.js'
import { formats } from '../../../src/lvs/import/told.js'
import { formatTable, type RealServer, type VirtualService } from '../../../src/lvs/table.js'
import { table } from '../generators.js'
import { diskOf, tableOf } from './support.js'

/** The same table through a configuration that says it, for every table that one can say. */
function law(
  name: string,
  can: (service: VirtualService) => VirtualService | undefined,
  written: (services: VirtualService[]) => string,
  read: (text: string) => ReturnType<typeof readScript>,
) {
  it(`law: a table that ${name} says is that table`, () => {
    fc.assert(
      fc.property(table, (all) => {
        const services = all.flatMap((service) => can(service) ?? [])
        fc.pre(services.length > 0)
        expect(tableOf(read(written(services)))).toBe(formatTable(services))
      }),
    )
  })
}

const withServers = (service: VirtualService, keep: (server: RealServer) => boolean) => ({
  ...service,
  realServers: service.realServers.filter(keep),
})

law(
  'calls of ipvsadm',
  (service) => service,
  (services) =>
    formatTable(services)
      .replaceAll(/^/gm, 'ipvsadm ')
      .replace(/ipvsadm $/, ''),
  (text) => readScript(text, 'lvs.sh', diskOf()),
)

law(
  'a keepalived.conf',
  // Of a mark it leaves ports out of the table, but for nat.
  (service) =>
    service.inet6 ? undefined : withServers(service, ({ port }) => service.port > 0 || port === 0),
  (services) => services.map(keepalived).join(''),
  (text) => readKeepalived(text, 'ka.conf', diskOf()),
)

function keepalived(service: VirtualService): string {
  const { protocol, address, port, scheduler, persistence, netmask, ops, flags } = service
  const methods = { dr: 'DR', nat: 'NAT', tun: 'TUN' }
  const lines = [
    `virtual_server ${protocol === 'fwmark' ? `fwmark ${address}` : `${address} ${port}`} {`,
    protocol === 'fwmark' ? '' : `protocol ${protocol.toUpperCase()}`,
    `lvs_sched ${scheduler}`,
    'lvs_method DR',
    persistence === undefined ? '' : `persistence_timeout ${persistence}`,
    netmask === undefined ? '' : `persistence_granularity ${netmask}`,
    ops ? 'ops' : '',
    ...(flags ?? '').split(','),
    ...service.realServers.map(({ address, port, weight, forwarding, tunnel }) => {
      const type = tunnel === undefined ? '' : 'type gue port 6080'
      const block = `weight ${weight}\nlvs_method ${methods[forwarding]} ${type}`
      return `real_server ${address} ${port} {\n${block}\n}`
    }),
    '}',
  ]
  return `${lines.filter((line) => line !== '').join('\n')}\n`
}

law(
  'a ldirectord.cf',
  (service) =>
    service.protocol === 'sctp'
      ? undefined
      : withServers(service, ({ tunnel }) => tunnel === undefined),
  (services) => services.map(ldirectord).join(''),
  (text) => readLdirectord(text, 'ld.cf', () => undefined),
)

function ldirectord(service: VirtualService): string {
  const { protocol, address, port, scheduler, persistence, netmask, ops, flags } = service
  const isV6 = service.inet6 ?? address.includes(':')
  const suffix = isV6 ? '6' : ''
  const of = (host: string) => (host.includes(':') ? `[${host}]` : host)
  const methods = { dr: 'gate', nat: 'masq', tun: 'ipip' }
  const lines = [
    `virtual${suffix}=${protocol === 'fwmark' ? address : `${of(address)}:${port}`}`,
    `protocol=${protocol === 'fwmark' ? 'fwm' : protocol}`,
    `scheduler=${scheduler}`,
    ...(persistence === undefined ? [] : [`persistent=${persistence}`]),
    ...(netmask === undefined ? [] : [`netmask=${netmask}`]),
    ...(ops ? ['ops=yes'] : []),
    ...(flags === undefined ? [] : [`schedflags=${flags}`]),
    ...service.realServers.map(({ address, port, weight, forwarding }) => {
      return `real${suffix}=${of(address)}:${port} ${methods[forwarding]} ${weight}`
    }),
  ]
  return `${lines.join('\n    ')}\n`
}

const PIECES =
  '$|{|}|(|)|"|\'|`|;|;;|&|<<E|>|\n|\n| | |#|!|@|\\|=|[|]|$(|${|$((|))|if|then|else|fi|for|in|do|done|case|esac|x|x()|VIP=10.0.0.6|$VIP|ipvsadm|-A|-t|:80|ifconfig|ip|addr|add|dev|lo|virtual_server|real_server|include|$A=|virtual=|real=|10.0.0.6|10.0.0.7-9|gate|fwmark|7|    '.split(
    '|',
  )

it.each(formats)(
  'law: whatever text is given as %s, it is told or refused with its place',
  (format) => {
    const text = fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }).map((all) => all.join(''))
    const context = { disk: diskOf({ x: 'VIP=1\n' }), resolve: () => undefined }
    fc.assert(
      fc.property(text, (given) => {
        try {
          readAs(format, given, 'x', context)
        } catch (error) {
          expect(error).toBeInstanceOf(InputError)
          expect((error as InputError).at?.file).toBe('x')
        }
      }),
      { numRuns: 2000 },
    )
  },
)
