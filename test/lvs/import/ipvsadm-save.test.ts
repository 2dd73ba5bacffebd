import fc from 'fast-check'
import { expect, it } from 'vitest'
import { readSaveFile } from '../../../src/lvs/import/ipvsadm-save.js'
import { formatTable } from '../../../src/lvs/table.js'
import { table } from '../generators.js'
import { notesOf } from './support.js'

it('knows the line of each entry', () => {
  const { services, notes } = readSaveFile(
    '# ipvsadm.rules\n-A -t 10.0.0.6:80 -s rr\n\n-a -t 10.0.0.6:80 -r 10.0.0.2:80 -g -w 1\n',
    'rules',
  )
  expect(services[0]!.at).toEqual({ file: 'rules', line: 2, col: 1 })
  expect(services[0]!.realServers[0]!.at).toEqual({ file: 'rules', line: 4, col: 1 })
  expect(notesOf({ notes })).toEqual([
    '1: a save file has no thresholds, timeouts and sync daemons',
  ])
})

it('takes what a file has beyond what the tool prints', () => {
  const text = '--set 30 5 0\n-A -t 10.0.0.6:80 -s rr\n-a -t 10.0.0.6:80 -r 10.0.0.2:80 -x 9 -y 5\n'
  const { timeouts, services, notes } = readSaveFile(text, 'rules')
  expect(timeouts).toEqual({ tcp: 30, tcpfin: 5, udp: 0, at: { file: 'rules', line: 1, col: 1 } })
  expect(services[0]!.realServers[0]).toMatchObject({ upper_threshold: 9, lower_threshold: 5 })
  expect(notes).toEqual([])
})

it('law: what is read formats to the same text', () => {
  fc.assert(
    fc.property(table, (services) => {
      const text = formatTable(services)
      expect(formatTable(readSaveFile(text, 'rules').services)).toBe(text)
    }),
  )
})

it.each([
  ['-A -t 10.0.0.6:80 -s rr\n-A -t www:http -s rr\n', 2, 'is no address and port'],
  ['IP Virtual Server version 1.2.1\n', 1, 'ipvsadm -L prints'],
  ['TCP  10.0.0.6:80 wlc\n  -> 10.0.0.2:80 Route 1 0 0\n', 1, 'ipvsadm -L prints'],
])('refuses %j', (text, line, why) => {
  expect(() => readSaveFile(text, 'rules')).toThrow(why)
  expect(() => readSaveFile(text, 'rules')).toThrow(
    expect.objectContaining({ at: { file: 'rules', line, col: 1 } }),
  )
})
