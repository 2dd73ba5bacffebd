import { describe, expect, it } from 'vitest'
import { type Env, expand, expandOne } from '../../../../src/lvs/import/shell/expand.js'

const env: Env = new Map<string, readonly string[] | undefined>([
  ['VIP', ['192.168.139.6']],
  ['RIPS', ['192.168.139.2 192.168.139.4']],
  ['ARRAY', ['a', 'b c']],
  ['i', ['1']],
  ['1', ['start']],
  ['later', undefined],
])

describe('a word becomes', () => {
  it.each<[string, (string | undefined)[]]>([
    ['$VIP:80', ['192.168.139.6:80']],
    ['${VIP}:80', ['192.168.139.6:80']],
    ['"$VIP":80', ['192.168.139.6:80']],
    ["'$VIP'", ['$VIP']],
    ['\\$VIP', ['$VIP']],
    ['$RIPS', ['192.168.139.2', '192.168.139.4']],
    ['"$RIPS"', ['192.168.139.2 192.168.139.4']],
    ['x${RIPS}y', ['x192.168.139.2', '192.168.139.4y']],
    ['${ARRAY[@]}', ['a', 'b', 'c']],
    ['"${ARRAY[@]}"', ['a', 'b c']],
    ['${ARRAY[0]}', ['a']],
    ['"${ARRAY[$i]}"', ['b c']],
    ['${#ARRAY[@]}', ['2']],
    ['lo:${VIP##*.}', ['lo:6']],
    ['${VIP%.*}.9', ['192.168.139.9']],
    ['${PORT:-80}', ['80']],
    ['${VIP:-1.2.3.4}', ['192.168.139.6']],
    ['eth0:$((i+1))', ['eth0:2']],
    ['$(expr $i + 3)', ['4']],
    ['$(seq 2 4)', ['2', '3', '4']],
    ['`echo $VIP`', ['192.168.139.6']],
    ['10.0.0.{2,4}', ['10.0.0.2', '10.0.0.4']],
    ['10.0.0.{2..4}', ['10.0.0.2', '10.0.0.3', '10.0.0.4']],
    ['$1', ['start']],
    ['""', ['']],
    ['', []],
    // What only a run can tell.
    ['$NOWHERE', [undefined]],
    ['$later:80', [undefined]],
    ['$(hostname -I)', [undefined]],
    ['$2', [undefined]],
    ['${ARRAY[7]}', [undefined]],
  ])('%s: %j', (word, fields) => expect(expand(word, env)).toEqual(fields))
})

it('what is assigned is not split', () => {
  expect(expandOne('$RIPS', env)).toBe('192.168.139.2 192.168.139.4')
  expect(expandOne('"a  b"', env)).toBe('a  b')
  expect(expandOne('x$(date)', env)).toBeUndefined()
})
