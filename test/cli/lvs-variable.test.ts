import { describe, expect, it } from 'vitest'
import { lvs } from '../../src/cli/lvs-variable.js'
import type { Names } from '../../src/site/names.js'

const names = (values: Record<string, unknown>): Names => ({
  get: (name) => values[name],
  has: (name) => name in values,
  names: () => Object.keys(values),
})
type Table = { real_servers: Record<string, unknown>[]; save_lines: string[] }

/** The table of a cluster: its director, its real servers, and those of them that failed. */
function table(
  director: Record<string, unknown>,
  servers: Record<string, Record<string, unknown>>,
  failed: string[] = [],
): Table {
  const around = {
    failed: (name: string) => failed.includes(name),
    hostsIn: (group: string) => (group === 'realserver' ? Object.keys(servers) : []),
    of: (name: string) => names(servers[name]!),
  }
  return lvs(names({ vip: '10.0.0.6', ...director }), around) as Table
}
const servers = {
  rs1: { ansible_host: '10.0.0.2' },
  rs2: { ansible_host: '10.0.0.99', rip: '10.0.0.4', weight: 2 },
}

describe('lvs', () => {
  it('is the table, from the real servers’ own variables', () => {
    const { real_servers, save_lines } = table({}, servers)
    expect(real_servers).toMatchObject([
      { name: 'rs1', address: '10.0.0.2', port: 80, weight: 1 },
      { name: 'rs2', address: '10.0.0.4', port: 80, weight: 2 },
    ])
    expect(save_lines).toEqual([
      '-A -t 10.0.0.6:80 -s wlc',
      '-a -t 10.0.0.6:80 -r 10.0.0.2:80 -g -w 1',
      '-a -t 10.0.0.6:80 -r 10.0.0.4:80 -g -w 2',
    ])
  })

  it('takes scheduler, port and protocol from the director, text or not', () => {
    const { save_lines } = table({ scheduler: 'rr', service_port: '53', protocol: 'udp' }, servers)
    expect(save_lines[0]).toBe('-A -u 10.0.0.6:53 -s rr')
    expect(save_lines[1]).toBe('-a -u 10.0.0.6:53 -r 10.0.0.2:53 -g -w 1')
  })

  it('a real server is known by its name where it has no address', () => {
    expect(table({}, { '10.0.0.3': {} }).real_servers).toMatchObject([{ address: '10.0.0.3' }])
  })

  it('one that failed stays as the live table has it', () => {
    const live = ['-A -t 10.0.0.6:80 -s wlc', '-a -t 10.0.0.6:80 -r 10.0.0.4:80 -g -w 7']
    const { save_lines } = table({ ansible_ipvs_table: live }, servers, ['rs1', 'rs2'])
    // rs1 was not in it, and does not come in; rs2 keeps its weight.
    expect(save_lines).toEqual(live)
  })
})
