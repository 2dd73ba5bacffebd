import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sh } from '../../src/core/sh.js'
import { copy } from '../../src/resources/copy.js'
import { service } from '../../src/resources/service.js'
import {
  apply,
  expectConverges,
  expectInState,
  isValid,
  observe,
  observeAll,
  runScript,
  type Surroundings,
} from '../support/converge.js'
import { canHaveMachine, openMachine, type PrivateMachine } from '../support/private-machine.js'

test.each([
  [{ name: 'apache2', state: 'started' }, true],
  [{ name: 'getty@tty1.service', enabled: true }, true],
  [{ name: 'apache2' }, false],
  [{ name: 'apache2', state: 'running' }, false],
  [{ name: 'apache2', enabled: 'yes' }, false],
  [{ name: '../motd', state: 'started' }, false],
  [{ name: '-H', state: 'started' }, false],
])('the schema on %j: %s', (args, valid) => {
  expect(isValid(service, args)).toBe(valid)
})

test('says which service managers it knows', async () => {
  await expect(
    observe(service, { name: 'cron', state: 'started' }, { facts: { service_mgr: 'runit' } }),
  ).rejects.toThrow('the service manager is runit')
})

describe.runIf(canHaveMachine)('System V init', () => {
  let machine: PrivateMachine
  let here: Surroundings
  beforeAll(async () => {
    machine = await openMachine()
    here = { shell: machine.shell, facts: { service_mgr: 'sysvinit' } }
  })
  afterAll(() => machine.close())

  const script = async (name: string, body: string) => {
    const dest = `/etc/init.d/${name}`
    await expectConverges(copy, { dest, content: `#!/bin/sh\n${body}`, mode: '0755' }, here)
  }

  test('starts, restarts, reloads and stops Apache', async () => {
    const args = { name: 'apache2' }
    const started = await expectConverges(service, { ...args, state: 'started' }, here)
    expect(started.plan.map(({ summary }) => summary)).toEqual(['apache2: start'])
    await expectInState(service, { ...args, state: 'started' }, here)
    const pid = async () => (await runScript(sh`cat /run/apache2/apache2.pid`, here)).stdout
    const first = await pid()
    await expectConverges(service, { ...args, state: 'reloaded' }, here)
    expect(await pid()).toBe(first)
    await expectConverges(service, { ...args, state: 'restarted' }, here)
    expect(await pid()).not.toBe(first)
    await expectConverges(service, { ...args, state: 'stopped' }, here)
    await expectInState(service, { ...args, state: 'stopped' }, here)
    const { plan } = await expectConverges(service, { ...args, state: 'reloaded' }, here)
    expect(plan.map(({ summary }) => summary)).toEqual(['apache2: reload'])
    await expectConverges(service, { ...args, state: 'stopped' }, here)
  })

  test('enables and disables', async () => {
    await expectInState(service, { name: 'apache2', enabled: true }, here)
    await expectConverges(service, { name: 'apache2', enabled: false }, here)
    await expectInState(service, { name: 'apache2', enabled: false }, here)
    await expectConverges(service, { name: 'apache2', enabled: true }, here)
    await runScript(sh`rm /etc/rc?.d/*apache2`, here)
    await expectConverges(service, { name: 'apache2', enabled: true }, here)
  })

  test('reads what of many services runs and boots, at once', async () => {
    await script('up', 'exit 0')
    await script('down', 'exit 3')
    await script('without-status', 'echo "usage: start|stop"; exit 2')
    const names = ['up', 'without-status', 'apache2', 'down', 'missing', 'up']
    const all = await observeAll(
      service,
      names.map((name) => ({ name, state: 'stopped' as const, enabled: false })),
      here,
    )
    expect(all.map(({ have }) => have)).toEqual([
      { running: 'yes', boot: 'no' },
      { running: 'no', boot: 'no' },
      { running: 'no', boot: 'yes' },
      { running: 'no', boot: 'no' },
      { running: 'no', boot: 'no' },
      { running: 'yes', boot: 'no' },
    ])
  })

  test('runs no script of a service of which only the boot is asked, or that is to restart', async () => {
    await script('writer', 'touch /run/asked')
    await observe(service, { name: 'writer', enabled: true }, here)
    await observe(service, { name: 'writer', state: 'restarted' }, here)
    expect(await runScript(sh`test -e /run/asked`, here)).toMatchObject({ status: 1 })
    await observe(service, { name: 'writer', state: 'started' }, here)
    expect(await runScript(sh`test -e /run/asked`, here)).toMatchObject({ status: 0 })
  })

  test('believes a pid file, and asks the script where that names no process of the service', async () => {
    await script('pidded', 'touch /run/asked; exit 3')
    const runs = async (pid: string) => {
      await runScript(sh`rm -f /run/asked; echo ${pid} >/run/pidded.pid`, here)
      const { have } = await observe(service, { name: 'pidded', state: 'started' }, here)
      const { status } = await runScript(sh`test -e /run/asked`, here)
      return [have.running, status === 0 ? 'asked' : 'not asked']
    }
    // Under its own name, and under another one.
    const begin = sh`cp /bin/sleep /run/pidded
{ /run/pidded 60 >/dev/null 2>&1 & echo $!; sleep 60 >/dev/null 2>&1 & echo $!; }`
    const [own = '', other = ''] = (await runScript(begin, here)).stdout.split('\n')
    expect(await runs(own)).toEqual(['yes', 'not asked'])
    expect(await runs(other)).toEqual(['no', 'asked'])
    expect(await runs('../self')).toEqual(['no', 'asked'])
    await runScript(sh`kill ${own} ${other}`, here)
    expect(await runs(own)).toEqual(['no', 'asked'])
  })

  test('a service that is not installed is planned, and fails when it is still missing', async () => {
    await expectInState(service, { name: 'missing', state: 'stopped', enabled: false }, here)
    const { plan } = await observe(service, { name: 'missing', state: 'started' }, here)
    expect(await apply(plan, here)).toMatchObject([
      { status: 1, stderr: 'this host has no service missing\n' },
    ])
  })

  test('a daemon that keeps its output open does not hold the channel', async () => {
    await script(
      'noisy',
      `case $1 in
        start) sleep 1000 & echo $! >/run/noisy ;;
        status) kill -0 $(cat /run/noisy) ;;
        stop) kill $(cat /run/noisy) ;;
      esac`,
    )
    await expectConverges(service, { name: 'noisy', state: 'started' }, here)
    await expectConverges(service, { name: 'noisy', state: 'stopped' }, here)
  })

  test('shows what a service said that would not start', async () => {
    await script('broken', '[ $1 = start ] && echo "no such port"; exit 1')
    const { plan } = await observe(service, { name: 'broken', state: 'started' }, here)
    expect(await apply(plan, here)).toMatchObject([
      { status: 1, stderr: 'service broken start failed:\nno such port\n' },
    ])
  })

  test('waits for a service that is slow to say that it runs', async () => {
    await script(
      'slow',
      `case $1 in
        start) (sleep 1; touch /run/slow) & ;;
        status) [ -e /run/slow ] ;;
      esac`,
    )
    await expectConverges(service, { name: 'slow', state: 'started' }, here)
  })

  test('does not take the word of a service that starts but never runs', async () => {
    await script('liar', '[ $1 = start ] && echo "all is well"')
    const { plan } = await observe(service, { name: 'liar', state: 'started' }, here)
    const [outcome] = await apply(plan, here)
    expect(outcome).toMatchObject({ status: 1 })
    expect(outcome?.stderr).toMatch(/^5 s after its start.*\nall is well\n$/)
  })
})
