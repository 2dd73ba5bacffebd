import { describe, expect, it } from 'vitest'
import { readSaveFile } from '../../../src/lvs/import/ipvsadm-save.js'
import { inventoryFile } from '../../../src/lvs/import/inventory.js'
import { readScript } from '../../../src/lvs/import/scripts.js'
import { formatTable } from '../../../src/lvs/table.js'
import { clusterOf, diskOf, notesOf } from './support.js'

const script = (...lines: string[]) => readScript(`${lines.join('\n')}\n`, 'lvs.sh', diskOf())
const service = 'ipvsadm -A -t 10.0.0.6:80'
const server = (address: string) => `ipvsadm -a -t 10.0.0.6:80 -r ${address}`
/** What the director's script tells beside the table. */
const lb = 'DIP=10.0.0.3; ifconfig eth0:1 10.0.0.6/32'
const at = { file: '--director', line: 1, col: 1 }

describe('hosts', () => {
  it('get names in the order of their addresses, IPv4 first', () => {
    const told = script(
      service,
      server('10.0.0.10'),
      server('10.0.0.9'),
      'ipvsadm -A -t [fd00::6]:80',
      'ipvsadm -a -t [fd00::6]:80 -r [fd00::2]:80',
    )
    expect(clusterOf([told]).realServers.map(({ name, address }) => [name, address])).toEqual([
      ['rs1', '10.0.0.9'],
      ['rs2', '10.0.0.10'],
      ['rs3', 'fd00::2'],
    ])
  })

  it('get the names that are wished, the others those that are free', () => {
    const told = script(service, server('10.0.0.2'), server('10.0.0.3'), server('10.0.0.4'))
    const names = new Map([
      ['10.0.0.4', 'rs1'],
      ['10.0.0.2', 'web'],
    ])
    expect(clusterOf([told], { names }).realServers.map(({ name }) => name)).toEqual([
      'web',
      'rs2',
      'rs1',
    ])
  })

  it('a name for an address that nobody has is an error', () => {
    const names = new Map([['10.0.0.9', 'web']])
    expect(() => clusterOf([script(service, server('10.0.0.2'))], { names })).toThrow(
      'no host has the address 10.0.0.9',
    )
  })

  it('a director is as the command line says, else as a file does, else unknown', () => {
    const files = [script('DIP=10.0.0.3', service)]
    expect(clusterOf(files).directors).toMatchObject([{ name: 'director', address: '10.0.0.3' }])
    const wished = { directors: [{ name: 'lb', address: '10.0.0.4', at }] }
    expect(clusterOf(files, wished).directors).toEqual(wished.directors)
    const unknown = clusterOf([script(service)])
    expect(unknown.directors).toEqual([{ name: 'director' }])
    expect(notesOf(unknown)).toEqual([
      "1: no file tells the director's own address",
      '1: no file tells how the director has the VIP: eth0 and /32 are taken',
    ])
  })

  it('several directors are numbered', () => {
    const told = [script('DIP=10.0.0.3', service), script('DIP=10.0.0.4', service)]
    expect(clusterOf(told).directors).toMatchObject([{ name: 'director1' }, { name: 'director2' }])
  })
})

describe('several files', () => {
  it('tell of one service once, when they agree', () => {
    const told = script(lb, `${service} -s rr`, server('10.0.0.2'))
    const saved = readSaveFile(
      '-A -t 10.0.0.6:80 -s rr\n-a -t 10.0.0.6:80 -r 10.0.0.2:80 -g -w 1\n',
      'rules',
    )
    const { services, notes } = clusterOf([told, { ...saved, notes: [] }])
    expect(services).toHaveLength(1)
    expect(notes).toEqual([])
  })

  it('that do not agree: the first counts, and it is told', () => {
    const cluster = clusterOf([
      script('DIP=10.0.0.3', `${service} -s rr`),
      readSaveFile('-A -t 10.0.0.6:80 -s wlc\n', 'rules'),
    ])
    expect(formatTable(cluster.services)).toBe('-A -t 10.0.0.6:80 -s rr\n')
    expect(notesOf(cluster)).toContain('1: tcp 10.0.0.6:80 is not as lvs.sh:2 has it, which counts')
  })

  it('without a service are an error, with what to give', () => {
    const rs = script('ip addr add 10.0.0.6/32 dev lo')
    expect(() => clusterOf([rs])).toThrow(
      expect.objectContaining({
        message: 'there is no virtual service in what was given',
        hint: expect.stringContaining("give the director's script") as string,
      }),
    )
    expect(() => clusterOf([readSaveFile('', 'rules')])).toThrow('no virtual service')
  })
})

describe('what does not fit together is named', () => {
  it('a port that does nothing, and a twin that it makes', () => {
    const cluster = clusterOf([script(lb, service, server('10.0.0.2:8080'), server('10.0.0.2:80'))])
    expect(formatTable(cluster.services)).toContain('-r 10.0.0.2:80 -g')
    expect(notesOf(cluster)).toEqual([
      '3: port 8080 does nothing under dr: it stays 80',
      '4: 10.0.0.2:80 is in tcp 10.0.0.6:80 twice',
    ])
  })

  it('a VIP that no service has, and one that no real server has', () => {
    const cluster = clusterOf([
      script(
        'DIP=10.0.0.3',
        service,
        server('10.0.0.2'),
        'ifconfig eth0:2 10.0.0.8 netmask 255.255.255.255',
      ),
      { ...script('ip addr add 10.0.0.7/32 dev lo'), notes: [] },
    ])
    expect(notesOf(cluster)).toEqual([
      '1: 10.0.0.7 on lo belongs to no virtual service',
      '2: no real server has the VIP 10.0.0.6: they have 10.0.0.7',
      '4: 10.0.0.8 on eth0 belongs to no virtual service',
    ])
  })
})

it('the options of a tunnel are named, where they stand', () => {
  const table = `-A -t 10.0.0.6:80 -s rr
-a -t 10.0.0.6:80 -r 10.0.0.2:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-nocsum
-a -t 10.0.0.6:80 -r 10.0.0.4:80 -i -w 1 --tun-type ipip
-A -f 7 -s rr
-a -f 7 -r 10.0.0.2:0 -i -w 1 --tun-type gre --tun-csum
`
  const cluster = clusterOf([readSaveFile(table, 'rules')])
  expect(notesOf(cluster).filter((note) => note.includes('tun'))).toEqual([
    '2: 10.0.0.2:80 of tcp 10.0.0.6:80: --tun-type gue --tun-port 6080 --tun-nocsum is not carried over',
    '5: 10.0.0.2:0 of fwmark 7: --tun-type gre --tun-csum is not carried over',
  ])
  const lines = inventoryFile(cluster).lines.map(({ text }) => text)
  expect(lines.filter((line) => /^[^#]*tun-/.test(line))).toEqual([])
})

it('a label that dr-play changes is named', () => {
  const rs = script('ip addr add 10.0.0.6/32 dev lo')
  const cluster = clusterOf([
    script('DIP=10.0.0.3', service, server('10.0.0.2'), 'ifconfig eth0:0 10.0.0.6/32'),
    { ...rs, notes: [] },
  ])
  expect(notesOf(cluster)).toEqual([
    '1: the VIP 10.0.0.6 has the label lo, and dr-play calls it lo:0',
    '4: the VIP 10.0.0.6 has the label eth0:0, and dr-play calls it eth0:1',
  ])
})

describe('the VIPs of a firewall mark', () => {
  const mark = ['DIP=10.0.0.3', 'ipvsadm -A -f 7']
  const vips = (...lines: string[]) => {
    const cluster = clusterOf([script(...mark, ...lines)])
    return { vips: cluster.services[0]!.vips, notes: notesOf(cluster) }
  }

  it('are those that a rule marks', () => {
    const rule = 'iptables -t mangle -A PREROUTING -d 10.0.0.6 -j MARK --set-mark 7'
    expect(vips(rule, rule, 'ifconfig eth0:1 10.0.0.8 up').vips).toEqual(['10.0.0.6'])
  })

  it('else those that no service has', () => {
    expect(vips('ifconfig eth0:1 10.0.0.8 netmask 255.255.255.255')).toEqual({
      vips: ['10.0.0.8'],
      notes: ['2: which VIPs get the mark 7 is not told: 10.0.0.8 are guessed'],
    })
  })

  it('else unknown', () => {
    expect(vips()).toEqual({
      vips: [],
      notes: [
        '2: which VIPs get the mark 7 is not told: none is known',
        '2: no file tells how the director has the VIP: eth0 and /32 are taken',
      ],
    })
  })
})

it('a note on several lines is one', () => {
  const cluster = clusterOf([script(lb, service, 'strange', 'strange', 'other')])
  expect(cluster.notes.map(({ at, also }) => [at.line, also.map(({ line }) => line)])).toEqual([
    [3, [4]],
    [5, []],
  ])
})
