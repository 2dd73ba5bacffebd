import { describe, expect, it } from 'vitest'
import { missingPackages, whyNot } from '../../src/lab/needs.js'

describe('whyNot', () => {
  const linux = { platform: 'linux', uid: 0, arch: 'x64' }

  it.each([
    ['another system', { ...linux, platform: 'darwin' }, /this is darwin: run it in a Debian 12/],
    ['no root', { ...linux, uid: 1000 }, /only root may: run it as root, with sudo\.$/],
  ])('says in one sentence what to do about %s', (_, machine, sentence) => {
    expect(whyNot(machine)).toMatch(sentence)
    expect(whyNot(machine)!.match(/\./g)).toHaveLength(1)
  })
})

describe('missingPackages', () => {
  it('asks for systemd-nspawn only where hosts boot systemd', () => {
    const light = missingPackages()
    const systemd = missingPackages({ systemd: true })
    expect(systemd.filter((name) => name !== 'systemd-container')).toEqual(light)
    expect(light).not.toContain('systemd-container')
  })
})
