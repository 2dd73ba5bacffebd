import { describe, expect, test } from 'vitest'
import { expandHosts, parseAddress } from '../../src/site/host-range.js'

const AT = { file: 'inv', line: 1, col: 1 }

describe('a host token', () => {
  test.each([
    ['web', ['web'], undefined],
    ['web:22', ['web'], 22],
    ['a_b.example.com:022', ['a_b.example.com'], 22],
    ['h\u00e9:22', ['h\u00e9'], 22],
    ['192.168.139.2:2200', ['192.168.139.2'], 2200],
    ['2001:db8::1', ['2001:db8::1'], undefined],
    ['fe80::1%eth0', ['fe80::1%eth0'], undefined],
    ['[2001:db8::1]:22', ['2001:db8::1'], 22],
    ['[web]:22', ['web'], 22],
    ['2001:db8::[1:3]', ['2001:db8::1', '2001:db8::2', '2001:db8::3'], undefined],
    ['[2001:db8::[1:2]]:22', ['2001:db8::1', '2001:db8::2'], 22],
    ['web[1:3]', ['web1', 'web2', 'web3'], undefined],
    ['web[:2]', ['web0', 'web1', 'web2'], undefined],
    ['web[08:10].x:22', ['web08.x', 'web09.x', 'web10.x'], 22],
    ['web[9:11]', ['web9', 'web10', 'web11'], undefined],
    ['web[1:03]', ['web1', 'web2', 'web3'], undefined],
    ['web[0:5:2]', ['web0', 'web2', 'web4'], undefined],
    ['web[a:e:2]', ['weba', 'webc', 'webe'], undefined],
    ['web[y:B]', ['weby', 'webz', 'webA', 'webB'], undefined],
    ['w[1:2][a:b]', ['w1a', 'w1b', 'w2a', 'w2b'], undefined],
    ['[1:2]', ['1', '2'], undefined],
    ['a:b', ['a:b'], undefined],
    ['-odd:1', ['-odd:1'], undefined],
    ['a:22:33', ['a:22:33'], undefined],
    ['a/b:22', ['a/b:22'], undefined],
  ])('%s', (token, names, port) => {
    expect(expandHosts(token, AT)).toEqual({ names, ...(port && { port }) })
  })

  test.each(['a*', 'a:b', '~web', '&web', 'web[1', ''])('%j is no address', (token) => {
    expect(parseAddress(token)).toBeUndefined()
  })
})
