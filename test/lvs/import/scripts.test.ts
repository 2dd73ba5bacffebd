import { describe, expect, it } from 'vitest'
import { readScript } from '../../../src/lvs/import/scripts.js'
import { clusterOf, diskOf, notesOf, tableOf } from './support.js'

const read = (text: string, files = {}) => readScript(text, 'lvs.sh', diskOf(files))
const lines = (...all: string[]) => `${all.join('\n')}\n`

const director = `#!/bin/bash
# chkconfig: - 90 10
. /etc/rc.d/init.d/functions
VIP=192.168.139.6
RIP1=192.168.139.2
RIP2=192.168.139.4
DIP=192.168.139.3
PORT=80

case "$1" in
start)
  echo "start the director"
  /sbin/ifconfig eth0:1 $VIP broadcast $VIP netmask 255.255.255.255 up
  /sbin/route add -host $VIP dev eth0:1
  echo 1 > /proc/sys/net/ipv4/ip_forward
  /sbin/iptables -F
  /sbin/ipvsadm --set 30 5 60
  /sbin/ipvsadm -C
  /sbin/ipvsadm -A -t $VIP:$PORT -s wlc -p 120
  /sbin/ipvsadm -a -t $VIP:80 -r $RIP1 -g -w 1
  /sbin/ipvsadm -a -t $VIP:80 -r $RIP2:$PORT -g -w 2 -x 100
  /bin/touch /var/lock/subsys/ipvsadm >/dev/null 2>&1
  /sbin/arping -I eth0 -c 5 -s $VIP 192.168.139.1 >/dev/null 2>&1
  ;;
stop)
  /sbin/ipvsadm -C
  /sbin/ifconfig eth0:1 down
  ;;
status)
  if [ ! -e /var/lock/subsys/ipvsadm ]; then
    echo "stopped"
    exit 1
  else
    ipvsadm -L -n
  fi
  ;;
*)
  echo "Usage: $0 {start|stop|status}"
  exit 1
esac
exit 0
`
const realServer = `#!/bin/bash
SNS_VIP=192.168.139.6
/etc/rc.d/init.d/functions
case "$1" in
start)
  ifconfig lo:0 $SNS_VIP netmask 255.255.255.255 broadcast $SNS_VIP
  /sbin/route add -host $SNS_VIP dev lo:0
  echo "1" >/proc/sys/net/ipv4/conf/lo/arp_ignore
  echo "2" >/proc/sys/net/ipv4/conf/lo/arp_announce
  echo "1" >/proc/sys/net/ipv4/conf/all/arp_ignore
  echo "2" >/proc/sys/net/ipv4/conf/all/arp_announce
  sysctl -p >/dev/null 2>&1
  ;;
stop)
  ifconfig lo:0 down
  echo "0" >/proc/sys/net/ipv4/conf/all/arp_ignore
  ;;
esac
`

describe('a pair of the old kind', () => {
  const [lvs, rs] = [read(director), readScript(realServer, 'rs.sh', diskOf())]

  it('gives the table', () => {
    expect(tableOf(lvs, rs)).toBe(`-A -t 192.168.139.6:80 -s wlc -p 120
-a -t 192.168.139.6:80 -r 192.168.139.2:80 -g -w 1
-a -t 192.168.139.6:80 -r 192.168.139.4:80 -g -w 2
`)
    expect(lvs.services[0]!.at.line).toBe(19)
    expect(lvs.services[0]!.realServers.map(({ at }) => at.line)).toEqual([20, 21])
    expect(lvs.services[0]!.realServers[1]).toMatchObject({ upper_threshold: 100 })
  })

  it('gives VIP, director and timeouts', () => {
    expect([...lvs.addresses, ...rs.addresses]).toEqual([
      {
        ...{
          on: 'director',
          address: '192.168.139.6',
          device: 'eth0',
          label: 'eth0:1',
          prefix: 32,
        },
        at: { file: 'lvs.sh', line: 13, col: 3 },
      },
      {
        ...{ on: 'realserver', address: '192.168.139.6', device: 'lo', label: 'lo:0', prefix: 32 },
        at: { file: 'rs.sh', line: 6, col: 3 },
      },
    ])
    expect(lvs.directors).toEqual([
      { address: '192.168.139.3', at: { file: 'lvs.sh', line: 7, col: 1 } },
    ])
    expect(lvs.timeouts).toMatchObject({ tcp: 30, tcpfin: 5, udp: 60 })
  })

  it('loses nothing but the flush of the firewall', () => {
    expect(notesOf(clusterOf([lvs, rs]))).toEqual([
      '16: a firewall rule is not carried over: /sbin/iptables -F',
    ])
  })
})

describe('the table', () => {
  const V = 'VIP=10.0.0.6'
  const A = 'ipvsadm -A -t $VIP:80 -s rr'
  it.each([
    [
      'a loop over words',
      [V, A, 'for R in 10.0.0.2 10.0.0.3; do ipvsadm -a -t $VIP:80 -r $R:80 -g; done'],
      ['-r 10.0.0.2:80 -g -w 1', '-r 10.0.0.3:80 -g -w 1'],
    ],
    [
      'an array of VIPs',
      ['VIPS=(10.0.0.6 10.0.0.7)', 'for V in "${VIPS[@]}"', 'do ipvsadm -A -t $V:80', 'done'],
      ['-t 10.0.0.6:80 -s wlc', '-t 10.0.0.7:80 -s wlc'],
    ],
    ['the tool by a name', ['ipv=/usr/sbin/ipvsadm', V, '$ipv -A -t $VIP:80 -s wrr'], ['-s wrr']],
    ['by sudo', [V, 'sudo ipvsadm -A -t $VIP:80 -s wrr'], ['-s wrr']],
    [
      'long options',
      [
        V,
        'ipvsadm --add-service --tcp-service $VIP:80 --scheduler rr',
        'ipvsadm --add-server --tcp-service=$VIP:80 --real-server=10.0.0.2 --gatewaying --weight 3',
      ],
      ['-t 10.0.0.6:80 -s rr', '-r 10.0.0.2:80 -g -w 3'],
    ],
    [
      'options in one word',
      [V, 'ipvsadm -At $VIP:80 -srr', 'ipvsadm -at $VIP:80 -r10.0.0.2 -w5'],
      ['-s rr', '-r 10.0.0.2:80 -g -w 5'],
    ],
    [
      'a port by name',
      [V, 'ipvsadm -A -t $VIP:https -s rr', 'ipvsadm -a -t $VIP:https -r 10.0.0.2:https'],
      ['-t 10.0.0.6:443', '-r 10.0.0.2:443'],
    ],
    ['persistence without a number', [V, 'ipvsadm -A -t $VIP:80 -p'], ['-p 360']],
    [
      'every port',
      [V, 'ipvsadm -A -t $VIP:0 -p 60', 'ipvsadm -a -t $VIP:0 -r 10.0.0.2'],
      ['-t 10.0.0.6:0 -s wlc -p 60', '-r 10.0.0.2:0'],
    ],
    [
      'another port under dr is that of the service',
      [V, A, 'ipvsadm -a -t $VIP:80 -r 10.0.0.2:8080 -g'],
      ['-r 10.0.0.2:80 -g'],
    ],
    [
      'another port under nat',
      [V, A, 'ipvsadm -a -t $VIP:80 -r 10.0.0.2:8080 -m'],
      ['-r 10.0.0.2:8080 -m'],
    ],
    [
      'a firewall mark',
      ['ipvsadm -A -f 7 -s rr', 'ipvsadm -a -f 7 -r 10.0.0.2 -g'],
      ['-f 7 -s rr', '-f 7 -r 10.0.0.2:0 -g'],
    ],
    [
      'udp and sctp',
      [V, 'ipvsadm -A -u $VIP:53 -s rr -o', 'ipvsadm -A --sctp-service $VIP:99'],
      ['-u 10.0.0.6:53 -s rr -o', '--sctp-service 10.0.0.6:99'],
    ],
    [
      'IPv6',
      ['ipvsadm -A -t [fd00::6]:80', 'ipvsadm -a -t [fd00::6]:80 -r [fd00::2]:80 -g'],
      ['-a -t [fd00::6]:80 -r [fd00::2]:80 -g'],
    ],
    [
      'an edit',
      [
        V,
        A,
        'ipvsadm -a -t $VIP:80 -r 10.0.0.2',
        'ipvsadm -E -t $VIP:80 -s sh',
        'ipvsadm -e -t $VIP:80 -r 10.0.0.2 -w 9',
      ],
      ['-s sh', '-r 10.0.0.2:80 -g -w 9'],
    ],
    [
      'a restore from its own text',
      [
        'ipvsadm -R <<EOF',
        '-A -t 10.0.0.6:80 -s rr',
        '-a -t 10.0.0.6:80 -r 10.0.0.2:80 -g -w 1',
        'EOF',
      ],
      ['-t 10.0.0.6:80 -s rr', '-r 10.0.0.2:80'],
    ],
  ])('%s', (_, script, wanted) => {
    const table = tableOf(read(lines(...script)))
    for (const part of wanted) expect(table).toContain(part)
    expect(table.trimEnd().split('\n').length).toBeLessThanOrEqual(wanted.length + 1)
  })

  it('after a flush and deletions is what is left', () => {
    const text = lines(
      'ipvsadm -A -t 10.0.0.9:80 -s rr',
      'ipvsadm -C',
      'ipvsadm -A -t 10.0.0.6:80 -s rr',
      'ipvsadm -a -t 10.0.0.6:80 -r 10.0.0.2',
      'ipvsadm -a -t 10.0.0.6:80 -r 10.0.0.3',
      'ipvsadm -d -t 10.0.0.6:80 -r 10.0.0.2',
      'ipvsadm -A -t 10.0.0.7:80 -s rr',
      'ipvsadm -D -t 10.0.0.7:80',
    )
    expect(tableOf(read(text))).toBe(
      '-A -t 10.0.0.6:80 -s rr\n-a -t 10.0.0.6:80 -r 10.0.0.3:80 -g -w 1\n',
    )
  })
})

describe('a VIP', () => {
  it.each([
    ['ifconfig eth0:1 10.0.0.6 netmask 255.255.255.0 up', ['director', 'eth0', 'eth0:1', 24]],
    [
      'ifconfig eth0:1 10.0.0.6 netmask 255.25.255.0 up',
      ['director', 'eth0', 'eth0:1', '255.25.255.0'],
    ],
    ['ifconfig eth0:1 10.0.0.6/32 up', ['director', 'eth0', 'eth0:1', 32]],
    ['ifconfig eth0:1 10.0.0.6 netmask 0xffffff00', ['director', 'eth0', 'eth0:1', 24]],
    ['ifconfig eth0:1 10.0.0.6 up', ['director', 'eth0', 'eth0:1', 8]],
    ['ifconfig eth0 10.0.0.6 netmask 255.255.255.255', ['director', 'eth0', undefined, 32]],
    ['ip addr add 10.0.0.6/24 dev eth0 label eth0:vip', ['director', 'eth0', 'eth0:vip', 24]],
    ['ip a a 10.0.0.6 dev eth0', ['director', 'eth0', undefined, 32]],
    [
      'ip -4 address replace 10.0.0.6/32 brd 10.0.0.6 dev bond0',
      ['director', 'bond0', undefined, 32],
    ],
    [
      'ifconfig lo:0 10.0.0.6 broadcast 10.0.0.6 netmask 255.255.255.255 up',
      ['realserver', 'lo', 'lo:0', 32],
    ],
    ['ip addr add 10.0.0.6/32 dev lo', ['realserver', 'lo', undefined, 32]],
    ['ip addr add 10.0.0.6/32 dev dummy0', ['realserver', 'dummy0', undefined, 32]],
  ])('%s', (command, [on, device, label, prefix]) => {
    const { addresses } = read(`ipvsadm -A -t 10.0.0.6:80\n${command}\n`)
    expect(addresses).toEqual([
      {
        ...{ on, address: '10.0.0.6', device, ...(label === undefined ? {} : { label }), prefix },
        at: { file: 'lvs.sh', line: 2, col: 1 },
      },
    ])
  })

  it.each([
    'ifconfig eth0:1 down',
    'ifconfig eth0 mtu 1500',
    'ifconfig',
    'ip addr show',
    'ip link set eth0 up',
    'ip addr del 10.0.0.6/32 dev lo',
    'ifconfig lo 127.0.0.1',
  ])('not by %s', (command) => {
    const told = read(`ipvsadm -A -t 10.0.0.6:80\n${command}\n`)
    expect(told.addresses).toEqual([])
    expect(told.notes).toEqual([])
  })

  it('an address without a label that no service has is the director’s own', () => {
    const { directors, addresses } = read(
      'ifconfig eth0 10.0.0.3 netmask 255.255.255.0\nipvsadm -A -t 10.0.0.6:80\n',
    )
    expect(addresses).toEqual([])
    expect(directors).toMatchObject([{ address: '10.0.0.3', prefix: 24 }])
    const other = read('ip addr add 10.0.0.3/32 dev eth0\nipvsadm -A -t 10.0.0.6:80\n')
    expect(other.directors).toEqual([])
    expect(other.addresses).toHaveLength(1)
  })
})

describe('ARP on a real server', () => {
  const vip = 'ip addr add 10.0.0.6/32 dev lo'
  const keys = ['lo.arp_ignore=1', 'lo.arp_announce=2', 'all.arp_ignore=1', 'all.arp_announce=2']
  const settings = keys.map((key) => `net.ipv4.conf.${key}`)

  it.each([
    ['by sysctl', [vip, ...settings.map((each) => `sysctl -w ${each}`)]],
    ['by one sysctl', [`sysctl -q -w ${settings.join(' ')}`, vip]],
  ])('silenced %s is as dr-play has it', (_, script) => {
    expect(read(lines(...script)).notes).toEqual([])
  })

  it('half silenced is named', () => {
    const script = lines(
      vip,
      'echo 1 >/proc/sys/net/ipv4/conf/lo/arp_ignore',
      'sysctl -w net.ipv4.conf.all.arp_ignore=3',
    )
    expect(notesOf(read(script))).toEqual([
      '1: the VIP is put on lo while net.ipv4.conf.lo.arp_announce is not set, net.ipv4.conf.all.arp_ignore is 3, not 1 and net.ipv4.conf.all.arp_announce is not set',
    ])
  })
})

it('routes other than those to the VIP are named', () => {
  const { notes } = read(
    lines(
      'VIP=10.0.0.6',
      'ipvsadm -A -t $VIP:80',
      'route add -host $VIP dev eth0:1',
      'ip route add $VIP/32 dev lo',
      'route del $VIP',
      'route -n',
      'ip route show',
      'route add default gw 10.0.0.1',
      'ip route replace 10.1.0.0/16 via 10.0.0.1',
      'ip rule add from $VIP table 7',
      'ip link set eth0 up',
    ),
  )
  expect(notesOf({ notes })).toEqual([
    '10: not understood: ip rule add from $VIP table 7',
    '8: a route is not carried over: route add default gw 10.0.0.1',
    '9: a route is not carried over: ip route replace 10.1.0.0/16 via 10.0.0.1',
  ])
})

it('rules that mark packets tell the VIPs of a firewall mark', () => {
  const { marks, notes } = read(
    'VIP=10.0.0.6\niptables -t mangle -A PREROUTING -d $VIP/32 -p tcp --dport 80 -j MARK --set-mark 0x7\n',
  )
  expect(marks).toMatchObject([{ mark: '7', vip: '10.0.0.6' }])
  expect(notes).toHaveLength(1)
})

it('what is not understood is named, with the line', () => {
  const script = lines(
    'VIP=$(hostname -I)',
    'ipvsadm -A -t $VIP:80 -s rr',
    'ipvsadm -A -t 10.0.0.6:http-ish -s rr',
    'ipvsadm -a -t 10.0.0.7:80 -r 10.0.0.2',
    'ifconfig eth0:1 $VIP up',
    'ip addr add $VIP/32 dev lo',
    '$TOOL -A',
    'mysterious --thing',
    'service network restart',
    'service ipvsadm save',
    'ipvsadm-restore </etc/sysconfig/ipvsadm',
    'ipvsadm --start-daemon master',
    'echo "a=b" >>/etc/sysctl.conf',
    'ipvsadm-save >/etc/sysconfig/ipvsadm',
    'for R in $(cat list); do ipvsadm -a -t 10.0.0.6:80 -r $R; done',
    'ipvsadm -A -w',
    'ipvsadm -A -t [fd00::6] -s rr',
  )
  expect(notesOf(read(script))).toEqual([
    '2: only a run can tell what this does: ipvsadm -A -t $VIP:80 -s rr',
    '3: "http-ish" is no port: ipvsadm -A -t 10.0.0.6:http-ish -s rr',
    '4: no line before this one adds tcp 10.0.0.7:80: ipvsadm -a -t 10.0.0.7:80 -r 10.0.0.2',
    '5: only a run can tell what this does: ifconfig eth0:1 $VIP up',
    '6: only a run can tell what this does: ip addr add $VIP/32 dev lo',
    '7: only a run can tell what this does: $TOOL -A',
    '8: not understood: mysterious --thing',
    '9: not carried over: service network restart',
    '11: loads the table of /etc/sysconfig/ipvsadm',
    '12: the sync daemon is not carried over',
    '13: writes a file, which is not carried over: /etc/sysctl.conf',
    '15: only a run can tell what this does: ipvsadm -a -t 10.0.0.6:80 -r $R',
    '16: ipvsadm: -w has no value: ipvsadm -A -w',
    '17: ipvsadm refuses "[fd00::6]": of IPv6 it wants a port, too: ipvsadm -A -t [fd00::6] -s rr',
  ])
})
