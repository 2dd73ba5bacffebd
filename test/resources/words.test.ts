import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { splitWords } from '../../src/resources/words.js'

test.each([
  ['uptime', ['uptime']],
  ['  echo  a\tb\n c ', ['echo', 'a', 'b', 'c']],
  [`echo 'a b' "c d" e\\ f`, ['echo', 'a b', 'c d', 'e f']],
  [`a'b'"c"d`, ['abcd']],
  [`'' ""`, ['', '']],
  [`"\\"\\\\\\$\\a"`, [`"\\$\\a`]],
  ['echo $HOME *', ['echo', '$HOME', '*']],
  ['', []],
])('%j is %j', (line, words) => {
  expect(splitWords(line)).toEqual(words)
})

test.each([`echo 'a`, `echo "a`, `a "b\\"`, 'a\\'])('refuses %j', (line) => {
  expect(() => splitWords(line)).toThrow('is not closed')
})

test('splits as a shell does', () => {
  const line = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\t', "'", '"', '\\', '%', 'é') })
  const property = fc.property(line, (text) => {
    fc.pre(!text.endsWith('\\')) // to a shell that is a line that goes on
    expect(ours(text)).toEqual(theirs(text))
  })
  fc.assert(property, { numRuns: 300 })
})

function ours(line: string): string[] | undefined {
  try {
    return splitWords(line)
  } catch {
    return undefined
  }
}

function theirs(line: string): string[] | undefined {
  try {
    const script = `set -- ${line}\n[ $# = 0 ] || printf '%s\\0' "$@"`
    const stdout = execFileSync('dash', ['-c', script], { encoding: 'utf8', stdio: 'pipe' })
    return stdout.split('\0').slice(0, -1)
  } catch {
    return undefined
  }
}
