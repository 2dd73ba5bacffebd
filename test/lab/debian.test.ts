import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Lab } from '../../src/lab/lab.js'
import { up } from '../../src/lab/up.js'
import { capture } from '../../src/lab/process.js'
import { type LabHost, macOf } from '../../src/lab/spec.js'
import { client, describeLab, DIRECTOR, RS1, RS2, spec, ssh, VIP } from './support.js'

describeLab('a lab as it comes: Debian, light real servers, a director with a minimal init', () => {
  let lab: Lab
  let CLIENT: LabHost

  beforeAll(async () => {
    lab = await up(spec('debian', [DIRECTOR, RS1, RS2]))
    CLIENT = lab.plan.client
  })
  afterAll(() => lab.down())

  it('lets the controller log in to every host, whose key it knows', async () => {
    for (const host of [DIRECTOR, RS1, RS2, CLIENT]) {
      expect(await ssh(lab, host, 'hostname; whoami; ip -4 -o addr show eth0')).toMatch(
        new RegExp(`^${host.name}\nroot\n.* inet ${host.address}/24 `),
      )
    }
  })

  it('shows hosts of which nothing was changed yet', async () => {
    const state = `
      cat /proc/sys/net/ipv4/conf/*/arp_ignore /proc/sys/net/ipv4/conf/*/arp_announce \\
        /proc/sys/net/ipv4/ip_forward | sort -u
      ip -4 -o addr | wc -l
      ls -A /etc/sysctl.d /etc/network/interfaces.d /root/.ssh /usr/local/bin /tmp /home /srv
      grep AUTO= /etc/default/ipvsadm
      cat /etc/ipvsadm.rules
      pgrep apache2 || echo no apache
      head -c 60 /var/www/html/index.html | tr -d '\\n'`
    for (const host of [DIRECTOR, RS1]) {
      const { stdout } = await lab.exec(host.name, ['sh', '-c', state])
      expect(stdout.split('\n')).toEqual([
        ...['0', '2'],
        ...['/etc/network/interfaces.d:', '', '/etc/sysctl.d:', '', '/home:', ''],
        ...['/root/.ssh:', 'authorized_keys', '', '/srv:', '', '/tmp:', '', '/usr/local/bin:'],
        ...['AUTO="false"', '# empty rules file for ipvsadm', 'no apache'],
        expect.stringMatching(/^\s*<!DOCTYPE html/),
      ])
    }
    expect(await ssh(lab, DIRECTOR, 'ipvsadm -S -n')).toBe('')
    expect(await client(lab, `arping -b -c 2 -w 2 -I eth0 ${VIP}`)).toMatch(/Received 0 response/)
  })

  it("keeps a host's hands off the machine", async () => {
    // Written back as it is, and read as a mask: a test that fails here must do no harm.
    const same = 'f=/proc/sys/kernel/pid_max; v=$(cat $f); echo $v > $f'
    expect((await lab.exec('rs1', ['sh', '-c', same])).stderr).toContain('Read-only file system')
    const bounds = "awk '/CapBnd/ { print $2 }' /proc/self/status"
    const SYS_TIME = 1n << 25n
    for (const seen of [
      (await lab.exec('rs1', ['sh', '-c', bounds])).stdout,
      await ssh(lab, RS1, bounds),
    ]) {
      expect(BigInt(`0x${seen.trim()}`) & SYS_TIME).toBe(0n)
    }
    expect((await lab.exec('rs1', ['ls', '/work', '/root/.ssh/id_ed25519'])).status).not.toBe(0)
  })

  it('has a client with files of its own, whose network alone serves commands of the machine', async () => {
    const look = `hostname; ls -d ${import.meta.dirname} 2>/dev/null; cat /sys/class/net/eth0/address`
    const mac = macOf(CLIENT.address)
    expect(await ssh(lab, CLIENT, look)).toBe(`client\n${mac}\n`)
    expect(await client(lab, `head -n 1 ${import.meta.filename}; ip link show eth0`)).toMatch(
      new RegExp(`^import [^]*${mac}`),
    )
    expect(await ssh(lab, CLIENT, 'command -v curl ip arping')).toMatch(/^(\S+\n){3}$/)
  })

  it("has no address of the lab's in the machine's own network", async () => {
    const { stdout } = await capture(['sh', '-c', 'ip -4 addr; ip route show table all'])
    expect(stdout).not.toContain('192.168.139.')
  })

  it('balances by direct routing, 4 and 8 of 12 under weights 1 and 2', async () => {
    for (const [host, page] of [
      [RS1, 'www.RS1.com'],
      [RS2, 'www.RS2.com'],
    ] as const) {
      await ssh(
        lab,
        host,
        `for i in all lo; do sysctl -qw net.ipv4.conf.$i.arp_ignore=1 \\
           net.ipv4.conf.$i.arp_announce=2; done
         ip addr add ${VIP}/32 dev lo label lo:0
         echo ${page} > /var/www/html/index.html
         service apache2 start`,
      )
    }
    await ssh(
      lab,
      DIRECTOR,
      `ip addr add ${VIP}/24 dev eth0 label eth0:1
       ipvsadm -A -t ${VIP}:80 -s wlc
       ipvsadm -a -t ${VIP}:80 -r ${RS1.address} -g -w 1
       ipvsadm -a -t ${VIP}:80 -r ${RS2.address} -g -w 2`,
    )
    expect(await ssh(lab, DIRECTOR, 'ipvsadm -L -n')).toMatch(/192\.168\.139\.2:80 +Route +1/)
    const pages = await client(
      lab,
      `for i in $(seq 12); do curl -sS -m 5 http://${VIP}/; done | sort`,
    )
    expect(pages).toBe('www.RS1.com\n'.repeat(4) + 'www.RS2.com\n'.repeat(8))
    expect(await client(lab, `arping -b -c 3 -I eth0 ${VIP} | grep -o '\\[.*\\]' | sort -u`)).toBe(
      '[02:00:C0:A8:8B:03]\n',
    )
  })

  it('boots a director again from what was persisted the way of Debian', async () => {
    await ssh(
      lab,
      DIRECTOR,
      `cat > /etc/network/interfaces.d/vip <<'END'
auto eth0:1
iface eth0:1 inet static
    address ${VIP}/24
END
       echo net.ipv4.ip_forward=1 > /etc/sysctl.d/90-lvs.conf
       { echo '# ipvsadm.rules'; ipvsadm -S -n; } > /etc/ipvsadm.rules
       sed -i s/false/true/ /etc/default/ipvsadm
       update-rc.d ipvsadm enable`,
    )
    const table = await ssh(lab, DIRECTOR, 'ipvsadm -S -n')
    await lab.reboot('director')
    expect(await ssh(lab, DIRECTOR, 'cat /proc/sys/net/ipv4/ip_forward')).toBe('1\n')
    expect(await ssh(lab, DIRECTOR, 'ip -4 -o addr show label eth0:1')).toContain(`inet ${VIP}/24`)
    expect(await ssh(lab, DIRECTOR, 'ipvsadm -S -n')).toBe(table)
  })

  it('boots a real server again: files stay, what was only live is gone', async () => {
    await ssh(
      lab,
      RS1,
      `cat > /etc/network/interfaces.d/vip <<'END'
auto lo:0
iface lo:0 inet static
    address ${VIP}/32
END
       echo net.ipv4.conf.all.arp_ignore=1 > /etc/sysctl.d/90-lvs.conf
       update-rc.d apache2 enable`,
    )
    await Promise.all([lab.reboot('rs1'), lab.reboot('rs2')])
    expect(await ssh(lab, RS1, 'ip -4 -o addr show label lo:0')).toContain(`inet ${VIP}/32`)
    expect(await ssh(lab, RS1, 'cat /proc/sys/net/ipv4/conf/all/arp_ignore')).toBe('1\n')
    expect(await ssh(lab, RS1, 'cat /proc/sys/net/ipv4/conf/all/arp_announce')).toBe('0\n')
    expect(await client(lab, `curl -sS -m 5 http://${RS1.address}/`)).toBe('www.RS1.com\n')
    expect(await ssh(lab, RS2, 'ip -4 -o addr show label lo:0')).toBe('')
  })

  it('cuts the power of a host and starts it again', async () => {
    await lab.stopHost('rs2')
    expect((await lab.status()).map(({ name, answers }) => [name, answers])).toEqual([
      ['director', true],
      ['rs1', true],
      ['rs2', false],
      ['client', true],
    ])
    await expect(lab.exec('rs2', ['true'])).rejects.toThrow(/rs2 is down/)
    await lab.startHost('rs2')
    await lab.ready()
    await expect(lab.startHost('rs2')).rejects.toThrow(/running already/)
    expect(await ssh(lab, RS2, 'cat /var/www/html/index.html')).toBe('www.RS2.com\n')
  })

  it('passes on what a command printed, and its status', async () => {
    const argv = ['sh', '-c', 'cat; echo "$0" >&2; exit 7', "it's"]
    for (const host of ['director', 'rs1']) {
      expect(await lab.exec(host, argv, { input: 'in' })).toEqual({
        status: 7,
        stdout: 'in',
        stderr: "it's\n",
      })
    }
    await expect(lab.exec('rs9', ['true'])).rejects.toThrow(/no host "rs9"/)
  })

  it('says which host does not come up, and what it last said', async () => {
    await ssh(lab, RS2, 'chmod -x /usr/lib/dr-play-lab/init')
    await expect(lab.reboot('rs2')).rejects.toThrow(/rs2 did not come up;[^]*Permission denied/)
  })
})
