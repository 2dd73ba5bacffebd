import { describe, expect, it } from 'vitest'
import { sysctlBoot } from '../../src/resources/sysctl-boot.js'
import { isValid, observe } from '../support/converge.js'
import { shells } from '../support/form.js'

const file = '/etc/sysctl.d/90-lvs-arp.conf'
const args = { file, values: { 'net.ipv4.conf.all.arp_ignore': 1, 'net/ipv4/conf/eth0.1/x': true } }
const context = {} as Parameters<typeof sysctlBoot.want>[1]

/** What the plan says of lines as the probe prints them. */
function judged(...lines: string[]): string {
  const want = sysctlBoot.want(args, context)
  const files = [...new Set(lines.map((line) => `# ${line.split(':')[0]}`))]
  const [have] = sysctlBoot.read([...files, ...lines].join('\n'), [want])
  try {
    expect(sysctlBoot.plan(want, have!)).toEqual([])
    return 'fine'
  } catch (error) {
    return (error as Error).message
  }
}

describe('sysctl_boot', () => {
  it.each([
    [args, true],
    [{ file }, false],
    [{ file: 'x.conf', values: { a: 1 } }, false],
    [{ file, values: {} }, false],
  ])('the schema on %j: %s', (given, valid) => expect(isValid(sysctlBoot, given)).toBe(valid))

  it.each<[string, string[], string]>([
    ['nothing else', [`${file}:net.ipv4.conf.all.arp_ignore = 1`], 'fine'],
    ['an earlier file', ['/usr/lib/sysctl.d/10-x.conf:net.ipv4.conf.all.arp_ignore=0'], 'fine'],
    ['a later one that agrees', ['/etc/sysctl.d/99-x.conf:net.ipv4.conf.all.arp_ignore=1'], 'fine'],
    [
      'a later one that does not',
      [
        `${file}:net.ipv4.conf.all.arp_ignore = 1`,
        '/run/sysctl.d/99-x.conf: -net/ipv4/conf/all/arp_ignore  =  0 ',
      ],
      `/run/sysctl.d/99-x.conf sets net.ipv4.conf.all.arp_ignore to 0 at boot, after ${file} has set it to 1`,
    ],
    [
      'the last one counts',
      [
        '/etc/sysctl.d/95-x.conf:net.ipv4.conf.all.arp_ignore=0',
        '/etc/sysctl.conf:net.ipv4.conf.all.arp_ignore=1',
      ],
      'fine',
    ],
    [
      'of one name the stronger folder counts, however empty',
      ['/etc/sysctl.d/99-x.conf:', '/usr/lib/sysctl.d/99-x.conf:net.ipv4.conf.all.arp_ignore=0'],
      'fine',
    ],
    [
      '/etc/sysctl.conf is the last of all',
      ['/etc/sysctl.conf:net.ipv4.conf.eth0/1.x=0'],
      `/etc/sysctl.conf sets net.ipv4.conf.eth0/1.x to 0 at boot, after ${file} has set it to 1`,
    ],
  ])('%s', (_, lines, message) => expect(judged(...lines)).toBe(message))

  it.each(shells)('reads the files of this machine, in %s', async (shell) => {
    const { have } = await observe(sysctlBoot, args, { shell: [shell] })
    expect(have.length).toBeGreaterThan(0)
    for (const line of have) expect(line.file).toMatch(/^\/.*\.conf$/)
    const names = have.map((line) => line.file.replace(/^.*\/(?=[^/]*$)/, ''))
    const listed = names.filter((name, i) => name !== 'sysctl.conf' && name !== names[i - 1])
    expect(listed).toEqual([...listed].sort())
  })
})
