import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClusterStatus } from '../../src/lvs/status.js'
import { drPlayIn } from '../support/command-line.js'

const CLUSTER = `[director]
director ansible_host=192.168.139.3
[realserver]
rs1 ansible_host=192.168.139.2 weight=1
[client]
client ansible_host=192.168.139.9
[all:vars]
vip=192.168.139.6
`

const dir = mkdtempSync(join(tmpdir(), 'dr-play-status-'))
beforeAll(() => {
  writeFileSync(join(dir, 'cluster'), CLUSTER)
  writeFileSync(join(dir, 'twins'), CLUSTER.replace('vip=192.168.139.6', 'vip=192.168.139.2'))
  writeFileSync(join(dir, 'web'), '[web]\na\n')
})
afterAll(() => rmSync(dir, { recursive: true }))

const status = (...args: string[]) => drPlayIn(dir)('status', ...args)
const inventory = (name: string) => ['-i', join(dir, name)]

describe('bad usage: exit 1, and no host is contacted', () => {
  it.each<[string, string[], string]>([
    ['no inventory', [], 'name it with -i: dr-play status -i inventory'],
    ['an unknown flag', ['--whatch'], "unknown option '--whatch'"],
    ['no seconds', ['-i', 'x', '--watch', 'often'], 'It must be a number of seconds'],
    ['seconds of none', ['-i', 'x', '--watch', '0'], 'It must be a number of seconds'],
    ['another form', ['-i', 'x', '-o', 'xml'], 'Allowed choices are text, json'],
    ['a playbook that is nowhere', ['gone.yml', '-i', 'x'], 'there is no playbook "gone.yml"'],
  ])('%s', async (_, args, message) => {
    const { exit, stdout, stderr } = await status(...args)
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' })
    expect(stderr).toContain(message)
  })

  it.each<[string, string[], string]>([
    ['no cluster', inventory('web'), '[lvs/no-director]'],
    ['nobody left', [...inventory('cluster'), '-l', 'client'], 'no director and no real server'],
    ['a limit of nobody', [...inventory('cluster'), '-l', 'rs7'], '"rs7"'],
    ['a cluster that cannot work', inventory('twins'), '[lvs/vip-is-a-rip]'],
  ])('%s', async (_, args, message) => {
    const { exit, stdout, stderr } = await status(...args, '-c', 'local')
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' })
    expect(stderr).toContain(message)
  })
})

describe('a director that is no director yet', () => {
  const look = (...args: string[]) =>
    status(...inventory('cluster'), '-c', 'local', '-l', 'director', '--no-check', ...args)

  it('exit 2, and one JSON document', async () => {
    const { exit, stdout } = await look('-o', 'json')
    const told = JSON.parse(stdout) as ClusterStatus & { time: string }
    expect(Date.parse(told.time)).toBeGreaterThan(0)
    expect(told).toMatchObject({
      exit: 2,
      directors: [
        {
          host: 'director',
          reached: 'yes',
          vips: [{ address: '192.168.139.6', device: null }],
          services: 0,
          check: null,
          level: 'broken',
        },
      ],
      services: [],
      realServers: [],
      drift: [{ director: 'director', odd: ['inventory'] }],
    })
    expect(exit).toBe(2)
  })

  it('in lines, without colours where nobody looks', async () => {
    const { stdout } = await look()
    expect(stdout).toContain('!  director  192.168.139.6 missing  none   none   broken\n')
    expect(stdout).toContain('a table is in the inventory, but neither live nor saved\n')
    expect(stdout).not.toContain('\u001b')
  })
})

describe('the check run', () => {
  const check = async (tasks: string, hosts = 'director') => {
    writeFileSync(join(dir, 'play.yml'), `- hosts: ${hosts}\n  tasks: ${tasks}\n`)
    const { exit, stdout } = await status(
      join(dir, 'play.yml'),
      ...inventory('cluster'),
      ...['-c', 'local', '-l', 'director', '-o', 'json'],
    )
    const told = JSON.parse(stdout) as ClusterStatus
    return { exit, director: told.directors[0]! }
  }
  const file = join(dir, 'motd')

  it('tells what a run of the playbook would change, and changes nothing', async () => {
    const { director } = await check(
      `[{ name: the greeting, copy: { dest: ${file}, content: x } }, { debug: { msg: here } }]`,
    )
    expect(director.check).toEqual({
      word: 'drift',
      would: [{ task: 'the greeting', module: 'copy', summary: `${file}: created` }],
    })
    expect(existsSync(file)).toBe(false)
  })

  it('a playbook of which nothing is left to do', async () => {
    const { director } = await check('[{ debug: { msg: here } }]')
    expect(director.check).toEqual({ word: 'in state', would: [] })
  })

  it('one that fails is broken', async () => {
    const { exit, director } = await check('[{ name: that, fail: { msg: this host is odd } }]')
    expect(director.check).toEqual({
      word: 'failed',
      would: [],
      message: 'that: this host is odd',
    })
    expect(director.problems.map(({ message }) => message)).toContain(
      'the check run failed: that: this host is odd',
    )
    expect(exit).toBe(2)
  })

  it('a host that no play is for is unchecked', async () => {
    const { director } = await check('[{ debug: { msg: here } }]', 'realserver')
    expect(director.check!.word).toBe('unchecked')
  })

  it('secrets are not shown', async () => {
    const { director } = await check('[{ name: that, no_log: true, fail: { msg: my password } }]')
    expect(JSON.stringify(director)).not.toContain('my password')
  })
})
