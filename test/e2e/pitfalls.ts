/** One thing that breaks direct routing, done to a healthy cluster. */
export interface Pitfall {
  what: string
  /** sh text that does it, by host; done in this order. */
  by: readonly (readonly [host: Host, script: string])[]
  /** sh text that takes it back. */
  back: readonly (readonly [host: Host, script: string])[]
  /** The checks that fail; those that a single request decides by chance may do so, too. */
  fails: string[]
  warns?: string[]
  /** Checks that may fail or not: whom of several who answer a client believes, say. */
  byChance?: string[]
  /** What the first of them says. */
  says: RegExp
  /** The first hop that `dr-play why` calls broken. */
  hop?: string
}

type Host = 'director' | 'rs1' | 'rs2' | 'client'

const VIP = '192.168.139.6'
const CLIENT = '192.168.139.251'
/** The table as it was. */
export const reload = [
  'director',
  "ipvsadm -C; grep -v '^#' /etc/ipvsadm.rules | ipvsadm -R",
] as const
/** Whoever believed somebody else believes the director again. */
const announce = ['director', `arping -q -U -c 2 -I eth0 ${VIP}`] as const
const on = (host: Host, script: string) => [[host, script] as const]

export const pitfalls: readonly Pitfall[] = [
  {
    what: 'the VIP is gone from the director',
    by: on('director', `ip addr del ${VIP}/32 dev eth0`),
    back: on('director', `ip addr add ${VIP}/32 dev eth0 label eth0:1`),
    fails: ['director-vip', 'arp-answer', 'answer'],
    says: /^director has not got 192\.168\.139\.6$/,
    hop: 'vip',
  },
  {
    what: 'the virtual service is gone',
    by: on('director', `ipvsadm -D -t ${VIP}:80`),
    back: [reload],
    fails: ['service', 'answer'],
    says: /^director has no service tcp 192\.168\.139\.6:80$/,
    hop: 'service',
  },
  {
    what: 'a real server is gone from the table',
    by: on('director', `ipvsadm -d -t ${VIP}:80 -r 192.168.139.4`),
    back: [reload],
    fails: [],
    warns: ['real-servers'],
    says: /^rs2: not in the table of tcp 192\.168\.139\.6:80$/,
  },
  {
    what: 'every real server is quiesced',
    by: on(
      'director',
      `for rip in 2 4; do ipvsadm -e -t ${VIP}:80 -r 192.168.139.$rip -g -w 0; done`,
    ),
    back: [reload],
    fails: ['real-servers', 'answer'],
    says: /has no real server with weight on director$/,
    hop: 'real-servers',
  },
  {
    what: 'an entry forwards by NAT',
    by: on('director', `ipvsadm -e -t ${VIP}:80 -r 192.168.139.2 -m -w 1`),
    back: [reload],
    fails: ['forwarding'],
    says: /^director forwards to rs1 by nat, not dr$/,
  },
  {
    what: 'an entry has another port, as only NAT can',
    by: on(
      'director',
      `ipvsadm -d -t ${VIP}:80 -r 192.168.139.2; ipvsadm -a -t ${VIP}:80 -r 192.168.139.2:8080 -m`,
    ),
    back: [reload],
    fails: ['forwarding', 'port'],
    says: /forwards to rs1 by nat/,
  },
  {
    what: 'the director is a real server',
    by: on('director', `ipvsadm -a -t ${VIP}:80 -r 192.168.139.3 -g -w 1`),
    back: [reload],
    fails: ['local-server'],
    warns: ['real-servers'],
    says: /^director is a director, and a real server of tcp 192\.168\.139\.6:80$/,
  },
  {
    what: 'the director sends redirects',
    by: on('director', 'sysctl -qw net.ipv4.conf.all.send_redirects=1'),
    back: on('director', 'sysctl -qw net.ipv4.conf.all.send_redirects=0'),
    fails: [],
    warns: ['redirects'],
    says: /^director sends ICMP redirects on eth0$/,
  },
  {
    what: 'a real server is behind a gateway',
    by: on('director', 'ip route add 192.168.139.2/32 via 192.168.139.4'),
    back: on('director', 'ip route del 192.168.139.2/32 via 192.168.139.4'),
    fails: ['same-segment'],
    says: /^director reaches rs1 \(192\.168\.139\.2\) by the gateway 192\.168\.139\.4$/,
    hop: 'segment',
  },
  {
    what: 'an interface has a smaller MTU',
    by: on('rs2', 'ip link set eth0 mtu 1400'),
    back: on('rs2', 'ip link set eth0 mtu 1500'),
    fails: ['mtu'],
    says: /^rs2 takes packets up to 1400 bytes, director up to 1500$/,
  },
  {
    what: 'an interface of the director merges packets in hardware',
    by: on(
      'director',
      `set -e; sysctl -qw net.ipv4.ip_forward=0
       ip link add drp0 type bond; ip link set drp0 up; ethtool -K drp0 lro on
       ip addr del ${VIP}/32 dev eth0; ip addr add ${VIP}/32 dev drp0`,
    ),
    back: on(
      'director',
      `ip link del drp0; ip addr add ${VIP}/32 dev eth0 label eth0:1
       sysctl -qw net.ipv4.ip_forward=1`,
    ),
    fails: ['offload'],
    says: /^director merges packets on drp0$/,
  },
  {
    what: 'the director keeps silent about the VIP, which is on another interface of it',
    by: on(
      'director',
      `set -e; ip link add drp0 type dummy; ip link set drp0 up
       ip addr del ${VIP}/32 dev eth0; ip addr add ${VIP}/32 dev drp0
       sysctl -qw net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.drp0.send_redirects=0`,
    ),
    back: on(
      'director',
      `ip link del drp0; ip addr add ${VIP}/32 dev eth0 label eth0:1
       sysctl -qw net.ipv4.conf.all.arp_ignore=0; arping -q -U -c 1 -I eth0 ${VIP}`,
    ),
    fails: ['arp-answer'],
    says: /^director does not answer ARP for 192\.168\.139\.6, as heard from rs1, rs2 and client$/,
    hop: 'arp',
  },
  {
    what: 'a real server answers ARP',
    by: on('rs1', 'sysctl -qw net.ipv4.conf.all.arp_ignore=0'),
    back: [['rs1', 'sysctl -qw net.ipv4.conf.all.arp_ignore=1'], announce],
    fails: ['arp-leak', 'arp-ignore'],
    byChance: ['neighbour'],
    says: /^rs1 \(eth0\) answers ARP for 192\.168\.139\.6$/,
    hop: 'arp',
  },
  {
    what: 'lo alone keeps silent: the interface is another matter',
    by: on('rs2', 'cd /proc/sys/net/ipv4/conf; echo 0 >all/arp_ignore; echo 0 >all/arp_announce'),
    back: [
      ['rs2', 'cd /proc/sys/net/ipv4/conf; echo 1 >all/arp_ignore; echo 2 >all/arp_announce'],
      announce,
    ],
    fails: ['arp-leak', 'arp-ignore', 'arp-announce'],
    byChance: ['neighbour'],
    says: /^rs2 \(eth0\) answers ARP for 192\.168\.139\.6$/,
  },
  {
    what: 'a real server speaks ARP with the VIP, and a client believes it',
    by: [
      ['director', `ipvsadm -e -t ${VIP}:80 -r 192.168.139.4 -g -w 0`],
      ['rs1', `sysctl -qw net.ipv4.conf.all.arp_announce=0; ip neigh flush to ${CLIENT}`],
      // Else the client finds out within some seconds, until the next time.
      ['client', 'sysctl -qw net.ipv4.neigh.eth0.delay_first_probe_time=60; sleep 1'],
      ['client', `curl -s -m 5 -o /dev/null http://${VIP}/`],
    ],
    back: [
      ['client', 'sysctl -qw net.ipv4.neigh.eth0.delay_first_probe_time=5'],
      ['rs1', 'sysctl -qw net.ipv4.conf.all.arp_announce=2'],
      ['director', `ipvsadm -e -t ${VIP}:80 -r 192.168.139.4 -g -w 2`],
      announce,
    ],
    fails: ['arp-announce', 'neighbour'],
    warns: ['real-servers'],
    says: /^rs1 speaks ARP with 192\.168\.139\.6 on eth0$/,
  },
  {
    what: 'a later sysctl file undoes the ARP settings at the next boot',
    by: on('rs1', 'echo net.ipv4.conf.all.arp_announce=0 >/etc/sysctl.d/99-other.conf'),
    back: on('rs1', 'rm /etc/sysctl.d/99-other.conf'),
    fails: ['arp-boot'],
    says: /^rs1 boots with arp_announce 0$/,
  },
  {
    what: 'a client has a stale neighbour entry',
    by: on('client', `ip neigh replace ${VIP} lladdr 02:00:c0:a8:8b:63 dev eth0 nud permanent`),
    back: on('client', `ip neigh del ${VIP} dev eth0`),
    fails: ['neighbour', 'answer'],
    says: /^client knows .* by the MAC of an unknown host \(02:00:c0:a8:8b:63\)$/,
  },
  {
    what: 'the VIP is gone from a real server',
    by: on('rs2', `ip addr del ${VIP}/32 dev lo`),
    back: on('rs2', `ip addr add ${VIP}/32 dev lo label lo:0; ip route replace ${VIP}/32 dev lo`),
    fails: ['vip-on-lo', 'vip-path'],
    says: /^rs2 has not got 192\.168\.139\.6$/,
    hop: 'lo',
  },
  {
    what: 'the VIP on lo is no /32',
    by: on('rs1', `ip addr del ${VIP}/32 dev lo; ip addr add ${VIP}/31 dev lo`),
    back: on(
      'rs1',
      `ip addr del ${VIP}/31 dev lo; ip addr add ${VIP}/32 dev lo label lo:0
       ip route replace ${VIP}/32 dev lo`,
    ),
    fails: ['vip-prefix'],
    says: /^rs1 has 192\.168\.139\.6 on lo as a \/31$/,
  },
  {
    what: 'a real server with two interfaces filters strictly',
    by: on(
      'rs1',
      `set -e; ip link add drp0 type veth peer name drp1
       ip addr add 10.99.0.1/24 dev drp0; ip link set drp0 up
       sysctl -qw net.ipv4.conf.all.rp_filter=1`,
    ),
    back: on('rs1', 'ip link del drp0; sysctl -qw net.ipv4.conf.all.rp_filter=0'),
    fails: ['rp-filter'],
    says: /^rs1 drops by rp_filter on eth0 what it would answer by another interface$/,
  },
  {
    what: 'Apache listens on the RIP only',
    by: on(
      'rs2',
      "sed -i 's/^Listen 80/Listen 192.168.139.4:80/' /etc/apache2/ports.conf; service apache2 restart",
    ),
    back: on(
      'rs2',
      "sed -i 's/^Listen .*:80/Listen 80/' /etc/apache2/ports.conf; service apache2 restart",
    ),
    fails: ['listener', 'vip-path'],
    says: /^on rs2 tcp port 80 is open, but not on 192\.168\.139\.6$/,
    hop: 'listener',
  },
  {
    what: 'Apache is stopped',
    by: on('rs1', 'service apache2 stop'),
    back: on('rs1', 'service apache2 start'),
    fails: ['listener', 'vip-path'],
    says: /^on rs1 nobody listens on tcp port 80$/,
  },
  {
    what: 'a real server answers by the director',
    by: on('rs1', 'ip route add default via 192.168.139.3'),
    back: on('rs1', 'ip route del default'),
    fails: ['return-route'],
    says: /^rs1 answers by director, which is a director$/,
  },
  {
    what: 'a firewall of a real server drops the VIP: nft',
    by: on(
      'rs2',
      `nft add table inet drp; nft 'add chain inet drp in { type filter hook input priority 0; }'
       nft add rule inet drp in ip daddr ${VIP} tcp dport 80 drop`,
    ),
    back: on('rs2', 'nft delete table inet drp'),
    fails: ['firewall', 'vip-path'],
    says: /^a firewall rule of rs2 drops tcp 192\.168\.139\.6:80$/,
    hop: 'firewall',
  },
  {
    what: 'a firewall of the director drops the service: iptables',
    by: on('director', 'iptables-legacy -A INPUT -p tcp --dport 80 -j DROP'),
    back: on('director', 'iptables-legacy -F INPUT'),
    fails: ['firewall', 'answer'],
    says: /^a firewall rule of director drops tcp 192\.168\.139\.6:80$/,
  },
  {
    what: 'a real server serves errors',
    by: on(
      'rs1',
      `echo 'Redirect 503 "/"' >/etc/apache2/conf-enabled/drp.conf; service apache2 reload`,
    ),
    back: on('rs1', 'rm /etc/apache2/conf-enabled/drp.conf; service apache2 reload'),
    fails: [],
    warns: ['vip-path'],
    says: /^rs1 by 192\.168\.139\.6:80 answers 503$/,
  },
]
