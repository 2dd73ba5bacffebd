import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { loadInventory } from '../../src/site/load-inventory.js'
import { drPlay } from '../support/command-line.js'

const folder = mkdtempSync(join(tmpdir(), 'dr-play-import-test-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Writes files into a folder of their own. @returns how to name them */
function write(files: Readonly<Record<string, string>>): (name: string) => string {
  const own = mkdtempSync(join(folder, 'site-'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(own, name)), { recursive: true })
    writeFileSync(join(own, name), text)
  }
  return (name) => join(own, name)
}

async function drPlayImport(...args: string[]) {
  const { exit, stdout, stderr } = await drPlay('import', ...args)
  return { exit, stdout: short(stdout), stderr: short(stderr) }
}

function short(text: string): string {
  return text.replaceAll(/\S*\/site-\w+\//g, '')
}

const LVS = `#!/bin/sh
VIP=192.168.139.6
DIP=192.168.139.3
case "$1" in
start)
  ifconfig eth0:1 $VIP netmask 255.255.255.255 up
  ipvsadm -A -t $VIP:80 -s wlc
  ipvsadm -a -t $VIP:80 -r 192.168.139.2 -g -w 1
  ipvsadm -a -t $VIP:80 -r 192.168.139.4 -g -w 2
  ;;
esac
`
const SAVED = `-A -t 10.0.0.6:80 -s rr -p 300
-a -t 10.0.0.6:80 -r 10.0.0.2:80 -g -w 3
-a -t 10.0.0.6:80 -r 10.0.0.3:80 -m -w 1
-A -u 10.0.0.6:53 -s rr
-a -u 10.0.0.6:53 -r 10.0.0.2:53 -g -w 3
`

describe('dr-play import', () => {
  it('prints an inventory that says where each value comes from', async () => {
    const site = write({ 'lvs.sh': LVS })
    expect(await drPlayImport(site('lvs.sh'))).toEqual({
      exit: 0,
      stdout: `all:
  vars:
    vip: 192.168.139.6                 # lvs.sh:7
    service_port: 80                   # lvs.sh:7
    protocol: tcp                      # lvs.sh:7
    scheduler: wlc                     # lvs.sh:7
    forwarding: dr                     # lvs.sh:8
  children:
    director:
      hosts:
        director:
          ansible_host: 192.168.139.3  # lvs.sh:3
      vars:
        vip_interface: eth0            # lvs.sh:6
        vip_prefix: 32                 # lvs.sh:6
    realserver:
      hosts:
        rs1:
          ansible_host: 192.168.139.2  # lvs.sh:8
          weight: 1                    # lvs.sh:8
        rs2:
          ansible_host: 192.168.139.4  # lvs.sh:9
          weight: 2                    # lvs.sh:9
`,
      stderr: `lvs.sh: read as scripts (it begins with #!)
1 virtual service, 2 real servers, 0 warnings, 0 errors
`,
    })
  })

  it('writes inventory, group_vars and playbook, which say the same', async () => {
    const site = write({ 'lvs.sh': LVS })
    const { exit, stdout } = await drPlayImport(site('lvs.sh'), '--output', site('new'))
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: '' })
    writeFileSync(site('one.yml'), (await drPlayImport(site('lvs.sh'))).stdout)
    const values = (path: string) => {
      const loaded = loadInventory([path])
      return [...loaded.inventory.hosts.keys()].map((host) => {
        const vars = loaded.layers(host).flatMap(({ vars }) => [...vars])
        return [host, Object.fromEntries(vars.map(([name, { value }]) => [name, value]))]
      })
    }
    expect(values(site('new/inventory.yml'))).toEqual(values(site('one.yml')))
    expect(short(readFileSync(site('new/group_vars/director.yml'), 'utf8'))).toBe(
      'vip_interface: eth0  # lvs.sh:6\nvip_prefix: 32       # lvs.sh:6\n',
    )
    const playbook = readFileSync(site('new/site.yml'), 'utf8')
    expect(playbook.match(/- \w+$/gm)).toEqual(['- realserver', '- director'])
  })

  it('writes over nothing, and then nothing at all', async () => {
    const site = write({ 'lvs.sh': LVS, 'new/group_vars/all.yml': 'mine: 1\n' })
    const { exit, stderr } = await drPlayImport(site('lvs.sh'), '--output', site('new'))
    expect(exit).toBe(1)
    expect(stderr).toContain('all.yml: already there, and nothing is written over it')
    expect(existsSync(site('new/inventory.yml'))).toBe(false)
  })

  it('makes a list of several services, or of what plain variables cannot say', async () => {
    const site = write({ rules: SAVED })
    const { stdout } = await drPlayImport(site('rules'), '--director', 'lb=10.0.0.1')
    expect(stdout.replaceAll(/ *#.*/g, '')).toContain(`    virtual_services:
      - vip: 10.0.0.6
        port: 80
        protocol: tcp
        scheduler: rr
        forwarding: dr
        persistence: 300
        real_servers:
          - rs1
          - {name: rs2, forwarding: nat}
      - vip: 10.0.0.6
        port: 53
        protocol: udp
        scheduler: rr
        forwarding: dr
        real_servers:
          - rs1
`)
    expect(stdout).toMatch(/ lb:\n {10}ansible_host: 10\.0\.0\.1 +# --director lb=10\.0\.0\.1\n/)
  })

  it('names hosts as it is told', async () => {
    const site = write({ 'lvs.sh': LVS })
    const names = '192.168.139.4=web2,192.168.139.2=web1'
    const { stdout } = await drPlayImport(
      site('lvs.sh'),
      '--names',
      names,
      '--director',
      'lb=192.168.139.9',
    )
    expect(stdout.match(/^ {8}\w+:$/gm)?.map((line) => line.trim())).toEqual([
      'lb:',
      'web1:',
      'web2:',
    ])
    expect(stdout).toContain('192.168.139.9')
  })

  it('a director that is a real server, too, is one host of both groups', async () => {
    const site = write({ 'lvs.sh': LVS })
    const named = ['--director', 'lb=192.168.139.4', '--names', '192.168.139.4=lb']
    const { exit, stdout, stderr } = await drPlayImport(site('lvs.sh'), ...named)
    expect(stdout.match(/ansible_host: \S+/g)).toEqual([
      'ansible_host: 192.168.139.4',
      'ansible_host: 192.168.139.2',
    ])
    expect(stderr).toContain('lb is both director and real server [lvs/role-overlap]')
    expect(exit).toBe(1)
  })

  it('tells what is lost in comments and on stderr, with the line, and goes on', async () => {
    const text = LVS.replace('ipvsadm -A', 'iptables -F; ipvsadm -A')
    const site = write({ 'lvs.sh': text })
    const { exit, stdout, stderr } = await drPlayImport(site('lvs.sh'))
    expect(exit).toBe(0)
    expect(stdout).toMatch(
      /^# lvs\.sh:7: a firewall rule is not carried over: iptables -F\n# {3}dr-play never empties/,
    )
    expect(stderr).toContain(`warning: lvs.sh:7:3: a firewall rule is not carried over: iptables -F
  7 |   iptables -F; ipvsadm -A -t $VIP:80 -s wlc
        ^
  dr-play never empties`)
    expect(stderr).toMatch(/2 real servers, 1 warning, 0 errors\n$/)
  })

  it('lints the result: each error of the published walk-through, at the line of the script', async () => {
    const site = write({
      'lvs.sh': LVS.replace('DIP=192.168.139.3', 'DIP=192.168.139.2')
        .replace('255.255.255.255', '255.25.255.0')
        .replaceAll(' -g ', ' -m '),
    })
    const { exit, stderr } = await drPlayImport(site('lvs.sh'))
    const errors = [...stderr.matchAll(/^error: (\S+): .* \[(\S+)\]$/gm)].map(([, ...all]) => all)
    expect(errors).toEqual([
      ['lvs.sh:3:1', 'lvs/dip-is-a-rip'],
      ['lvs.sh:6:3', 'lvs/mask-not-contiguous'],
      ['lvs.sh:8:3', 'lvs/forwarding-not-dr'],
    ])
    expect(stderr).toContain('  6 |   ifconfig eth0:1 $VIP netmask 255.25.255.0 up\n')
    expect(exit).toBe(1)
  })

  it('a mask on lo that is no /32 is an error of the linter, too', async () => {
    const rs = '#!/bin/sh\nip addr add 192.168.139.6/24 dev lo\n'
    const site = write({ 'lvs.sh': LVS, 'rs.sh': rs })
    const { exit, stderr } = await drPlayImport(site('lvs.sh'), site('rs.sh'))
    expect(stderr).toContain('error: rs.sh:2:1: vip_prefix: the VIP on lo would be a /24')
    expect(exit).toBe(1)
  })

  it('takes the format that it is told', async () => {
    const site = write({ odd: 'ipvsadm -A -t 10.0.0.6:80\n' })
    expect((await drPlayImport(site('odd'), '--format', 'scripts')).stderr).toContain(
      'odd: read as scripts (--format)',
    )
    const { exit, stderr } = await drPlayImport(site('odd'), '--format', 'keepalived')
    expect(stderr).toContain('there is no virtual service')
    expect(exit).toBe(1)
  })

  it('a name of ldirectord’s is told by --names', async () => {
    const site = write({ 'ld.cf': 'virtual=10.0.0.6:80\n\treal=web1:80 gate\n' })
    expect((await drPlayImport(site('ld.cf'))).stderr).toContain(
      'error: ld.cf:2:2: the address of "web1" is not known',
    )
    const { stdout } = await drPlayImport(site('ld.cf'), '--names', '10.0.0.2=web1')
    expect(stdout).toContain('web1:\n          ansible_host: 10.0.0.2 ')
  })
})

describe('dr-play import refuses', () => {
  it('every file that cannot be read, in one go', async () => {
    const site = write({ rules: '-A -t www:http -s rr\n', diary: 'dear diary\n' })
    const { exit, stdout, stderr } = await drPlayImport(site('rules'), site('diary'), site('no'))
    expect(stderr).toContain('error: rules:1:1: "www:http" is no address and port')
    expect(stderr).toContain('error: diary:1:1: its format cannot be told')
    expect(stderr).toContain('there is no such file')
    expect(stderr).toContain('3 errors; no host was contacted')
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' })
  })

  it.each([
    [['--director', 'lb'], '--director lb: "lb" is not NAME=ADDRESS'],
    [['--names', '10.0.0.2'], '--names 10.0.0.2: "10.0.0.2" is not ADDRESS=NAME'],
    [
      ['--names', '192.168.139.2=x,192.168.139.4=x'],
      'two addresses are named x\n  each host has one name',
    ],
    [['--names', '10.0.0.9=x'], 'no host has the address 10.0.0.9\n  the hosts have 192.168.139.2'],
  ])('%j', async (args, message) => {
    const site = write({ 'lvs.sh': LVS })
    const { exit, stderr } = await drPlayImport(site('lvs.sh'), ...args)
    expect(stderr).toContain(message)
    expect(exit).toBe(1)
  })
})
