import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { drPlayIn } from '../support/command-line.js'
import { PATH } from '../support/no-lock.js'
import { type DelayProxy, delayProxy } from './delay-proxy.js'
import { me, type Sshd, startSshd } from './sshd.js'

let sshd: Sshd
let link: DelayProxy
beforeAll(async () => {
  sshd = await startSshd({ config: [`SetEnv "PATH=${PATH}"`] })
  link = await delayProxy(sshd.port, 50)
  const key = readFileSync(join(sshd.dir, 'host_ed25519.pub'), 'utf8')
  writeFileSync(join(sshd.dir, 'known'), `[127.0.0.1]:${link.port} ${key}`)
  writeFileSync(
    join(sshd.dir, 'play.yml'),
    `- hosts: all
  tasks:
    - copy: { dest: ${sshd.dir}/out, content: 'on {{ ansible_hostname }}' }
    - file: { path: ${sshd.dir}/folder, state: directory }
    - command: 'true'
      changed_when: false
      when: ansible_os_family == 'Plan9'
`,
  )
})
afterAll(() => {
  link.stop()
  sshd.stop()
})

async function play(): Promise<{ said: string; roundTrips: number }> {
  link.roundTrips()
  const login = `ansible_host=127.0.0.1 ansible_port=${link.port} ansible_user=${me}`
  writeFileSync(join(sshd.dir, 'inventory'), `far ${login}\n`)
  const files = ['--private-key', sshd.key, '--known-hosts', join(sshd.dir, 'known')]
  const { stdout } = await drPlayIn(sshd.dir)('play.yml', '-i', 'inventory', ...files)
  return { said: stdout, roundTrips: link.roundTrips() }
}

it('over a link of 100 ms a host in state takes at most 10 round trips, login included', async () => {
  const first = await play()
  expect(first.said).toContain('1 host changed')
  const again = await play()
  expect(again.said).toContain('everything in state on 1 host')
  expect(again.roundTrips).toBeLessThanOrEqual(10)
  expect(again.roundTrips).toBeLessThan(first.roundTrips)
})
