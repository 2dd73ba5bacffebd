import { describe, expect, it } from 'vitest'
import { readKeepalived } from '../../../src/lvs/import/keepalived.js'
import { clusterOf, diskOf, notesOf, tableOf } from './support.js'

const read = (text: string, files = {}) => readKeepalived(text, 'ka.conf', diskOf(files))

/** A virtual_server on 10.0.0.6:80 with these lines, and one real server with those. */
const service = (lines: string, server = 'weight 1') => `
virtual_server 10.0.0.6 80 {
  protocol TCP
  lb_kind DR
  ${lines}
  real_server 10.0.0.2 80 {
    ${server}
  }
}`

const whole = `! What moves the VIP and fills the table.
global_defs {
  router_id lb1                 # not looked at
  lvs_sync_daemon eth1 VI_1
  lvs_timeouts tcp 600 udp 60
}
vrrp_script apache {
  script "/usr/bin/pgrep apache"
}
vrrp_instance VI_1 {
  state MASTER
  interface eth1
  virtual_router_id 51
  priority 150
  authentication {
    auth_type PASS
    auth_pass not!a comment?
  }
  unicast_src_ip 192.168.139.3
  unicast_peer {
    192.168.139.5
  }
  virtual_ipaddress {
    192.168.139.6/24 dev eth0 label eth0:1
  }
}
virtual_server 192.168.139.6 80 {
  delay_loop 6
  lvs_sched wrr
  lvs_method DR
  persistence_timeout 300
  persistence_granularity 255.255.255.0
  protocol TCP
  sorry_server 127.0.0.1 80
  quorum_up "/bin/true up"
  real_server 192.168.139.2 80 {
    weight 1
    inhibit_on_failure
    TCP_CHECK {
      connect_timeout 3
    }
  }
  real_server 192.168.139.4 80
  {
    weight 2
    uthreshold 100
    lthreshold 80
    HTTP_GET {
      url { path / }
    }
  }
}
`

describe('a whole keepalived.conf', () => {
  const told = read(whole)
  it('gives the table', () => {
    expect(tableOf(told)).toBe(
      `-A -t 192.168.139.6:80 -s wrr -p 300 -M 255.255.255.0
-a -t 192.168.139.6:80 -r 192.168.139.2:80 -g -w 1
-a -t 192.168.139.6:80 -r 192.168.139.4:80 -g -w 2
`,
    )
    expect(told.services[0]!.realServers[1]).toMatchObject({
      upper_threshold: 100,
      lower_threshold: 80,
    })
  })

  it('knows the line of every value', () => {
    const { at, places, realServers } = told.services[0]!
    expect(at.line).toBe(27)
    const line = (name: string) => places![name]!.line
    expect(['scheduler', 'forwarding', 'persistence', 'netmask', 'protocol'].map(line)).toEqual([
      29, 30, 31, 32, 33,
    ])
    expect(realServers.map((server) => server.places!.weight!.line)).toEqual([37, 45])
  })

  it('gives VIP and directors from VRRP', () => {
    expect(told.addresses).toEqual([
      {
        on: 'director',
        address: '192.168.139.6',
        device: 'eth0',
        label: 'eth0:1',
        prefix: 24,
        at: { file: 'ka.conf', line: 24, col: 5 },
      },
    ])
    expect(told.directors.map(({ address }) => address)).toEqual(['192.168.139.3', '192.168.139.5'])
    expect(told.vrrp?.line).toBe(10)
    expect(told.timeouts).toMatchObject({ tcp: 600, tcpfin: 0, udp: 60 })
  })

  it('names what is not carried over, line by line', () => {
    expect(notesOf(clusterOf([told]))).toEqual([
      '4: lvs_sync_daemon is not carried over',
      '10: VRRP is not carried over: its states, priorities, checks and scripts',
      '34: the sorry_server is not carried over',
      '35: the script of quorum_up is not carried over',
      '38: inhibit_on_failure is not carried over',
      '39: the health check TCP_CHECK is not carried over',
      '48: the health check HTTP_GET is not carried over',
    ])
  })
})

describe('what keepalived takes where the file is silent, or wrong', () => {
  it.each([
    ['no scheduler: wlc', service(''), '-s wlc'],
    ['an unknown scheduler: wlc', service('lb_algo wlcc'), '-s wlc'],
    ['persistence without a number', service('persistence_timeout'), '-s wlc -p 360'],
    ['persistence 0: none', service('persistence_timeout 0'), '-s wlc'],
    [
      'granularity switches persistence on',
      service('persistence_granularity 255.255.255.0'),
      '-p 360 -M 255.255.255.0',
    ],
    [
      'a granularity of one host is the default',
      service('persistence_granularity 255.255.255.255'),
      '-p 360',
    ],
    ['flags', service('lb_algo sh\n  sh-port\n  sh-fallback'), '-b sh-fallback,sh-port'],
    ['flags of another scheduler', service('lb_algo mh\n  sh-port'), '-s mh'],
    ['no weight: 1', service('', ''), '-r 10.0.0.2:80 -g -w 1'],
    ['the weight of the virtual server', service('weight 7', ''), '-w 7'],
    ['a forwarding of its own', service('', 'lvs_method NAT'), '-r 10.0.0.2:80 -m'],
    ['an unknown forwarding: none', service('', 'lvs_method dr'), '-r 10.0.0.2:80 -g'],
    [
      'a tunnel',
      service('lb_kind TUN type gue port 6080'),
      '-i -w 1 --tun-type gue --tun-port 6080 --tun-nocsum',
    ],
    [
      'no lb_kind: NAT',
      'virtual_server 10.0.0.6 80 {\nprotocol TCP\nreal_server 10.0.0.2 80 {\n}\n}',
      '-m',
    ],
    ['no protocol: udp', 'virtual_server 10.0.0.6 80 {\nlb_kind DR\n}', '-A -u 10.0.0.6:80'],
    [
      'protocol in small letters',
      'virtual_server 10.0.0.6 80 {\nprotocol sctp\n}',
      '--sctp-service 10.0.0.6:80',
    ],
    [
      'no port, and persistence: every port',
      'virtual_server 10.0.0.6 {\nprotocol TCP\npersistence_timeout 60\n}',
      '-t 10.0.0.6:0 -s wlc -p 60',
    ],
    [
      'no port of a real server: that of the service',
      'virtual_server 10.0.0.6 80 {\nprotocol TCP\nlb_kind NAT\nreal_server 10.0.0.2 {\n}\n}',
      '-r 10.0.0.2:80 -m',
    ],
    [
      'a firewall mark',
      'virtual_server fwmark 7 {\nlb_kind DR\nreal_server 10.0.0.2 80 {\n}\n}',
      '-A -f 7 -s wlc\n-a -f 7 -r 10.0.0.2:0 -g',
    ],
    [
      'IPv6',
      'virtual_server fd00::6 80 {\nprotocol TCP\nlb_kind DR\nreal_server fd00::2 80 {\n}\n}',
      '-a -t [fd00::6]:80 -r [fd00::2]:80 -g',
    ],
    ['ops', service('protocol UDP\n  ops'), '-s wlc -o'],
    [
      'braces in one line',
      'virtual_server 10.0.0.6 80 { protocol TCP\n lb_kind DR\n real_server 10.0.0.2 80 { weight 3\n } }',
      '-w 3',
    ],
    [
      'the brace in the next line',
      'virtual_server 10.0.0.6 80\n{\n protocol TCP\n}',
      '-A -t 10.0.0.6:80',
    ],
  ])('%s', (_, text, options) => expect(tableOf(read(text))).toContain(options))
})

describe('groups', () => {
  const group = (lines: string) => `virtual_server_group WEB {\n${lines}\n}
virtual_server group WEB {
  protocol TCP
  lb_kind DR
  real_server 10.0.0.2 80 {
  }
}`
  it.each([
    ['10.0.0.6 80\n10.0.0.6 443', ['-t 10.0.0.6:80', '-t 10.0.0.6:443']],
    ['10.0.0.6-8 80', ['-t 10.0.0.6:80', '-t 10.0.0.7:80', '-t 10.0.0.8:80']],
    ['10.0.0.255-10.0.1.0 80', ['-t 10.0.0.255:80', '-t 10.0.1.0:80']],
    ['10.0.0.8/31 80', ['-t 10.0.0.8:80', '-t 10.0.0.9:80']],
    ['fd00::9-b 80', ['-t [fd00::9]:80', '-t [fd00::a]:80', '-t [fd00::b]:80']],
    ['fwmark 5', ['-f 5']],
    ['fwmark 5 inet6', ['-f 5 -6']],
  ])('%s', (lines, services) => {
    const added = tableOf(read(group(lines))).match(/(?<=-A ).*(?= -s)/g)
    expect(added).toEqual(services)
  })

  it('a group that is nowhere', () => {
    expect(notesOf(read('virtual_server group WEB {\nprotocol TCP\nlb_kind DR\n}'))).toEqual([
      '1: no group "WEB" is here',
    ])
  })
})

describe('the text', () => {
  const services = (text: string, files = {}) =>
    read(text, files).services.map(({ address, port }) => `${address}:${port}`)

  it.each([
    ['comments', '! a\n # b\nvirtual_server 10.0.0.6 80 { # c\n protocol TCP ! d\n}'],
    ['parameters', '$BASE=10.0\n$VIP=${BASE}.0.6\nvirtual_server $VIP 80 {\n}'],
  ])('%s', (_, text) => expect(services(text)).toEqual(['10.0.0.6:80']))

  it('a parameter of several lines, at each of its uses', () => {
    const text = `$VS= \\
virtual_server 10.0.0.\${N} 80 { \\
  protocol TCP \\
}
$N=6
$VS
$N=7
$VS
`
    expect(services(text)).toEqual(['10.0.0.6:80', '10.0.0.7:80'])
  })

  it('other files, with their own names in places and notes', () => {
    const files = { 'conf.d/b.conf': 'virtual_server 10.0.0.7 80 {\n what 1\n}' }
    const told = read('include conf.d/*.conf\n', files)
    expect(told.services[0]!.at.file).toBe('conf.d/b.conf')
    expect(told.notes[0]).toMatchObject({
      at: { file: 'conf.d/b.conf', line: 2, col: 2 },
      message: 'not understood: what 1',
    })
  })

  it('what is not understood is passed over, and named at its place', () => {
    expect(
      notesOf(
        read(`include nowhere.conf
@main priority 5
~SEQ(A, 1, 3) virtual_server 10.0.0.$A 80 {}
static_routes {
  10.1.0.0/16 via 10.0.0.1
}
something {
  nested { more }
}
`),
      ),
    ).toEqual([
      '1: includes nowhere.conf, which is not there',
      '2: counts for one of several directors alone: @main priority 5',
      '3: not understood: ~SEQ(A, 1, 3) virtual_server 10.0.0.$A 80 {}',
      '4: static_routes is not carried over',
      '7: not understood: something',
    ])
  })

  it.each([
    ['virtual_server 10.0.0.6 80 {\n', 1, 'the block virtual_server has no }'],
    ['}\n', 1, 'closes no block'],
    ['{\n}\n', 1, 'belongs to no keyword'],
    ['virtual_server www 80 {\n}\n', 1, '"www" is no IP address'],
    ['virtual_server 10.0.0.6 htpp {\n}\n', 1, '"htpp" is no port'],
    ['virtual_server 10.0.0.9-6 80 {\n}\n', 1, 'no range'],
    ['virtual_server fd00::9-7 80 {\n}\n', 1, 'no range'],
    ['virtual_server fwmark x {\n}\n', 1, '"x" is no firewall mark'],
    ['virtual_server 10.0.0.6 80 {\n real_server web1 80 {\n }\n}\n', 2, '"web1" is no IP address'],
    [service('', 'weight heavy'), 7, 'weight: "heavy" is no whole number up to 65535'],
  ])('refuses %j', (text, line, why) => {
    expect(() => read(text)).toThrow(why)
    expect(() => read(text)).toThrow(
      expect.objectContaining({ at: expect.objectContaining({ file: 'ka.conf', line }) as object }),
    )
  })
})
