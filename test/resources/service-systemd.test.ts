import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sh } from '../../src/core/sh.js'
import { copy } from '../../src/resources/copy.js'
import { service } from '../../src/resources/service.js'
import {
  apply,
  expectConverges,
  expectInState,
  observe,
  observeAll,
  runScript,
  type Surroundings,
} from '../support/converge.js'
import type { PrivateMachine } from '../support/private-machine.js'
import { bootSystemd, canBootSystemd } from '../support/systemd-machine.js'

describe.runIf(canBootSystemd)('systemd', () => {
  let machine: PrivateMachine
  let here: Surroundings
  beforeAll(async () => {
    machine = await bootSystemd()
    here = { shell: machine.shell, facts: { service_mgr: 'systemd' } }
  })
  afterAll(() => machine.close())

  const unit = (name: string, ...body: string[]) => {
    const content = ['[Service]', ...body, '[Install]', 'WantedBy=multi-user.target', ''].join('\n')
    return expectConverges(copy, { dest: `/etc/systemd/system/${name}.service`, content }, here)
  }
  const summaries = async (args: Parameters<typeof service.want>[0]) =>
    (await expectConverges(service, args, here)).plan.map(({ summary }) => summary)

  test('starts, restarts, reloads and stops Apache', async () => {
    const name = 'apache2'
    expect(await summaries({ name, state: 'started' })).toEqual(['apache2: start'])
    await expectInState(service, { name, state: 'started' }, here)
    const pid = async () => (await runScript(sh`systemctl show -p MainPID apache2`, here)).stdout
    const first = await pid()
    expect(await summaries({ name, state: 'reloaded' })).toEqual(['apache2: reload'])
    expect(await pid()).toBe(first)
    expect(await summaries({ name, state: 'restarted' })).toEqual(['apache2: restart'])
    expect(await pid()).not.toBe(first)
    expect(await summaries({ name, state: 'stopped' })).toEqual(['apache2: stop'])
    await expectInState(service, { name, state: 'stopped' }, here)
    expect(await summaries({ name, state: 'reloaded' })).toEqual(['apache2: reload'])
  })

  test.each(['apache2', 'apache2.service', 'ipvsadm'])('enables and disables %s', async (name) => {
    expect(await summaries({ name, enabled: false })).toEqual([`${name}: disable`])
    expect(await summaries({ name, enabled: true })).toEqual([`${name}: enable`])
    await expectInState(service, { name, enabled: true }, here)
  })

  test('a oneshot that remains counts as started', async () => {
    await unit('once', 'Type=oneshot', 'RemainAfterExit=yes', 'ExecStart=/bin/true')
    const args = { name: 'once', state: 'started', enabled: true } as const
    expect(await summaries(args)).toEqual(['once: enable', 'once: start'])
    await expectInState(service, args, here)
  })

  // A unit with a link that its file does not name is neither enabled nor disabled: indirect.
  test('reads many at once, by alias and by full name too', async () => {
    await unit('long', 'ExecStart=/bin/sleep 1000')
    await runScript(
      sh`ln -s long.service /etc/systemd/system/other.service
systemctl daemon-reload; systemctl start long; systemctl mask --now never`,
      here,
    )
    const names = ['missing', 'other', 'never', 'long.service', 'basic.target', 'worker@']
    const all = await observeAll(
      service,
      names.map((name) => ({ name, state: 'started' as const })),
      here,
    )
    expect(all.map(({ have }) => have)).toEqual([
      { running: 'no', boot: 'no' },
      { running: 'yes', boot: 'fixed' },
      { running: 'no', boot: 'no' },
      { running: 'yes', boot: 'fixed' },
      { running: 'yes', boot: 'fixed' },
      { running: 'no', boot: 'no' },
    ])
  })

  test('a unit file that was changed counts without a reload of its own', async () => {
    await unit('fresh', 'ExecStart=/bin/sleep 1001')
    await expectConverges(service, { name: 'fresh', state: 'started' }, here)
    await unit('fresh', 'ExecStart=/bin/sleep 1002')
    await expectConverges(service, { name: 'fresh', state: 'restarted' }, here)
    const { stdout } = await runScript(sh`systemctl show -p ExecStart fresh`, here)
    expect(stdout).toContain('sleep 1002')
  })

  test('shows what a service said that would not start', async () => {
    await unit('broken', 'Type=oneshot', `ExecStart=/bin/sh -c 'echo no such port; exit 1'`)
    const { plan } = await observe(service, { name: 'broken', state: 'started' }, here)
    const [outcome] = await apply(plan, here)
    expect(outcome?.status).not.toBe(0)
    expect(outcome?.stderr).toContain('no such port')
  })

  test('a unit that is missing is planned, and fails when it is still missing', async () => {
    await expectInState(service, { name: 'missing', state: 'stopped', enabled: false }, here)
    const { plan } = await observe(service, { name: 'missing', state: 'started' }, here)
    const [outcome] = await apply(plan, here)
    expect(outcome?.status).not.toBe(0)
    expect(outcome?.stderr).toContain('missing.service not found')
  })
})
