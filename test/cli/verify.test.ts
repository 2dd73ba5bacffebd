import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageDir } from '../../src/cli/package-dir.js'
import { checksTable, verifyText } from '../../src/cli/verify-text.js'
import { whyText } from '../../src/cli/why-text.js'
import { checks, verify } from '../../src/lvs/verify.js'
import { hopsOf } from '../../src/lvs/why.js'
import { macIn, observed, VIP } from '../support/observed.js'
import { drPlay } from '../support/command-line.js'

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'dr-play-verify-'))
  const all = '[all:vars]\nvip=192.168.139.6\n'
  const director = '[director]\nlb ansible_host=192.168.139.3\n'
  const server = '[realserver]\nrs1 ansible_host=192.168.139.2\n'
  writeFileSync(join(dir, 'cluster'), `${director}${server}${all}`)
  writeFileSync(join(dir, 'servers'), `${server}${all}`)
  writeFileSync(join(dir, 'no-vip'), `${director}${server}`)
  writeFileSync(join(dir, 'bad-vip'), `${director}${server}[all:vars]\nvip=010.1.1.1\n`)
})
afterAll(() => rmSync(dir, { recursive: true }))

describe('dr-play verify and dr-play why', () => {
  it.each<[string, string[], string]>([
    ['no inventory', ['verify'], 'no inventory is given'],
    ['no director', ['verify', '-i', 'servers'], 'servers:1:1: there is no director'],
    ['no VIP', ['verify', '-i', 'no-vip'], 'no-vip:2:1: no VIP is set for lb and rs1'],
    ['a VIP that is none', ['verify', '-i', 'bad-vip'], '[lvs/address-not-ipv4]'],
    ['too many requests', ['verify', '-i', 'cluster', '--requests', '5000'], 'is more than 1000'],
    ['no number', ['verify', '-i', 'cluster', '--requests', 'many'], 'must be a number above 0'],
    ['no VIP to ask for', ['why', '-i', 'cluster'], "missing required argument 'vip'"],
    ['a name', ['why', 'www.example.org', '-i', 'cluster'], 'is no VIP, nor a VIP and a port'],
    ['a wrong port', ['why', '192.168.139.6:99999', '-i', 'cluster'], 'is no VIP, nor'],
    ['why without an inventory', ['why', '192.168.139.6'], 'no inventory is given'],
  ])('%s: exit 1, and no host is asked', async (_, args, message) => {
    const inDir = args.map((arg, i) => (args[i - 1] === '-i' ? join(dir, arg) : arg))
    const { exit, stdout, stderr } = await drPlay(...inDir)
    expect(exit).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toContain(message)
  })

  it('have the flags of a run that say how hosts are reached', async () => {
    for (const command of ['verify', 'why']) {
      const { stdout } = await drPlay(command, '--help')
      for (const flag of '-i -l -e -u --private-key -k -b -K --known-hosts --host-key-checking -T -f'.split(
        ' ',
      )) {
        expect(stdout).toContain(` ${flag}`)
      }
    }
  })

  it('a VIP that the inventory does not have is the first broken hop', async () => {
    const { exit, stdout } = await drPlay('why', '10.0.0.1', '-i', join(dir, 'cluster'))
    expect(exit).toBe(2)
    expect(stdout).toContain('the inventory has no service on 10.0.0.1')
    expect(stdout).toContain('tcp 192.168.139.6:80')
  })

  it('--list-checks prints the table of docs/verify.md', async () => {
    const { exit, stdout } = await drPlay('verify', '--list-checks')
    expect(exit).toBe(0)
    expect(stdout).toBe(checksTable(checks))
    const page = readFileSync(join(packageDir, 'docs/verify.md'), 'utf8')
    expect(page).toContain(`\n\n${checksTable(checks)}\n`)
    for (const [name] of page.matchAll(/(?<=\| .*)`[a-z]+(?:-[a-z]+)+`(?=.*\|$)/gm)) {
      expect(checks.map(({ id }) => `\`${id.replace('verify/', '')}\``)).toContain(name)
    }
    expect(page).toContain(
      hopsOf(observed())
        .map(({ title }, i) => `${i + 2}. ${title}\n`)
        .join(''),
    )
  })
})

describe.each([80, 200])('in %i columns', (columns) => {
  const broken = observed({
    rs1: { sight: { boot: [], sysctls: new Map([['conf/all/arp_ignore', 0]]) } },
    rs2: 'unreachable',
    client: { trial: { heard: new Map([[VIP, { known: [macIn('rs1'), macIn('director')] }]]) } },
  })
  const options = { colour: false, verbose: false, columns }

  it.each([
    ['a healthy cluster', observed(), false],
    ['a healthy one, with all that was seen', observed(), true],
    ['a broken one', broken, true],
  ])('%s fits', (_, seen, verbose) => {
    const text = verifyText(verify(seen), seen, { ...options, verbose })
    for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(columns)
  })

  it('tells what is broken last, with evidence and fix, and what is unknown once', () => {
    const text = verifyText(verify(broken), broken, options).replaceAll(/\n +/g, ' ')
    expect(text).toContain('fail        rs1 (eth0) answers ARP for 192.168.139.6 [verify/arp-leak]')
    expect(text).toContain('fix       there: sysctl -w net.ipv4.conf.all.arp_ignore=1')
    expect(text.match(/^unknown +rs2 is out of reach/gm)).toHaveLength(1)
    expect(text).toMatch(
      /unreachable rs2: no route\n\n\d+ ok, \d+ unknown, \d+ failed, 1 host out of reach\n$/,
    )
  })

  it('why tells the first broken hop with all that was seen', () => {
    const text = whyText(VIP, hopsOf(broken), broken.unreachable, options)
    for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(columns)
    expect(text).toContain('client    arping 192.168.139.6: rs1 (eth0)')
    expect(text).not.toContain('conf/all')
    expect(text.replaceAll('\n', ' ')).toContain(
      `${VIP} is broken first at: ARP for the VIP is answered by the director alone`,
    )
  })
})

it('colours are for terminals', () => {
  const seen = observed()
  const text = verifyText(verify(seen), seen, { colour: true, verbose: false, columns: 80 })
  expect(text).toContain('\u001b[32mok')
})
