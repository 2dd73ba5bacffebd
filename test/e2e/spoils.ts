/** One thing that went wrong on one host, and what dr-play says about it. */
export interface Spoil {
  what: string
  host: 'director' | 'rs1' | 'rs2'
  /** sh text that does it. */
  by: string
  /** The changes that mend it, as `changes` gives them: without the host, which is above. */
  mended: string[]
}

const VIP = '192.168.139.6'

export const spoils: Spoil[] = [
  {
    what: 'the interfaces.d file of lo:0 is edited',
    host: 'rs1',
    by: 'echo "# by hand" >>/etc/network/interfaces.d/lvs-vip',
    mended: [
      'realserver : interfaces.d holds the VIP | /etc/network/interfaces.d/lvs-vip: new content',
    ],
  },
  {
    what: 'the VIP is gone from lo',
    host: 'rs2',
    by: `ip addr del ${VIP}/32 dev lo`,
    mended: [`realserver : the VIP is on lo | ${VIP}/32 on lo: add as lo:0`],
  },
  {
    what: 'arp_ignore is back to 0',
    host: 'rs1',
    by: 'echo 0 >/proc/sys/net/ipv4/conf/all/arp_ignore',
    mended: [
      'realserver : ARP about the VIP is silenced now | net.ipv4.conf.all.arp_ignore: 0 -> 1',
    ],
  },
  {
    what: 'the sysctl file for the next boot is gone',
    host: 'rs2',
    by: 'rm /etc/sysctl.d/90-lvs-arp.conf',
    mended: [
      'realserver : ARP about the VIP is silenced at boot | /etc/sysctl.d/90-lvs-arp.conf: created',
    ],
  },
  {
    what: 'the host route to the VIP is gone',
    host: 'rs1',
    by: `ip route del ${VIP}/32 dev lo`,
    mended: [`realserver : a host route leads to the VIP | route ${VIP}/32: add dev lo`],
  },
  {
    what: 'Apache is stopped',
    host: 'rs2',
    by: 'service apache2 stop',
    mended: ['apache-backend : Apache runs, also after a reboot | apache2: start'],
  },
  {
    what: "Apache's configuration is edited",
    host: 'rs1',
    by: 'echo "ServerAdmin by@hand" >>/etc/apache2/conf-available/lvs.conf',
    mended: [
      'apache-backend : Apache is configured | /etc/apache2/conf-available/lvs.conf: new content',
      'apache-backend : restart httpd | apache2: reload',
    ],
  },
  {
    what: 'the page is edited',
    host: 'rs2',
    by: 'echo "<p>by hand" >>/var/www/html/index.html',
    mended: [
      'apache-backend : the page says which real server answers | /var/www/html/index.html: new content',
    ],
  },
  {
    what: 'nobody else may read the page',
    host: 'rs1',
    by: 'chmod 600 /var/www/html/index.html',
    mended: [
      'apache-backend : the page says which real server answers | /var/www/html/index.html: mode 0600 -> 0644',
    ],
  },
  {
    what: 'a weight is changed live',
    host: 'director',
    by: `ipvsadm -e -t ${VIP}:80 -r 192.168.139.4:80 -g -w 7`,
    mended: ['director : the IPVS table is live | rs2 192.168.139.4:80 weight 7 -> 2'],
  },
  {
    what: 'the saved table is edited',
    host: 'director',
    by: 'sed -i "s/-w 2/-w 9/" /etc/ipvsadm.rules',
    mended: [
      'director : the IPVS table is saved for the next boot | /etc/ipvsadm.rules: new content',
    ],
  },
  {
    what: 'the VIP is gone from the director',
    host: 'director',
    by: `ip addr del ${VIP}/32 dev eth0`,
    mended: [`director : the VIP is on eth0 | ${VIP}/32 on eth0: add as eth0:1`],
  },
]
