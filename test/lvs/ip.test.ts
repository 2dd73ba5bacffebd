import { expect, it } from 'vitest'
import { canonical, ipv4Prefix, isIpv4, words } from '../../src/lvs/ip.js'

it.each([
  ['192.168.139.6', true],
  ['0.0.0.0', true],
  ['255.255.255.255', true],
  ['010.1.1.1', false],
  ['1', false],
  ['1.2.3', false],
  ['256.1.1.1', false],
  ['1.2.3.4 ', false],
  ['1.2.3.4.5', false],
  ['0x1.2.3.4', false],
  ['1..2.3', false],
  ['', false],
])('"%s" is a dotted quad: %s', (text, yes) => expect(isIpv4(text)).toBe(yes))

it.each([
  ['10.0.0.1', '10.0.0.1'],
  ['FD00:0:0:0:0:0:0:1', 'fd00::1'],
  ['::', '::'],
  ['::1', '::1'],
  ['fd00::', 'fd00::'],
  ['fd00::1:0:0:2', 'fd00::1:0:0:2'],
  ['fd00:0:0:1:0:0:0:1', 'fd00:0:0:1::1'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['10:0:0:10:0:0:0:10', '10:0:0:10::10'],
  ['::ffff:1.2.3.4', '::ffff:102:304'],
  ['fe80::1%eth0', undefined],
  ['1.2.3', undefined],
  ['host', undefined],
])('"%s" is written %s', (text, shown) => expect(canonical(text)).toBe(shown))

it.each([
  ['192.168.139.6/32', { address: '192.168.139.6', prefix: 32 }],
  ['192.168.139.6', { address: '192.168.139.6', prefix: 32 }],
  ['10.0.0.0/0', { address: '10.0.0.0', prefix: 0 }],
  ['10.0.0.0/033', undefined],
  ['10.0.0.0/33', undefined],
  ['10.0.0.0/', undefined],
  ['10.0.0.0/8/8', undefined],
  ['10.0.0/8', undefined],
])('"%s" as an address and prefix', (text, parsed) => expect(ipv4Prefix(text)).toEqual(parsed))

it('an address as numbers', () => {
  expect(words('192.168.139.6')).toEqual([0xc0a88b06])
  expect(words('fd00::1:0:0:2')).toEqual([0xfd000000, 0, 0x10000, 2])
})
