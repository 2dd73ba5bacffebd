import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Lab } from '../../src/lab/lab.js'
import { up } from '../../src/lab/up.js'
import { client, describeLab, DIRECTOR, RS1, spec, ssh, VIP } from './support.js'

describeLab('a Debian lab with systemd', () => {
  let lab: Lab

  beforeAll(async () => {
    lab = await up(spec('systemd', [DIRECTOR, RS1], { systemd: true }))
  })
  afterAll(() => lab.down())

  it('boots hosts of which every unit came up, Apache and ipvsadm off', async () => {
    for (const host of [DIRECTOR, RS1]) {
      const state = 'systemctl is-system-running; systemctl --failed --no-legend; cat /proc/1/comm'
      expect(await ssh(lab, host, state)).toBe('running\nsystemd\n')
      expect(await ssh(lab, host, 'systemctl is-enabled apache2 ipvsadm 2>/dev/null; :')).toBe(
        'disabled\ndisabled\n',
      )
    }
  })

  it('boots again from what was persisted, with what was enabled', async () => {
    await ssh(
      lab,
      DIRECTOR,
      `printf 'auto eth0:1\\niface eth0:1 inet static\\n address ${VIP}/24\\n' \\
         > /etc/network/interfaces.d/vip
       printf '# ipvsadm.rules\\n-A -t ${VIP}:80 -s wlc\\n' > /etc/ipvsadm.rules
       sed -i s/false/true/ /etc/default/ipvsadm
       systemctl enable ipvsadm 2>/dev/null`,
    )
    await ssh(
      lab,
      RS1,
      'systemctl enable apache2 2>/dev/null; echo page > /var/www/html/index.html',
    )
    await Promise.all([lab.reboot('director'), lab.reboot('rs1')])
    expect(await ssh(lab, DIRECTOR, 'ipvsadm -S -n')).toBe(`-A -t ${VIP}:80 -s wlc\n`)
    expect(await ssh(lab, DIRECTOR, 'ip -4 -o addr show label eth0:1')).toContain(`inet ${VIP}/24`)
    expect(await client(lab, `curl -sS -m 5 http://${RS1.address}/`)).toBe('page\n')
  })
})
