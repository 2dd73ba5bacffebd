import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Lab } from '../../src/lab/lab.js'
import { up } from '../../src/lab/up.js'
import { client, describeLab, DIRECTOR, RS1, RS2, spec, ssh, VIP } from './support.js'

const SAVED = '/etc/sysconfig/ipvsadm'
const SCRIPTS = '/etc/sysconfig/network-scripts'

const IFCFG_LO = `DEVICE=lo:0
IPADDR=${VIP}
NETMASK=255.255.255.255
NAME=loopback`

const IFCFG_ETH = `DEVICE=eth0:1
BOOTPROTO=none
IPADDR=${VIP}
NETMASK=255.255.255.0`

const TABLE = `-A -t ${VIP}:80 -s wlc
-a -t ${VIP}:80 -r ${RS1.address}:80 -g -w 1
-a -t ${VIP}:80 -r ${RS2.address}:80 -g -w 2
`

describeLab('a lab of the EL flavour', () => {
  let lab: Lab

  beforeAll(async () => {
    lab = await up(spec('el', [DIRECTOR, RS1, RS2], { flavor: 'el' }))
  })
  afterAll(() => lab.down())

  it('shows a system that was booted with systemd and looks like EL7', async () => {
    for (const host of [DIRECTOR, RS1]) {
      expect(
        await ssh(lab, host, '. /etc/os-release; echo $ID $VERSION_ID; cat /etc/redhat-release'),
      ).toBe('centos 7\nCentOS Linux release 7.9.2009 (Core)\n')
      expect(
        await ssh(lab, host, 'systemctl is-system-running; systemctl --failed --no-legend'),
      ).toBe('running\n')
      expect(
        await ssh(lab, host, `command -v dpkg apt-get ifquery; ls ${SCRIPTS} /etc/httpd`),
      ).toBe(
        '/etc/httpd:\nconf\nconf.d\nconf.modules.d\nlogs\nmodules\nrun\n\n' +
          `${SCRIPTS}:\nifcfg-eth0\nifcfg-lo\nifdown\nifup\nnetwork-functions\n`,
      )
      expect(await ssh(lab, host, 'httpd -t 2>&1; systemctl is-enabled httpd ipvsadm; :')).toMatch(
        /Syntax OK\ndisabled\ndisabled\n$/,
      )
    }
  })

  it('answers for packages', async () => {
    expect(await ssh(lab, RS1, 'rpm -q httpd ipvsadm')).toMatch(/^httpd-2\.4.*\nipvsadm-1\.27.*\n$/)
    expect(await ssh(lab, RS1, "rpm -q --qf '%{NAME} %{VERSION}\\n' ipvsadm")).toBe(
      'ipvsadm 1.27\n',
    )
    expect(await lab.exec('rs1', ['rpm', '-q', 'tree'])).toMatchObject({
      status: 1,
      stdout: 'package tree is not installed\n',
    })
    expect(await ssh(lab, RS1, 'yum -y install tree httpd && rpm -q tree')).toBe(
      'Installed: tree\nPackage httpd already installed and latest version\ntree-1.6.0-10.el7.x86_64\n',
    )
    expect((await lab.exec('rs1', ['yum', '-y', 'install', 'htpd'])).status).toBe(1)
  })

  it('brings the VIP up and down from its file, lo:0 with its route', async () => {
    await ssh(
      lab,
      RS1,
      `cat > ${SCRIPTS}/ifcfg-lo:0 <<'END'\n${IFCFG_LO}\nEND
       echo '${VIP}/32 dev lo' > ${SCRIPTS}/route-lo:0
       ifup lo:0; ifup lo:0`,
    )
    const vip = 'ip -4 -o addr show label lo:0; ip route show dev lo'
    const there = await ssh(lab, RS1, vip)
    expect(there).toMatch(/inet 192\.168\.139\.6\/32 .*\n192\.168\.139\.6 scope link/)
    await ssh(lab, RS1, 'ifdown lo:0')
    expect(await ssh(lab, RS1, vip)).toBe('')
    await ssh(lab, RS1, 'ifup lo:0')
    expect(await ssh(lab, RS1, vip)).toBe(there)
  })

  it('flushes an alias that has no file when its parent comes up', async () => {
    await ssh(lab, RS1, 'ip addr add 192.168.139.7/32 dev lo label lo:9; ifup lo')
    expect(await ssh(lab, RS1, "ip -4 -o addr show dev lo | awk '{ print $4, $NF }'")).toBe(
      '127.0.0.1/8 forever\n192.168.139.6/32 forever\n',
    )
  })

  it('refuses an address that somebody answers for, and names a device it has no file for', async () => {
    const taken = IFCFG_ETH.replace(VIP, RS1.address)
    await ssh(lab, RS2, `cat > ${SCRIPTS}/ifcfg-eth0:1 <<'END'\n${taken}\nEND`)
    expect(await lab.exec('rs2', ['ifup', 'eth0:1'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('some other host already uses address') as string,
    })
    await ssh(lab, RS2, `rm ${SCRIPTS}/ifcfg-eth0:1`)
    expect(await lab.exec('rs2', ['ifup', 'eth0:1'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('ifcfg-eth0:1') as string,
    })
  })

  it('loses a new saved table by a restart of ipvsadm: the trap of EL is there', async () => {
    await ssh(lab, DIRECTOR, `printf '%s' '${TABLE}' > ${SAVED}; systemctl start ipvsadm`)
    expect(await ssh(lab, DIRECTOR, 'ipvsadm -S -n')).toBe(TABLE)
    const wanted = TABLE.replace('-w 2', '-w 5')
    await ssh(lab, DIRECTOR, `printf '%s' '${wanted}' > ${SAVED}; systemctl restart ipvsadm`)
    expect(await ssh(lab, DIRECTOR, `ipvsadm -S -n; cat ${SAVED}`)).toBe(TABLE + TABLE)
  })

  it('serves pages with httpd, whose broken configuration fails a start', async () => {
    expect((await lab.exec('rs1', ['systemctl', 'start', 'httpd'])).status).toBe(0)
    expect(await client(lab, `curl -sS -m 5 http://${RS1.address}/`)).toContain('Testing')
    await ssh(lab, RS1, 'echo Nonsense > /etc/httpd/conf.d/x.conf')
    expect((await lab.exec('rs1', ['systemctl', 'restart', 'httpd'])).status).not.toBe(0)
    await ssh(lab, RS1, 'rm /etc/httpd/conf.d/x.conf; systemctl start httpd')
  })

  it('balances by direct routing, 4 and 8 of 12 under weights 1 and 2', async () => {
    for (const [host, page] of [
      [RS1, 'www.RS1.com'],
      [RS2, 'www.RS2.com'],
    ] as const) {
      await ssh(
        lab,
        host,
        `for i in all lo; do printf 'net.ipv4.conf.%s.arp_ignore=1\\n' $i
           printf 'net.ipv4.conf.%s.arp_announce=2\\n' $i; done > /etc/sysctl.d/90-lvs.conf
         sysctl -q --system 2>/dev/null
         cat > ${SCRIPTS}/ifcfg-lo:0 <<'END'\n${IFCFG_LO}\nEND
         ifup lo:0
         echo ${page} > /var/www/html/index.html
         systemctl enable --now httpd 2>/dev/null`,
      )
    }
    await ssh(
      lab,
      DIRECTOR,
      `cat > ${SCRIPTS}/ifcfg-eth0:1 <<'END'\n${IFCFG_ETH}\nEND
       ifup eth0:1
       systemctl enable ipvsadm 2>/dev/null`,
    )
    expect(await twelve()).toBe('www.RS1.com\n'.repeat(4) + 'www.RS2.com\n'.repeat(8))
  })

  it('boots again from what was persisted the way of EL', async () => {
    await Promise.all([lab.reboot('director'), lab.reboot('rs1')])
    expect(await ssh(lab, DIRECTOR, 'ipvsadm -S -n; ip -4 -o addr show label eth0:1')).toMatch(
      `${TABLE}2: eth0    inet ${VIP}/24`,
    )
    expect(await ssh(lab, RS1, 'cat /proc/sys/net/ipv4/conf/all/arp_ignore')).toBe('1\n')
    expect(await ssh(lab, RS1, 'ip -4 -o addr show label lo:0')).toContain(`inet ${VIP}/32`)
    expect(await twelve()).toBe('www.RS1.com\n'.repeat(4) + 'www.RS2.com\n'.repeat(8))
  })

  function twelve(): Promise<string> {
    return client(lab, `for i in $(seq 12); do curl -sS -m 5 http://${VIP}/; done | sort`)
  }
})
