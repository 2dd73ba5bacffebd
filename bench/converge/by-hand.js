// The first apply as a script that somebody could write who knows that nothing is there yet: it looks
// at nothing, and says nothing.
import { realServers } from './lab.js'

const FILES = [
  '/etc/sysctl.d/90-lvs-arp.conf',
  '/etc/network/interfaces.d/lvs-vip',
  '/etc/apache2/conf-available/lvs.conf',
  '/var/www/html/index.html',
]

/** @returns the script, its files' contents taken from a host that is in state */
export async function byHand({ lab }) {
  const [{ name }] = realServers({ lab })
  const own = new RegExp(`\\b${name}\\b`, 'gi')
  const files = []
  for (const file of FILES) {
    const { stdout } = await lab.exec(name, ['cat', file])
    files.push(
      `cat >${file} <<END\n${stdout.replace(own, (one) => (one === name ? '$name' : '$NAME'))}END`,
    )
  }
  return `name=$(hostname)
NAME=$(echo $name | tr a-z A-Z)
${files.join('\n')}
for each in lo.arp_ignore=1 lo.arp_announce=2 all.arp_ignore=1 all.arp_announce=2; do
  sysctl -qw net.ipv4.conf.$each
done
ip addr add 10.66.0.6/32 dev lo label lo:0
ip route add 10.66.0.6/32 dev lo
ln -s /etc/apache2/conf-available/lvs.conf /etc/apache2/conf-enabled/lvs.conf
update-rc.d apache2 enable
service apache2 start
`
}
