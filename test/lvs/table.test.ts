import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseTable } from '../../src/lvs/parse-table.js'
import { endpoint, formatTable, serviceName } from '../../src/lvs/table.js'
import { table } from './generators.js'

const reference = `-A -t 192.168.139.6:80 -s wlc
-a -t 192.168.139.6:80 -r 192.168.139.2:80 -g -w 1
-a -t 192.168.139.6:80 -r 192.168.139.4:80 -g -w 2
`

it('reads the reference cluster', () => {
  expect(parseTable(reference)).toEqual([
    {
      protocol: 'tcp',
      address: '192.168.139.6',
      port: 80,
      scheduler: 'wlc',
      realServers: [
        { address: '192.168.139.2', port: 80, forwarding: 'dr', weight: 1 },
        { address: '192.168.139.4', port: 80, forwarding: 'dr', weight: 2 },
      ],
    },
  ])
})

// What ipvsadm 1.31 printed on a 6.1 kernel for one table with every form, in its order;
// but for -f, which it shows as -1 and then cannot read.
const everything = `-A -f 4294967295 -s rr
-A -t 127.0.0.1:81 -s lc
-A -t 172.16.0.1:81 -s lc
-A -t 192.168.139.6:80 -s wlc
-a -t 192.168.139.6:80 -r 192.168.139.2:80 -g -w 1
-a -t 192.168.139.6:80 -r 192.168.139.4:80 -m -w 2
-a -t 192.168.139.6:80 -r 10.0.0.4:80 -m -w 65535
-a -t 192.168.139.6:80 -r 10.0.0.4:81 -m -w 2
-a -t 192.168.139.6:80 -r 10.0.0.8:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-remcsum
-a -t 192.168.139.6:80 -r 10.0.0.9:80 -i -w 1 --tun-type gre --tun-csum
-A -t 192.168.139.6:443 -s sh -b sh-fallback,sh-port
-A -t 192.168.139.7:443 -s mh -b mh-fallback,mh-port
-A -t 192.168.139.8:443 -s rr -b flag-1,flag-2,flag-3
-A -t 192.168.139.9:0 -s wrr -p 100
-A -t 192.168.139.9:443 -s wrr -p 300 -M 255.255.255.0
-A -t 203.0.113.7:81 -s lc
-A -t 10.0.0.1:80 -s nq
-A -t 10.0.0.1:81 -s lc
-A -u 192.168.139.6:53 -s rr -o
-A -u 192.168.139.6:5060 -s rr -p 360 --pe sip -o
-A --sctp-service 192.168.139.9:99 -s fo
-A -t [fd00::]:80 -s lblcr
-A -t [fd00::1]:80 -s lblc
-a -t [fd00::1]:80 -r [fd00::1:0:0:2]:80 -g -w 1
-a -t [fd00::1]:80 -r [2001:db8::2]:80 -g -w 1
-A -t [fd00:0:0:1::1]:80 -s sed -p 300 -M 64
-A -f 7 -s ovf
-a -f 7 -r 192.168.139.4:0 -g -w 0
-a -f 7 -r 192.168.139.5:80 -g -w 0
-A -f 8 -6 -s dh -p 300 -M 64
`

it('writes every form as the tool does, in its order, from any order', () => {
  expect(formatTable(parseTable(everything))).toBe(everything)
  expect(formatTable(parseTable(everything).reverse())).toBe(everything)
})

it('passes over comments, empty lines and the default type of tunnel', () => {
  const text =
    '# ipvsadm.rules\n\n-A -t 10.0.0.6:80 -s rr\r\n' +
    '  -a -t 10.0.0.6:80 -r 10.0.0.2:80 -i -w 1 --tun-type ipip\n'
  expect(parseTable(text)[0]?.realServers).toEqual([
    { address: '10.0.0.2', port: 80, forwarding: 'tun', weight: 1 },
  ])
})

it('reads a mark that the tool shows as a negative number', () => {
  expect(parseTable('-A -f -1 -s rr')[0]?.address).toBe('4294967295')
})

it('reads flags by their names, and one that the tool cannot show as none', () => {
  const flags = (line: string) => parseTable(line)[0]?.flags
  expect(flags('-A -t 10.0.0.6:80 -s mh -b flag-2,flag-1')).toBe('mh-fallback,mh-port')
  expect(flags('-A -t 10.0.0.6:80 -s rr -b flag-3,flag-1')).toBe('flag-1,flag-3')
  expect(flags('-A -t 10.0.0.6:80 -s mh -b ')).toBeUndefined()
})

it('a table that is empty', () => {
  expect(parseTable('')).toEqual([])
  expect(formatTable([])).toBe('')
})

describe('refuses, with the line', () => {
  it.each([
    ['-A -t 10.0.0.6:80 -s', '-s has no value'],
    ['-A -t 10.0.0.6:80 --what', 'cannot read the option "--what"'],
    ['-A -t www:http -s rr', '"www:http" is no address and port'],
    ['-A -t 10.0.0.06:80 -s rr', 'is no address and port'],
    ['-A -s rr', 'names no virtual service'],
    ['-C', 'names no virtual service'],
    ['-D -t 10.0.0.6:80', 'cannot read "-D"'],
    ['-a -t 10.0.0.6:80 -r 10.0.0.2:80 -g -w 1', 'no line before this one adds tcp 10.0.0.6:80'],
    ['-A -t 10.0.0.6:80 -s rr -p x', '"x" is no number'],
    ['-A -t 10.0.0.9:80 -s rr', 'added twice'],
    ['-a -t 10.0.0.9:80 -g', 'names no real server'],
  ])('%s', (line, why) => {
    const read = () => parseTable(`-A -t 10.0.0.9:80 -s rr\n${line}\n`, 'rules')
    expect(read).toThrow(why)
    expect(read).toThrow(expect.objectContaining({ at: { file: 'rules', line: 2, col: 1 } }))
  })
})

it('law: reading what was written gives the same table', () => {
  fc.assert(
    fc.property(table, (services) => {
      const text = formatTable(services)
      const read = parseTable(text)
      expect(new Map(read.map((s) => [serviceName(s), sorted(s.realServers)]))).toEqual(
        new Map(services.map((s) => [serviceName(s), sorted(s.realServers)])),
      )
      expect(formatTable(read)).toBe(text)
    }),
  )
})

function sorted<T extends { address: string; port: number }>(servers: readonly T[]): T[] {
  return servers.toSorted((a, b) => (endpoint(a) < endpoint(b) ? -1 : 1))
}
