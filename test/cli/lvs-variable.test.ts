import { describe, expect, it } from 'vitest'
import { lvs } from '../../src/cli/lvs-variable.js'
import { ipvsTable } from '../../src/resources/ipvs-table.js'
import type { Names } from '../../src/site/names.js'
import { isValid } from '../support/converge.js'

const names = (values: Record<string, unknown>): Names => ({
  get: (name) => values[name],
  has: (name) => name in values,
  names: () => Object.keys(values),
})
interface Table {
  services: { real_servers: Record<string, unknown>[] }[]
  wanted: { real_servers: Record<string, unknown>[] }[]
  joining: string[]
  quiesced: string[]
  live: string[]
  rip: string
  director: string
  client: string
  vips: string[]
  kept: string[]
  gone: { vips: string[]; still: string[]; files: string[]; services: object[] }
  endpoints: unknown[]
  tcp_ports: number[]
  directors: string[]
  timeouts: object
  thresholds: object[]
  save_lines: string[]
  restore_lines: string[]
}
type Vars = Record<string, unknown>

/** What `lvs` is for a host of a cluster: its director, its real servers, those that failed. */
function table(
  director: Vars,
  servers: Record<string, Vars>,
  { failed = [], host = 'lb' }: { failed?: string[]; host?: string } = {},
): Table {
  const hosts: Record<string, Vars> = {
    ...servers,
    lb: { ansible_ipvs_table: [], ansible_ipvs_joining: [], ansible_lvs_vips: [], ...director },
    other: {},
  }
  const groups: Record<string, string[]> = { realserver: Object.keys(servers), director: ['lb'] }
  const of = (name: string) => names({ vip: '10.0.0.6', ...hosts[name]!, inventory_hostname: name })
  const around = {
    failed: (name: string) => failed.includes(name),
    hostsIn: (group: string) => groups[group] ?? [],
    of,
  }
  return lvs(of(host), around) as Table
}
const servers = {
  rs1: { ansible_host: '10.0.0.2' },
  rs2: { ansible_host: '10.0.0.99', rip: '10.0.0.4', weight: 2 },
}

describe('lvs', () => {
  it('is the table, from the real servers’ own variables', () => {
    const { services, save_lines } = table({}, servers)
    expect(services).toMatchObject([
      {
        ...{ protocol: 'tcp', address: '10.0.0.6', port: 80, scheduler: 'wlc' },
        real_servers: [
          { name: 'rs1', address: '10.0.0.2', port: 80, weight: 1 },
          { name: 'rs2', address: '10.0.0.4', port: 80, weight: 2 },
        ],
      },
    ])
    expect(save_lines).toEqual([
      '-A -t 10.0.0.6:80 -s wlc',
      '-a -t 10.0.0.6:80 -r 10.0.0.2:80 -g -w 1',
      '-a -t 10.0.0.6:80 -r 10.0.0.4:80 -g -w 2',
    ])
  })

  it('is what ipvs_table takes, every part of it', () => {
    const virtual_services = [
      {
        persistence: 60,
        persistence_netmask: 'x',
        netmask: '255.255.0.0',
        scheduler: 'sh',
        flags: 'sh-port',
      },
      { protocol: 'udp', port: 5060, persistence: 60, pe: 'sip', ops: true },
      { protocol: 'fwmark', mark: 7, inet6: true, real_servers: [] },
    ]
    const { services } = table({ virtual_services, upper_threshold: 1 }, servers)
    expect(isValid(ipvsTable, { services })).toBe(true)
    const [first] = services
    const again = ipvsTable.want({ services } as never, {} as never)
    expect(again.services[0]).toMatchObject({ netmask: '255.255.0.0', flags: 'sh-port' })
    expect(first).toMatchObject({ persistence: 60, netmask: '255.255.0.0', flags: 'sh-port' })
  })

  it('takes scheduler, port and protocol from the director, text or not', () => {
    const { save_lines } = table({ scheduler: 'rr', service_port: '53', protocol: 'udp' }, servers)
    expect(save_lines[0]).toBe('-A -u 10.0.0.6:53 -s rr')
    expect(save_lines[1]).toBe('-a -u 10.0.0.6:53 -r 10.0.0.2:53 -g -w 1')
  })

  it('a real server is known by its name where it has no address', () => {
    const [service] = table({}, { '10.0.0.3': {} }).services
    expect(service!.real_servers).toMatchObject([{ address: '10.0.0.3' }])
  })

  it('one that failed stays as the live table has it', () => {
    const live = ['-A -t 10.0.0.6:80 -s wlc', '-a -t 10.0.0.6:80 -r 10.0.0.4:80 -g -w 7']
    const failed = ['rs1', 'rs2']
    const { save_lines } = table({ ansible_ipvs_table: live }, servers, { failed })
    // rs1 was not in it, and does not come in; rs2 keeps its weight.
    expect(save_lines).toEqual(live)
  })

  describe('beside a live table', () => {
    const live = [
      '-A -t 10.0.0.6:80 -s wlc',
      '-a -t 10.0.0.6:80 -r 10.0.0.2:80 -g -w 1',
      '-a -t 10.0.0.6:80 -r 10.0.0.3:80 -g -w 0',
      '-a -t 10.0.0.6:80 -r 10.0.0.5:80 -g -w 2',
    ]
    const many = {
      rs1: { ansible_host: '10.0.0.2' },
      rs2: { ansible_host: '10.0.0.3' },
      rs3: { ansible_host: '10.0.0.4', weight: 4 },
      rs4: { ansible_host: '10.0.0.5', weight: 4 },
    }
    const seen = { ansible_ipvs_table: live, ansible_ipvs_joining: ['10.0.0.5'] }

    it('leaves out who has to be taken in, and leaves the quiesced alone', () => {
      expect(table(seen, many).save_lines).toEqual(live)
      expect(table(seen, many).wanted[0]!.real_servers).toHaveLength(4)
    })

    it.each(['lb', 'rs3', 'other'])('%s is told who they are', (host) => {
      expect(table(seen, many, { host })).toMatchObject({
        joining: ['rs3', 'rs4'],
        quiesced: ['rs2'],
        live: ['rs1', 'rs2', 'rs4'],
        director: 'lb',
        client: '',
      })
    })

    it('tells each real server its own address', () => {
      expect(table(seen, servers, { host: 'rs1' }).rip).toBe('10.0.0.2')
      expect(table(seen, servers, { host: 'rs2' }).rip).toBe('10.0.0.4')
    })
  })

  const virtual_services = [
    { port: 80, real_servers: ['rs1'] },
    { vip: '10.0.0.7', port: 8080 },
    { vip: '10.0.0.7', port: 53, protocol: 'udp' },
  ]
  it.each([
    ['lb', ['10.0.0.6', '10.0.0.7'], [80, 8080]],
    ['rs1', ['10.0.0.6', '10.0.0.7'], [80, 8080]],
    ['rs2', ['10.0.0.7'], [8080]],
    ['other', ['10.0.0.6', '10.0.0.7'], [80, 8080]],
  ])('tells %s its VIPs and ports', (host, vips, tcp_ports) => {
    const own = table({ virtual_services }, servers, { host })
    expect(own).toMatchObject({ vips, tcp_ports, directors: ['lb'] })
    expect(own.endpoints).toContainEqual({
      service: 'udp 10.0.0.7:53',
      protocol: 'udp',
      vip: '10.0.0.7',
      port: 53,
    })
  })

  it('a real server sees the cluster as the director does, whoever failed', () => {
    const director = { virtual_services, scheduler: 'rr', forwarding: 'nat' }
    const own = { ...servers, rs1: { ...servers.rs1, forwarding: 'tun' } }
    const asked = (host: string) => table(director, own, { host }).services
    expect(asked('rs1')).toEqual(asked('lb'))
    const { services } = table(director, own, { host: 'rs1', failed: ['rs2'] })
    expect(services).toEqual(asked('lb'))
  })

  describe('saved', () => {
    const foreign = ['-A -t 10.0.0.9:25 -s rr', '-a -t 10.0.0.9:25 -r 10.0.0.2:25 -m -w 1']
    const live = [
      ...foreign,
      '-A -t 10.0.0.6:80 -s rr',
      ...['2', '4', '5'].map((host) => `-a -t 10.0.0.6:80 -r 10.0.0.${host}:80 -g -w 1`),
    ]
    const saved = (more: Vars) => table({ ansible_ipvs_table: live, ...more }, servers).save_lines

    it('are services of others, too, unless they are to go', () => {
      const own = saved({ other_services: 'remove' })
      expect(own).toHaveLength(3)
      expect(saved({})).toEqual([...own, ...foreign])
      expect(saved({ other_services: 'keep' })).toEqual(saved({}))
    })
  })

  describe('what is no VIP any more', () => {
    const own = (file: string, ...addresses: string[]) =>
      addresses.map((address, i) => ({ address, file: file.replace('N', String(i + 1)) }))
    const debian = '/etc/network/interfaces.d/lvs-vip'
    const el = '/etc/sysconfig/network-scripts/ifcfg-eth0:N'
    const live = [
      '-A -t 10.0.0.6:80 -s wlc',
      '-a -t 10.0.0.6:80 -r 10.0.0.2:80 -g -w 1',
      '-A -t 10.0.0.7:80 -s wlc',
      '-a -t 10.0.0.7:80 -r 10.0.0.2:80 -g -w 1',
      '-A -t 10.0.0.9:25 -s rr',
      '-A -f 7 -s rr',
    ]
    const seen = {
      ansible_ipvs_table: live,
      ansible_lvs_vips: own(el, '10.0.0.7', '10.0.0.6'),
      vip_interface: 'eth0',
    }

    it('leaves the director with its services, those of others stay', () => {
      const { gone, save_lines } = table(seen, servers)
      expect(gone).toMatchObject({
        ...{ vips: ['10.0.0.7'], still: ['10.0.0.6'] },
        files: ['/etc/sysconfig/network-scripts/ifcfg-eth0:2'],
        services: [{ protocol: 'tcp', address: '10.0.0.7', port: 80 }],
      })
      expect(gone.services).toHaveLength(1)
      expect(save_lines.filter((line) => line.startsWith('-A'))).toEqual([
        '-A -t 10.0.0.6:80 -s wlc',
        '-A -t 10.0.0.9:25 -s rr',
        '-A -f 7 -s rr',
      ])
    })

    it('stays on a real server that a director still sends it to', () => {
      const former = { ansible_lvs_vips: own(debian, '10.0.0.6', '10.0.0.7') }
      const both = { rs1: { ...servers.rs1, ...former }, rs2: { ...servers.rs2, ...former } }
      const of = (host: string, director: Vars = seen) => table(director, both, { host })
      expect(of('rs1').kept).toEqual(['10.0.0.6', '10.0.0.7'])
      expect(of('rs1').gone).toMatchObject({ vips: [], still: ['10.0.0.6', '10.0.0.7'] })
      const rs2 = {
        ...{ vips: ['10.0.0.7'], still: ['10.0.0.6'] },
        files: ['ifcfg', 'route'].map((kind) => `/etc/sysconfig/network-scripts/${kind}-lo:1`),
      }
      expect(of('rs2').gone).toMatchObject(rs2)
      expect(of('rs1', { ...seen, ansible_ipvs_table: live.slice(0, 2) }).gone).toMatchObject(rs2)
    })

    it('where all are VIPs, or no file is ours, there is none', () => {
      const nothing = { vips: [], files: [], services: [] }
      expect(table({ ...seen, ansible_lvs_vips: [] }, servers).gone).toMatchObject(nothing)
      const ours = { ...seen, ansible_lvs_vips: own(el, '10.0.0.6') }
      expect(table(ours, servers).gone).toMatchObject(nothing)
    })
  })

  it('what ipvsadm -S leaves out is in the lines to restore alone', () => {
    const rs1 = { ...servers.rs1, upper_threshold: 100, lower_threshold: 80 }
    const plain = table({}, servers)
    expect(plain.timeouts).toEqual({ tcp: 0, tcpfin: 0, udp: 0 })
    expect(plain.thresholds).toEqual([])
    expect(plain.restore_lines).toEqual(plain.save_lines)
    const ipvs_timeouts = { tcp: 900, udp: '60' }
    const { thresholds, save_lines, restore_lines } = table({ ipvs_timeouts }, { rs1 })
    expect(thresholds).toEqual([
      { server: '-t 10.0.0.6:80 -r 10.0.0.2:80', options: '-x 100 -y 80' },
    ])
    expect(save_lines[1]).toBe('-a -t 10.0.0.6:80 -r 10.0.0.2:80 -g -w 1')
    expect(restore_lines).toEqual([
      '--set 900 0 60',
      '-A -t 10.0.0.6:80 -s wlc',
      '-a -t 10.0.0.6:80 -r 10.0.0.2:80 -g -w 1 -x 100 -y 80',
    ])
  })
})
