import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type ClusterFlags,
  clusterSite,
  lvsOf,
  scopeOf,
  surveyOf,
} from '../../src/cli/cluster-hosts.js'
import { sh } from '../../src/core/sh.js'

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'dr-play-hosts-'))
  writeFileSync(
    join(dir, 'inventory'),
    `[director]
lb ansible_host=192.168.139.3
[realserver]
rs1 ansible_host=192.168.139.2 weight=1
rs2 ansible_host=192.168.139.4 weight=2
[client]
probe ansible_port=none
[web]
other
[all:vars]
vip=192.168.139.6
ansible_connection=local
`,
  )
  writeFileSync(join(dir, 'web'), '[web]\nother\n')
})
afterAll(() => rmSync(dir, { recursive: true }))

const flagsOf = (flags: Partial<ClusterFlags> = {}): ClusterFlags => ({
  inventory: [join(dir, 'inventory')],
  extraVars: ['ansible_port=22'],
  connection: 'ssh',
  hostKeyChecking: 'yes',
  timeout: 10,
  forks: 10,
  ...flags,
})
const read = (flags: Partial<ClusterFlags> = {}) =>
  clusterSite('status', 'site.yml', flagsOf(flags))

describe('clusterSite', () => {
  it('names the hosts of the three groups, with their variables', async () => {
    const { groups, site } = await read()
    expect(groups.director).toEqual({ all: ['lb'], asked: ['lb'] })
    expect(groups.realserver.asked).toEqual(['rs1', 'rs2'])
    expect(groups.client.asked).toEqual(['probe'])
    expect(site.variables.scope('rs2').get('weight')).toBe(2)
    expect(lvsOf(scopeOf(site, 'lb', 'director'))).toMatchObject({
      wanted: [{ scheduler: 'wlc', real_servers: [{ name: 'rs1' }, { name: 'rs2' }] }],
    })
  })

  it('--limit leaves hosts unasked, and known', async () => {
    const flags = flagsOf({ limit: 'rs1' })
    const cluster = await read(flags)
    expect(cluster.groups.realserver).toEqual({ all: ['rs1', 'rs2'], asked: ['rs1'] })
    const asking = surveyOf(cluster, flags, new AbortController().signal)
    const answers = await asking.ask(() => [sh`echo here`])
    await asking.close()
    expect([...answers]).toMatchObject([['rs1', { frames: [{ stdout: 'here\n' }] }]])
  })

  it.each<[string, Partial<ClusterFlags>, string]>([
    ['no inventory', { inventory: undefined }, 'no inventory is given'],
    ['no host of a cluster', { inventory: ['other,'] }, 'there is no director'],
    ['a limit that leaves none', { limit: 'web' }, '"web" leaves no host of the cluster'],
    ['a limit that means nobody', { limit: 'rs9' }, '"rs9" is no host'],
  ])('%s', async (_, flags, message) => {
    await expect(read(flags)).rejects.toThrow(message)
  })

  it('a client that cannot be reached so', async () => {
    const flags = flagsOf({ extraVars: [] })
    const cluster = await read(flags)
    expect(() => surveyOf(cluster, flags, new AbortController().signal)).toThrow(
      'ansible_port cannot be "none"',
    )
  })
})
