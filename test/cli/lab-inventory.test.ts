import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { labInventory, readCluster } from '../../src/cli/lab-inventory.js'
import { layOut } from '../../src/lab/spec.js'
import { hostsOf } from '../../src/site/inventory.js'
import { loadInventory } from '../../src/site/load-inventory.js'

const folder = mkdtempSync(join(tmpdir(), 'dr-play-lab-inventory-'))
afterAll(() => rmSync(folder, { recursive: true }))

const connection = { user: 'root', privateKeyFile: '/key', knownHostsFile: '/known' }
const SITE = `[director]
d ansible_host=10.0.0.3
[realserver]
rs1 ansible_host=10.0.0.2 weight=2
[all:vars]
vip=10.0.0.6
`

function read(text: string) {
  const file = join(folder, 'inventory')
  writeFileSync(file, text)
  return readCluster([file])
}

/** The inventory of the lab that is built of this one. */
function written(text: string) {
  const cluster = read(text)
  const spec = { name: 'x', hosts: cluster.hosts, reserved: cluster.vips, systemd: false }
  const lab = {
    plan: { ...layOut({ ...spec, flavor: 'debian' }), kernel: 'uml' as const },
    connection,
  }
  const file = join(folder, 'lab.yml')
  writeFileSync(file, labInventory(cluster, lab))
  const loaded = loadInventory([file])
  const vars = (host: string) =>
    Object.fromEntries(
      loaded
        .layers(host)
        .flatMap((layer) => [...layer.vars].map(([name, { value }]) => [name, value])),
    )
  return { vars, group: (name: string) => hostsOf(loaded.inventory, name) }
}

describe('the inventory of a lab', () => {
  it("has the lab's client in the group client, with what holds for all hosts", () => {
    const lab = written(SITE)
    expect(lab.group('client')).toEqual(['client'])
    expect(lab.vars('client')).toMatchObject({ ansible_host: '10.0.0.251', vip: '10.0.0.6' })
    expect(lab.vars('client')).toMatchObject({ ansible_ssh_private_key_file: '/key' })
  })

  it('keeps the groups of the cluster and their variables', () => {
    const lab = written(SITE)
    expect([lab.group('director'), lab.group('realserver')]).toEqual([['d'], ['rs1']])
    expect(lab.vars('rs1')).toMatchObject({ ansible_host: '10.0.0.2', weight: 2 })
  })

  it('adds none to clients of the user', () => {
    const lab = written(`${SITE}[client]\np1 ansible_host=10.0.0.8\np2 ansible_host=10.0.0.9\n`)
    expect(lab.group('client')).toEqual(['p1', 'p2'])
    expect(lab.group('all').sort()).toEqual(['d', 'p1', 'p2', 'rs1'])
    expect(lab.vars('p1')).toMatchObject({ ansible_host: '10.0.0.8' })
  })

  it('adds one to an empty group', () => {
    expect(written(`${SITE}[client]\n`).group('client')).toEqual(['client'])
  })
})

it.each([
  [`${SITE}[web]\nclient\n`, /^the host "client" is none of the cluster/],
  ['[client]\nc ansible_host=10.0.0.8\n', /has no hosts for a lab/],
])('no lab is made of %j', (text, message) => {
  expect(() => read(text)).toThrow(message)
})
