import { describe, expect, it } from 'vitest'
import { whyNot } from '../../src/lab/needs.js'

describe('whyNot', () => {
  const linux = { platform: 'linux', uid: 0, arch: 'x64' }

  it.each([
    [
      'another system',
      { ...linux, platform: 'darwin' },
      /this is darwin: run it in a virtual machine with Debian 12/,
    ],
    ['no root', { ...linux, uid: 1000 }, /only root may: run it as root, with sudo\.$/],
  ])('says in one sentence what to do about %s', (_, machine, sentence) => {
    expect(whyNot(machine)).toMatch(sentence)
    expect(whyNot(machine)!.match(/\./g)).toHaveLength(1)
  })
})
