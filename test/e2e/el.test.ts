import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { changes, Cluster, recap } from '../support/cluster.js'

const SCRIPTS = '/etc/sysconfig/network-scripts'
const VIP = '192.168.139.6'

describe('a cluster of hosts with the layout of EL7, under systemd', () => {
  let cluster: Cluster
  const on = (host: string, script: string) => cluster.on(host, script)
  const table = () => on('director', 'ipvsadm -S -n')
  const saved = () => on('director', 'cat /etc/sysconfig/ipvsadm')
  const mainPid = (host: string) => on(host, 'systemctl show -p MainPID --value httpd')
  const play = async (...flags: string[]) => {
    const played = await cluster.play('site.yml', ...flags)
    expect(played.exit, played.stdout + played.stderr).toBe(0)
    return played
  }

  beforeAll(async () => {
    cluster = await Cluster.up('el', { flavor: 'el' })
  })
  afterAll(() => cluster.down())

  it('a check lists exactly what the first run then does', async () => {
    const planned = await cluster.play('site.yml', '--check')
    expect(planned.exit).toBe(3)
    expect(changes(planned)).toEqual(changes(await play()))
  })

  it('requests are balanced by weight, and a second run finds nothing to do', async () => {
    const pages = await cluster.client(
      `for i in $(seq 12); do curl -s -m 5 http://${VIP}/ | grep -o 'www.RS[12].com</h1>'; done`,
    )
    const counts = ['RS1', 'RS2'].map((name) => pages.split(`www.${name}.com`).length - 1)
    expect(counts).toEqual([4, 8])
    const again = await play()
    expect(changes(again)).toEqual([])
    for (const { trips } of Object.values(recap(again))) expect(trips).toBeLessThanOrEqual(2)
  })

  it.each([
    ['rs1', '/etc/sysctl.d/90-lvs-arp.conf', /^net\.ipv4\.conf\.all\.arp_ignore = 1$/m],
    [
      'rs1',
      `${SCRIPTS}/ifcfg-lo:0`,
      /^DEVICE=lo:0\nIPADDR=192.168.139.6\nNETMASK=255.255.255.255$/m,
    ],
    ['rs1', `${SCRIPTS}/route-lo:0`, /^192\.168\.139\.6\/32 dev lo$/m],
    ['rs2', '/var/www/html/index.html', /<h1>www\.RS2\.com<\/h1>/],
    [
      'director',
      `${SCRIPTS}/ifcfg-eth0:1`,
      /^DEVICE=eth0:1\nBOOTPROTO=none\nIPADDR=192.168.139.6$/m,
    ],
    ['director', '/etc/sysconfig/ipvsadm', /^-A -t 192\.168\.139\.6:80 -s wlc\n-a -t .* -g -w 1\n/],
  ])('%s has %s', async (host, path, content) => {
    expect(await on(host, `cat '${path}'`)).toMatch(content)
  })

  it("Apache's configuration has it read anew, without a restart; the page does not", async () => {
    const before = await mainPid('rs1')
    const workers = () => on('rs1', `pgrep -P ${before.trim()} | sort`)
    const first = await workers()
    await on('rs1', 'echo spoilt >/var/www/html/index.html')
    expect(changes(await play())).toEqual([
      expect.stringContaining('rs1 | apache-backend : the page says which real server answers'),
    ])
    expect(await workers()).toBe(first)
    await on('rs1', 'echo "# spoilt" >>/etc/httpd/conf.d/lvs.conf')
    expect(changes(await play())).toEqual([
      expect.stringContaining('rs1 | apache-backend : Apache is configured'),
      expect.stringContaining('rs1 | apache-backend : restart httpd'),
    ])
    expect(await mainPid('rs1')).toBe(before)
    const next = (await workers()).split('\n')
    expect(first.split('\n').filter((pid) => pid !== '' && next.includes(pid))).toEqual([])
    expect(changes(await play())).toEqual([])
  })

  it('a new weight is live and saved, without a restart of the service', async () => {
    const since = await on('director', 'systemctl show -p ActiveEnterTimestampMonotonic ipvsadm')
    cluster.edit('inventory.yml', (text) => text.replace('weight: 1', 'weight: 3'))
    expect(changes(await play())).toEqual([
      'director | director : the IPVS table is live | rs1 192.168.139.2:80 weight 1 -> 3',
      expect.stringContaining('director | director : the IPVS table is saved for the next boot'),
    ])
    expect(await table()).toContain('-r 192.168.139.2:80 -g -w 3')
    expect(await saved()).toBe(await table())
    expect(await on('director', 'systemctl show -p ActiveEnterTimestampMonotonic ipvsadm')).toBe(
      since,
    )
  })

  it('the table outlives a restart of the service by hand, which saves over the file', async () => {
    const before = await table()
    await on('director', 'systemctl restart ipvsadm')
    expect(await table()).toBe(before)
    expect(await saved()).toBe(before)
  })

  it('ifdown and ifup bring the VIP back from its file', async () => {
    const address = `ip -o addr show dev lo label lo:0 | grep -c ${VIP}/32 || :`
    await on('rs1', 'ifdown lo:0')
    expect((await on('rs1', address)).trim()).toBe('0')
    await on('rs1', 'ifup lo:0')
    expect((await on('rs1', address)).trim()).toBe('1')
    expect(changes(await play())).toEqual([])
  })

  it('all of it outlives a reboot of the director and of a real server', async () => {
    const before = await table()
    await cluster.lab.reboot('director')
    await cluster.lab.reboot('rs1')
    expect(await table()).toBe(before)
    expect(changes(await play('--check'))).toEqual([])
    const answer = await cluster.client(`curl -s -m 5 http://${VIP}/`)
    expect(answer).toMatch(/www\.RS[12]\.com/)
  })
})
