import { existsSync } from 'node:fs'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { down } from '../../../src/lab/lab.js'
import { pathsOf } from '../../../src/lab/state.js'
import { preload } from '../../../src/lab/uml/preload.js'
import { prepareUml } from '../../../src/lab/uml/prepare.js'
import { trial } from '../../../src/lab/uml/trial.js'
import { up } from '../../../src/lab/up.js'
import { describeLab, DIRECTOR, spec } from '../support.js'
import { type AmxProcessor, pretendAmx } from './processors.js'

const say = () => undefined
const WORDS =
  'userspace - ptrace set fp regs failed, errno = 14; Attempted to kill init! exitcode=0x0000000b'

describeLab('User Mode Linux on a processor with AMX', () => {
  const one = spec('amx', [DIRECTOR], { kernel: 'uml' })
  let processor: AmxProcessor

  beforeEach(async () => {
    processor = await pretendAmx()
  })
  afterEach(async () => {
    processor.remove()
    await down(one.name)
  })

  it('does not run as it is, and a trial gives its last words', async () => {
    expect(await trial()).toBe(WORDS)
  })

  it('runs with the library, of which a trial is the proof', async () => {
    const library = await preload(say)
    expect(await trial(library)).toBeUndefined()
    expect(await prepareUml('auto', say)).toBe(library)
    // The verdict is kept: a processor is tried once.
    expect(await prepareUml('auto', say)).toBe(library)
  })

  it('carries a director, whose IPVS works', async () => {
    const lab = await up(one)
    const table = await lab.exec('director', [
      'sh',
      '-c',
      'ipvsadm -A -u 10.0.0.1:53 && ipvsadm -Sn',
    ])
    expect(table.stdout).toBe('-A -u 10.0.0.1:53 -s wlc\n')
  })

  it('is named when the library was taken away, and nothing is left', async () => {
    await expect(up(one, { preload: 'never' })).rejects.toThrow(
      `director did not come up, its kernel: ${WORDS}`,
    )
    expect(existsSync(pathsOf(one.name).root)).toBe(false)
  })
})

describeLab('User Mode Linux on this processor', () => {
  const one = spec('plain', [DIRECTOR], { kernel: 'uml' })
  afterEach(() => down(one.name))

  it('runs with the library, needed or not', async () => {
    expect(await trial(await preload(say))).toBeUndefined()
    const lab = await up(one, { preload: 'always' })
    expect((await lab.exec('director', ['uname', '-s'])).stdout).toBe('Linux\n')
  })

  it('has a verdict that a boot confirms', async () => {
    const library = await prepareUml('auto', say)
    expect(await trial(library)).toBeUndefined()
  })
})
