import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { directorLook, readDirector } from '../../src/lvs/see-director.js'
import { runScript } from '../support/converge.js'
import { shells } from '../support/form.js'
import { canMakeNetns } from '../support/netns.js'

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'dr-play-see-'))
})
afterAll(() => rmSync(dir, { recursive: true }))

/** What comes back from a host; what a director with IPVS says is tried in test/e2e. */
async function see(shell: readonly string[], savedIn: string | undefined) {
  const { status, ...printed } = await runScript(directorLook(savedIn), { shell })
  const seen = readDirector({ step: 0, status: status ?? 1, ...printed })
  if (typeof seen === 'string') throw new Error(seen)
  return seen
}

describe.each(shells)('a host without IPVS, with %s', (shell) => {
  it('has no table, and its file says what a boot would bring', async () => {
    const path = join(dir, 'rules')
    writeFileSync(path, '# ours\n-A -t 10.0.0.6:80 -s wlc\n')
    const { live, saved, addresses } = await see([shell], path)
    expect(live).toEqual([])
    expect(saved).toMatchObject({ path, table: [{ address: '10.0.0.6', scheduler: 'wlc' }] })
    expect(addresses.map(({ device }) => device)).toContain('lo')
  })

  it('a file that is not there is no table', async () => {
    const path = join(dir, 'none')
    expect((await see([shell], path)).saved).toEqual({ path, table: [] })
  })

  it('a file that is none is told, with the line', async () => {
    const path = join(dir, 'wrong')
    writeFileSync(path, '-A -t 10.0.0.6:80 -s wlc\n-a -t 10.0.0.6:http -r 10.0.0.2:80\n')
    const { saved } = await see([shell], path)
    expect(saved.unreadable).toBe('line 2: "10.0.0.6:http" is no address and port')
  })

  it.runIf(canMakeNetns).each([
    ['ID=debian', '/etc/ipvsadm.rules'],
    ['ID=linuxmint\nID_LIKE="ubuntu debian"', '/etc/ipvsadm.rules'],
    ['ID="rocky"\nID_LIKE="rhel centos fedora"', '/etc/sysconfig/ipvsadm'],
  ])('the file of the OS: %s', async (release, path) => {
    const file = join(dir, 'os-release')
    writeFileSync(file, `${release}\n`)
    const own = `mount --bind ${file} /etc/os-release && exec ${shell}`
    const { saved } = await see(['unshare', '--mount', 'sh', '-c', own], undefined)
    expect(saved.path).toBe(path)
  })
})
