import { describe, expect, it } from 'vitest'
import { kernelFor, type KernelFacts } from '../../src/lab/kernel.js'

const facts = (more: Partial<KernelFacts> = {}): KernelFacts => ({
  ipvs: 'none',
  arch: 'x64',
  hasUml: true,
  hasTun: true,
  ...more,
})

describe("the directors' kernel", () => {
  it.each([
    ["the machine's where IPVS is loaded", 'auto', { ipvs: 'loaded' }, 'host'],
    ["the machine's where IPVS can be loaded", 'auto', { ipvs: 'loadable' }, 'host'],
    ['one of its own elsewhere', 'auto', {}, 'uml'],
    ['one of its own where it is asked for', 'uml', { ipvs: 'loaded' }, 'uml'],
    ["the machine's on Arm", 'auto', { ipvs: 'loadable', arch: 'arm64', hasUml: false }, 'host'],
    ["the machine's without a tun device", 'host', { ipvs: 'loaded', hasTun: false }, 'host'],
  ] as const)('is %s', (_, wanted, more, kernel) => {
    expect(kernelFor(wanted, facts(more))).toEqual({ kernel })
  })

  it.each([
    ['host', {}, /kernel has no IPVS, and "modprobe ip_vs" finds none: use --kernel uml/],
    ['auto', { arch: 'arm64', hasUml: false }, /User Mode Linux does not exist for arm64/],
    ['uml', { ipvs: 'loaded', hasTun: false }, /no \/dev\/net\/tun.*modprobe tun/],
  ] as const)('is none with --kernel %s, which one sentence explains', (wanted, more, sentence) => {
    const choice = kernelFor(wanted, facts(more))
    expect(choice).toEqual({ reason: expect.stringMatching(sentence) as string })
    expect('reason' in choice && choice.reason.match(/\.( |$)/g)).toHaveLength(1)
  })
})
