import { describe, expect, it } from 'vitest'
import { missingPackages } from '../../src/lab/packages.js'

describe('missingPackages', () => {
  it('asks for systemd-nspawn only where hosts boot systemd', () => {
    const light = missingPackages()
    const systemd = missingPackages({ systemd: true })
    expect(systemd.filter((name) => name !== 'systemd-container')).toEqual(light)
    expect(light).not.toContain('systemd-container')
  })
})
