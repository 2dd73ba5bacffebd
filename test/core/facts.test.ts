import { hostname, release, userInfo } from 'node:os'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Sh } from '../../src/core/sh.js'
import { factNames, factsProbe, readFacts } from '../../src/core/facts.js'
import { runScript } from '../support/converge.js'
import { shells } from '../support/form.js'

describe('readFacts', () => {
  // What hosts print: the lines of their /etc/os-release first.
  it.each<[string, string, Partial<ReturnType<typeof readFacts>>]>([
    [
      'Debian',
      `id=debian
like=
name=Debian GNU/Linux
version=12
uname=rs1.example.net 6.1.0-18-amd64 x86_64
service_mgr=systemd
pkg=apt-get
backend=ifupdown
user=root
1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever
1: lo    inet 192.168.139.6/32 scope global lo:0\\       valid_lft forever preferred_lft forever
2: eth0    inet 192.168.139.2/24 brd 192.168.139.255 scope global eth0\\       valid_lft forever
interface=eth0
interface=lo`,
      {
        hostname: 'rs1',
        os_family: 'Debian',
        distribution: 'Debian',
        distribution_version: '12',
        distribution_major_version: '12',
        kernel: '6.1.0-18-amd64',
        architecture: 'x86_64',
        service_mgr: 'systemd',
        pkg_mgr: 'apt',
        network_backend: 'ifupdown',
        user_id: 'root',
        all_ipv4_addresses: ['192.168.139.6', '192.168.139.2'],
        interfaces: ['eth0', 'lo'],
        ipvs_table: [],
      },
    ],
    [
      'CentOS 7, a director',
      `id=centos
like=rhel fedora
name=CentOS Linux
version=7
uname=lvs1 3.10.0-1160.el7.x86_64 x86_64
service_mgr=systemd
pkg=yum
backend=ifcfg
user=admin
vip=192.168.139.6 /etc/sysconfig/network-scripts/ifcfg-eth0:1
-A -t 192.168.139.6:80 -s wlc
-a -t 192.168.139.6:80 -r 192.168.139.2:80 -g -w 1`,
      {
        os_family: 'RedHat',
        distribution: 'CentOS',
        distribution_major_version: '7',
        pkg_mgr: 'yum',
        network_backend: 'ifcfg',
        lvs_vips: [
          { address: '192.168.139.6', file: '/etc/sysconfig/network-scripts/ifcfg-eth0:1' },
        ],
        ipvs_table: [
          '-A -t 192.168.139.6:80 -s wlc',
          '-a -t 192.168.139.6:80 -r 192.168.139.2:80 -g -w 1',
        ],
      },
    ],
    [
      'Red Hat 9: dnf before yum',
      'id=rhel\nlike=fedora\nname=Red Hat Enterprise Linux\nversion=9.4\npkg=dnf\npkg=yum\nbackend=ifcfg',
      {
        os_family: 'RedHat',
        distribution: 'RedHat',
        distribution_major_version: '9',
        pkg_mgr: 'dnf',
      },
    ],
    [
      'Rocky',
      'id=rocky\nlike=rhel centos fedora\nname=Rocky Linux',
      { os_family: 'RedHat', distribution: 'Rocky' },
    ],
    [
      'Ubuntu',
      'id=ubuntu\nlike=debian\nname=Ubuntu\nversion=24.04',
      { os_family: 'Debian', distribution: 'Ubuntu', distribution_major_version: '24' },
    ],
    ['Mint', 'id=linuxmint\nlike=ubuntu debian\nname=Linux Mint', { os_family: 'Debian' }],
    ['openSUSE', 'id=opensuse-leap\nlike=suse opensuse\nname=openSUSE Leap', { os_family: 'Suse' }],
    [
      'Alpine',
      'id=alpine\nlike=\nname=Alpine Linux\nversion=3.20.1\nuser=root',
      {
        os_family: 'Alpine',
        distribution: 'Alpine',
        service_mgr: 'sysvinit',
        pkg_mgr: 'unknown',
        network_backend: 'unknown',
      },
    ],
    ['a stranger', 'id=nixos\nlike=\nname=NixOS', { os_family: 'nixos' }],
    [
      'one that says nothing of itself',
      'id=\nlike=\nname=\nversion=',
      { os_family: 'unknown', distribution: '' },
    ],
    ['a name with an equals sign', 'id=x\nname=a=b c', { distribution: 'a=b' }],
  ])('%s', (_, stdout, want) => {
    expect(readFacts(`${stdout}\n`)).toMatchObject(want)
  })

  it('gives every fact there is', () => {
    expect(Object.keys(readFacts('')).sort()).toEqual([...factNames].sort())
  })
})

describe.each(shells)('the probe in %s', (shell) => {
  it('tells about this machine', async () => {
    const { status, stdout, stderr } = await runScript(factsProbe, { shell: [shell] })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const osRelease = readFileSync('/etc/os-release', 'utf8')
    expect(readFacts(stdout)).toMatchObject({
      hostname: hostname().split('.')[0],
      kernel: release(),
      user_id: userInfo().username,
      distribution_version: /^VERSION_ID="?([^"\n]*)/m.exec(osRelease)?.[1] ?? '',
      interfaces: expect.arrayContaining(['lo']) as string[],
    })
  })

  it('tells the rest where there is no os-release', async () => {
    const text = factsProbe.text.replaceAll('/etc/os-release', '/nonexistent')
    const { status, stdout } = await runScript(Sh.trusted(text), { shell: [shell] })
    expect(status).toBe(0)
    expect(readFacts(stdout)).toMatchObject({ os_family: 'unknown', kernel: release() })
  })

  it('reads no variable of whoever logged in', async () => {
    const script = Sh.trusted(
      `ID=evil NAME=evil VERSION_ID=9\n${factsProbe.text.replaceAll('/etc/os-release', '/nonexistent')}`,
    )
    const { stdout } = await runScript(script, { shell: [shell] })
    expect(readFacts(stdout).os_family).toBe('unknown')
  })
})
