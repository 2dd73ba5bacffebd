import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ClusterFlags, clusterHosts } from '../../src/cli/cluster-hosts.js'
import { sh } from '../../src/core/sh.js'

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'dr-play-hosts-'))
  writeFileSync(
    join(dir, 'inventory'),
    `[director]
lb
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

const read = (flags: Partial<ClusterFlags> = {}) =>
  clusterHosts('status', {
    inventory: [join(dir, 'inventory')],
    extraVars: ['ansible_port=22'],
    connection: 'ssh',
    hostKeyChecking: 'yes',
    timeout: 10,
    forks: 10,
    ...flags,
  })

describe('clusterHosts', () => {
  it('names the hosts of the three groups, with their variables', async () => {
    const { groups, variables } = await read()
    expect(groups.director).toEqual({ all: ['lb'], asked: ['lb'] })
    expect(groups.realserver.asked).toEqual(['rs1', 'rs2'])
    expect(groups.client.asked).toEqual(['probe'])
    expect(variables.scope('rs2').get('weight')).toBe(2)
    expect(variables.scope('lb').get('lvs')).toMatchObject({
      wanted: [{ real_servers: [{ name: 'rs1' }, { name: 'rs2' }] }],
    })
  })

  it('--limit leaves hosts unasked, and known', async () => {
    const { groups, survey } = await read({ limit: 'rs1' })
    expect(groups.realserver).toEqual({ all: ['rs1', 'rs2'], asked: ['rs1'] })
    const asking = survey(new AbortController().signal)
    const answers = await asking.ask(() => [sh`echo here`])
    await asking.close()
    expect([...answers]).toMatchObject([['rs1', { frames: [{ stdout: 'here\n' }] }]])
  })

  it.each<[string, Partial<ClusterFlags>, string]>([
    ['no inventory', { inventory: undefined }, 'no inventory is given'],
    ['no host of a cluster', { inventory: ['other,'] }, 'has no host in the groups director'],
    ['a limit that leaves none', { limit: 'web' }, '"web" leaves no host of the cluster'],
    ['a limit that means nobody', { limit: 'rs9' }, '"rs9" is no host'],
    ['a wrong variable', { extraVars: [] }, 'ansible_port cannot be "none"'],
  ])('%s', async (_, flags, message) => {
    await expect(read(flags)).rejects.toThrow(message)
  })
})
