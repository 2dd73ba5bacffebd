import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'
import { lvs } from '../../src/cli/lvs-variable.js'
import { inventoryFile } from '../../src/lvs/import/inventory.js'
import { readSaveFile } from '../../src/lvs/import/ipvsadm-save.js'
import { commented } from '../../src/lvs/import/yaml-lines.js'
import { formatTable, type VirtualService } from '../../src/lvs/table.js'
import { Variables } from '../../src/run/variables.js'
import { loadInventory } from '../../src/site/load-inventory.js'
import { clusterOf } from '../lvs/import/support.js'
import { table } from '../lvs/generators.js'

const folder = mkdtempSync(join(tmpdir(), 'dr-play-round-trip-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A save file does not say which VIPs get a firewall mark. */
const VIPS = 'all: {vars: {vip: 203.0.113.9}}\n'

/** The table that the director gets from the inventory that is made of a save file. */
function throughInventory(text: string): string {
  const cluster = clusterOf([readSaveFile(text, 'rules')])
  const [vips, inventory] = ['vips.yml', 'inventory.yml'].map((name) => join(folder, name))
  writeFileSync(vips!, VIPS)
  writeFileSync(inventory!, commented(inventoryFile(cluster).lines))
  const loaded = loadInventory([vips!, inventory!])
  // What the director would say of itself.
  const at = { file: '-e', line: 1, col: 1 }
  const facts = new Map([
    ['ansible_ipvs_table', { value: text.trimEnd().split('\n'), at }],
    ['ansible_ipvs_joining', { value: [], at }],
    ['ansible_lvs_vips', { value: [], at }],
  ])
  const variables = new Variables(loaded, new Map(), facts, { lvs }, folder)
  const { services } = variables.scope('director').get('lvs') as {
    services: (Omit<VirtualService, 'realServers'> & Pick<Listed, 'real_servers'>)[]
  }
  return formatTable(
    services.map(({ real_servers, ...rest }) => ({ ...rest, realServers: real_servers })),
  )
}

interface Listed {
  real_servers: VirtualService['realServers']
}

it('law: a table that is imported and loaded again is the same table', () => {
  fc.assert(
    fc.property(table, (services) => {
      fc.pre(services.length > 0)
      const text = formatTable(services.map(possible))
      expect(throughInventory(text)).toBe(text)
    }),
  )
})

/** No inventory takes a real server that has the VIP as its own address, or a tunnel's options. */
function possible(service: VirtualService): VirtualService {
  const { address, realServers } = service
  const others = realServers.filter((server) => server.address !== address)
  return { ...service, realServers: others.filter(({ tunnel }) => tunnel === undefined) }
}
