/** A way in which a new real server, rs3, does not work, and what dr-play says of it. */
export interface Breakage {
  what: string
  /** sh text that breaks it, and that mends it. */
  by: string
  mend: string
  exit: number
  message: RegExp
}

const VIP = '192.168.139.6'

export const breakages: Breakage[] = [
  {
    what: 'no Apache',
    by: 'service apache2 stop; chmod -x /usr/sbin/apache2 /usr/sbin/apache2ctl',
    mend: 'chmod +x /usr/sbin/apache2 /usr/sbin/apache2ctl',
    exit: 2,
    message: new RegExp(`^rs3: wait until http://${VIP}:80/ `),
  },
  {
    what: 'Apache on the RIP only',
    by: "service apache2 stop; sed -i 's/^Listen 80/Listen 192.168.139.5:80/' /etc/apache2/ports.conf",
    mend: "sed -i 's/^Listen .*:80/Listen 80/' /etc/apache2/ports.conf; service apache2 restart",
    exit: 2,
    message: new RegExp(`^rs3: wait until http://${VIP}:80/ `),
  },
  {
    what: 'a later file overrides the ARP sysctls',
    by: 'echo net.ipv4.conf.all.arp_ignore=0 >/etc/sysctl.d/99-local.conf',
    mend: 'rm /etc/sysctl.d/99-local.conf',
    exit: 2,
    message: /^rs3: \/etc\/sysctl.d\/99-local.conf sets net.ipv4.conf.all.arp_ignore to 0 at boot/,
  },
  {
    what: 'its firewall drops what comes for the VIP',
    by: `nft -f - <<'END'
table ip test {
  chain in { type filter hook input priority 0; iif eth0 ip daddr ${VIP} drop; }
}
END`,
    mend: 'nft delete table ip test',
    exit: 2,
    message: /rs3 was not taken in.*a client gets the page from it by the VIP/,
  },
  {
    what: 'a wrong subnet: its answers do not reach the clients',
    by: `ip addr add 192.168.139.5/29 dev eth0
for host in 3 250; do ip route replace 192.168.139.$host/32 dev eth0 src 192.168.139.5; done
ip addr del 192.168.139.5/24 dev eth0; ip addr add 192.168.139.5/29 dev eth0 2>/dev/null
for host in 3 250; do ip route replace 192.168.139.$host/32 dev eth0 src 192.168.139.5; done`,
    mend: 'ip addr add 192.168.139.5/24 dev eth0; ip addr del 192.168.139.5/29 dev eth0',
    exit: 2,
    message: /rs3 was not taken in.*a client gets the page from it by the VIP/,
  },
  {
    what: 'its sshd dies in the middle',
    by: `service apache2 stop
cp -a /etc/init.d/apache2 /root/apache2.init
cat >/root/die <<'END'
for process in /proc/[0-9]*; do
  read -r name <$process/comm && [ "$name" != sshd ] || kill -9 \${process#/proc/}
done
END
sed -i '2i [ "$1" != start ] || . /root/die' /etc/init.d/apache2`,
    mend: 'cp -a /root/apache2.init /etc/init.d/apache2; /usr/sbin/sshd',
    exit: 4,
    message: /^rs3: .*the shell was lost/,
  },
]
