import { existsSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { capture } from '../../src/lab/process.js'
import { sh, type Sh } from '../../src/core/sh.js'
import { runScript } from './converge.js'
import { canHaveMachine, openMachine, type PrivateMachine } from './private-machine.js'
import { bootSystemd, canBootSystemd } from './systemd-machine.js'

const kinds: [string, boolean, () => Promise<PrivateMachine>][] = [
  ['with a loopback alone', canHaveMachine, () => openMachine()],
  ['on the network of this machine', canHaveMachine, () => openMachine(true)],
  ['that boots systemd', canBootSystemd, bootSystemd],
]

/** What is done inside leaves this machine as it is. */
describe.each(kinds)('a private machine %s', (_, can, open) => {
  describe.runIf(can)('here', () => {
    let machine: PrivateMachine
    const run = (script: Sh) => runScript(script, machine)
    const printed = async (script: Sh) => {
      const { status, stdout, stderr } = await run(script)
      expect(status, stderr).toBe(0)
      return stdout.trim()
    }

    beforeAll(async () => {
      machine = await open()
    })
    afterAll(() => machine.close())

    it('has a name of its own', async () => {
      const before = hostname()
      expect(await printed(sh`hostname another-name && hostname`)).toBe('another-name')
      expect(hostname()).toBe(before)
    })

    it('has messages and shared memory of its own', async () => {
      const seen = async () => (await capture(['ipcs', '-m'])).stdout
      const before = await seen()
      const inside = await printed(
        sh`ipcmk -M 4096 >/dev/null && ipcs -m && : >/dev/shm/dr-play-test`,
      )
      expect(inside).toContain(' 4096 ')
      expect(await seen()).toBe(before)
      expect(existsSync('/dev/shm/dr-play-test')).toBe(false)
    })

    it.each(['/', '/etc', '/home', '/opt', '/run', '/tmp', '/usr/local', '/var/lib'])(
      'writes a file in %s for itself',
      async (folder) => {
        const file = `${folder}/dr-play-private-test`
        await printed(sh`echo x >${file}`)
        expect(existsSync(file)).toBe(false)
      },
    )

    it('ends its own processes, and sees no other', async () => {
      expect(await printed(sh`[ ! -e /proc/${process.pid} ] && echo hidden`)).toBe('hidden')
    })

    it.each([
      ['a kernel parameter', '/proc/sys/kernel/panic'],
      ['a parameter of a module', '/sys/module/kernel/parameters/panic'],
    ])('cannot change %s', async (_, file) => {
      const value = readFileSync(file, 'utf8')
      const { status } = await run(sh`cat ${file} >/run/same && cat /run/same >${file}`)
      expect(status).not.toBe(0)
      expect(readFileSync(file, 'utf8')).toBe(value)
    })

    it('cannot set the clock', async () => {
      const { status, stderr } = await run(sh`date -s "@$(date +%s)"`)
      expect([status, stderr]).toEqual([1, expect.stringContaining('not permitted')])
    })

    it('makes no control group on this machine', async () => {
      const name = 'dr-play-private-test'
      await run(sh`for dir in /sys/fs/cgroup /sys/fs/cgroup/*; do mkdir $dir/${name}; done`)
      const { stdout } = await capture(['find', '/sys/fs/cgroup', '-maxdepth', '2', '-name', name])
      expect(stdout).toBe('')
    })
  })
})
