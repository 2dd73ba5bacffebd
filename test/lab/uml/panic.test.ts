import { describe, expect, it } from 'vitest'
import { panicIn } from '../../../src/lab/uml/panic.js'

const AMX = `userspace - ptrace set fp regs failed, errno = 14
Kernel panic - not syncing: Attempted to kill init! exitcode=0x0000000b
CPU: 0 PID: 1 Comm: init Not tainted 6.1.176 #1
Stack:
`

describe('panicIn', () => {
  it.each([
    ['nothing', ''],
    ['a boot that goes well', '--- boot 1 ---\nStarting Apache httpd web server: apache2.\n'],
    ['a panic of an earlier boot', `--- boot 1 ---\n${AMX}--- boot 2 ---\nStarting sshd.\n`],
  ])('finds none in %s', (_, console) => {
    expect(panicIn(console)).toBeUndefined()
  })

  it('names the cause before the panic, and what to do about a short register state', () => {
    const panic = panicIn(`--- boot 1 ---\nStarting.\n--- boot 2 ---\n${AMX}`)
    expect(panic?.words).toBe(
      'userspace - ptrace set fp regs failed, errno = 14; Attempted to kill init! exitcode=0x0000000b',
    )
    expect(panic?.hint).toContain('--kernel host')
  })

  it('gives the words of any other panic, without its stack', () => {
    const lines = [
      'VFS: Cannot open root device "root"',
      '<0>Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)\r',
      'Call Trace:',
    ]
    expect(panicIn(lines.join('\n'))?.words).toBe(
      'VFS: Unable to mount root fs on unknown-block(0,0)',
    )
  })
})
