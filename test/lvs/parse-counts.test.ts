import { describe, expect, it } from 'vitest'
import { parseConnections, parseTraffic } from '../../src/lvs/parse-counts.js'
import { parseTable } from '../../src/lvs/parse-table.js'
import { endpoint, serviceName } from '../../src/lvs/table.js'

// What ipvsadm 1.31 printed of one table, every kind of service in it.
const saved = `-A -f -1 -6 -s mh
-A -t 192.168.139.6:80 -s wlc
-a -t 192.168.139.6:80 -r 192.168.139.2:80 -g -w 1
-a -t 192.168.139.6:80 -r 192.168.139.4:80 -g -w 2
-A -u 192.168.139.6:53 -s sh -o -b sh-port
-a -u 192.168.139.6:53 -r 192.168.139.2:53 -i -w 0 --tun-type ipip
-A --sctp-service 192.168.139.6:99 -s rr
-A -t [fd00::6]:443 -s rr -p 300
-a -t [fd00::6]:443 -r [fd00::2]:443 -g -w 65535
-A -f 7 -s wlc -p 60 -M 255.255.255.0
-a -f 7 -r 192.168.139.2:0 -m -w 3
`
const listed = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
FWM  -1 IPv6 mh
TCP  192.168.139.6:80 wlc
  -> 192.168.139.2:80             Route   1      3          100       
  -> 192.168.139.4:80             Route   2      4          200       
UDP  192.168.139.6:53 sh (sh-port) ops
  -> 192.168.139.2:53             Tunnel  0      0          0         
SCTP 192.168.139.6:99 rr
TCP  [fd00::6]:443 rr persistent 300
  -> [fd00::2]:443                Route   65535  0          0         
FWM  7 wlc persistent 60 mask 255.255.255.0
  -> 192.168.139.2:0              Masq    3      0          5         
`
const stats = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
  -> RemoteAddress:Port
FWM  -1 IPv6                             0        0        0        0        0
TCP  192.168.139.6:80                  330     1982        0   131268        0
  -> 192.168.139.2:80                  110      660        0    43670        0
  -> 192.168.139.4:80                  220     1322        0    87598        0
UDP  192.168.139.6:53                    0        0        0        0        0
  -> 192.168.139.2:53                    0        0        0        0        0
SCTP 192.168.139.6:99                    0        0        0        0        0
TCP  [fd00::6]:443                       0        0        0        0        0
  -> [fd00::2]:443                       0        0        0        0        0
FWM  7                          1234567890 9876543210  1    8000000000000 2
  -> 192.168.139.2:0            1234567890 9876543210  1    8000000000000 2
`

describe.each([
  ['ipvsadm -L -n', parseConnections(listed)],
  ['ipvsadm -L -n --stats --exact', parseTraffic(stats)],
])('%s', (_, counts) => {
  it('has the services and real servers of ipvsadm -S -n, by the same names', () => {
    const table = parseTable(saved)
    expect([...counts.keys()]).toEqual(table.map(serviceName))
    const servers = [...counts.values()].map(({ realServers }) => [...realServers.keys()])
    expect(servers).toEqual(table.map(({ realServers }) => realServers.map(endpoint)))
  })
})

it('connections of each real server, and together', () => {
  const web = parseConnections(listed).get('tcp 192.168.139.6:80')
  expect(web).toEqual({
    service: { active: 7, inactive: 300 },
    realServers: new Map([
      ['192.168.139.2:80', { active: 3, inactive: 100 }],
      ['192.168.139.4:80', { active: 4, inactive: 200 }],
    ]),
  })
  expect(parseConnections(listed).get('sctp 192.168.139.6:99')?.service).toEqual({
    active: 0,
    inactive: 0,
  })
})

it('traffic, to the last packet', () => {
  const traffic = parseTraffic(stats)
  expect(traffic.get('tcp 192.168.139.6:80')?.service).toEqual({
    connections: 330,
    packetsIn: 1982,
    packetsOut: 0,
    bytesIn: 131268,
    bytesOut: 0,
  })
  expect(traffic.get('fwmark 7')?.realServers.get('192.168.139.2:0')).toEqual({
    connections: 1234567890,
    packetsIn: 9876543210,
    packetsOut: 1,
    bytesIn: 8000000000000,
    bytesOut: 2,
  })
  expect(traffic.get('fwmark 4294967295 (IPv6)')?.service.connections).toBe(0)
})

it('nothing, of a director without a table', () => {
  expect(parseConnections('').size).toBe(0)
  const titles = stats.split('\n').slice(0, 3).join('\n')
  expect(parseTraffic(titles).size).toBe(0)
})
