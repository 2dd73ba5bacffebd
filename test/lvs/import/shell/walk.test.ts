import { describe, expect, it } from 'vitest'
import { walkScript } from '../../../../src/lvs/import/shell/walk.js'
import { diskOf, notesOf } from '../support.js'

const walk = (text: string, files = {}) => walkScript(text, 'x.sh', diskOf(files))
/** The commands in their order but for tests, `?` for what only a run can tell. */
const commands = (text: string, files = {}) =>
  walk(text, files)
    .commands.map(({ words }) => words.map((word) => word ?? '?').join(' '))
    .filter((command) => !command.startsWith('['))

describe('the commands of a script', () => {
  it.each<[string, string, string[]]>([
    [
      'one after the other',
      'a 1; b 2\nc && d || e | f &\ng',
      ['a 1', 'b 2', 'c', 'd', 'e', 'f', 'g'],
    ],
    ['comments and lines that go on', 'a \\\n  b # c\n# d\n', ['a b']],
    ['names', 'V=1\nexport W=$V.2 X\na $V $W', ['a 1 1.2']],
    ['a name before a command', 'V=1 a', ['a']],
    ['redirects are no words', 'a >f 2>&1 </dev/null b', ['a b']],
    ['a number is a word where it touches nothing', 'echo 1 >f', ['echo 1']],
    ['for', 'for i in a b\ndo\n x $i\ndone', ['x a', 'x b']],
    ['for over a name', 'L="a b"; for i in $L; do x $i; done', ['x a', 'x b']],
    [
      'for over an array',
      'L=(a\n b # c\n d)\nfor i in "${L[@]}"; do x $i; done',
      ['x a', 'x b', 'x d'],
    ],
    ['an array by places', 'V[0]=a\nV[1]=b\nx ${V[@]} ${V[1]}', ['x a b b']],
    ['counting', 'i=0; for v in a b; do x $i $v; let i++; done; y $i', ['x 0 a', 'x 1 b', 'y 2']],
    ['counting otherwise', 'i=1; ((i++)); i=$((i+2)); x $i', ['x 4']],
    ['case: start is taken', 'case "$1" in\nstart) a;;\nstop) b;;\n*) c;;\nesac', ['a']],
    ['case: with others', 'case $1 in (start|restart) a ;; esac', ['a']],
    [
      'case: none for start, so all that set up',
      'case $1 in director) a;; real) b;; stop) c;; *) d;; esac',
      ['a', 'b'],
    ],
    ['functions', 'go() { a $1 $2; }\nfunction no { b; }\ngo x y', ['a x y']],
    ['a function that start calls', 'start() {\n a\n}\ncase $1 in start) start;; esac', ['a']],
    ['if that is known', 'if [ "$1" = start ]; then a; else b; fi', ['a']],
    [
      'if that is known otherwise',
      'if [ $1 == stop ]; then a; elif [[ $1 != x ]]; then b; fi',
      ['b'],
    ],
    ['if by !', 'if ! [ $1 = start ]; then a; else b; fi', ['b']],
    ['if a command works', 'if a; then b; fi', ['a', 'b']],
    ['if that is not known', 'if [ -f /x ]; then a; fi', ['a']],
    ['if by -z', 'if [ -z "$1" ]; then a; fi; if [ -n $1 ]; then b; fi', ['b']],
    ['tests with more', 'if [[ -z $2 && $1 == x ]]; then a; fi', ['a']],
    ['while', 'while read ip; do a $ip; done <list', ['a ?', '']],
    ['counted for', 'for ((i=0; i<3; i++)); do a $i; done', ['a ?']],
    ['a here-document', 'a <<EOF\nb $V\nEOF\nc', ['a', 'c']],
    ['braces', 'a 10.0.0.{2,3}', ['a 10.0.0.2 10.0.0.3']],
    ['a group and a subshell', '{ a; b; }\n(c; d)', ['a', 'b', 'c', 'd']],
    ['what only a run can tell', 'V=$(hostname -I)\na $V $2 $NONE', ['a ? ? ?']],
    [
      'a function that calls itself ends',
      'f() { a; f; }\nf',
      Array.from({ length: 20 }, () => 'a'),
    ],
  ])('%s', (_, text, wanted) => expect(commands(text)).toEqual(wanted))

  it('have places, text, redirects and documents', () => {
    const [echo, restore] = walk('V=1\n  echo $V >/x/$V\ntool -R <<-EOF\n\t-A\n\tEOF\n').commands
    expect(echo).toEqual({
      at: { file: 'x.sh', line: 2, col: 3 },
      words: ['echo', '1'],
      text: 'echo $V',
      redirects: [{ operator: '>', target: '/x/1' }],
    })
    expect(restore!.redirects[0]!.document).toEqual({ text: '\t-A\n', line: 4 })
  })

  it('include those of a file that is read in', () => {
    expect(commands('. ./conf\na $V', { conf: 'V=1\n' })).toEqual(['a 1'])
    expect(commands('. /etc/rc.d/init.d/functions\na')).toEqual(['a'])
    expect(notesOf(walk('source ./nowhere\n'))).toEqual([
      '1: reads another file, ./nowhere, which is not there',
    ])
  })

  it('of both branches, where none is known, are doubtful', () => {
    expect(notesOf(walk('if x; then\n a\nelse\n b\nfi'))).toEqual([
      '1: which branch of this if is taken is not known here: all were read',
    ])
    expect(notesOf(walk('if x; then\n a\nelse\n echo no; exit 1\nfi'))).toEqual([])
  })
})

describe('refuses, with the place', () => {
  it.each([
    ['a\nb "c', 2, 3, '" has no end'],
    ["a 'b", 1, 3, "' has no end"],
    ['a $(b', 1, 3, '( has no end'],
    ['a <<EOF\nb\n', 1, 3, '<<EOF has no end'],
    ['if a; then\nb', 2, 2, 'the script ends where fi is to be'],
    ['a\ndone', 2, 1, '"done" does not belong here'],
    ['case x in\na) b\n', 3, 1, 'the script ends'],
    ['for i in {1..9999}; do for j in {1..9999}; do a; done; done', 1, 47, 'this goes on too long'],
    ['a; ((', 1, 6, 'the script ends'],
    ['f() a', 1, 5, '"a" where { is to be'],
  ])('%j', (text, line, col, why) => {
    expect(() => walk(text)).toThrow(why)
    expect(() => walk(text)).toThrow(expect.objectContaining({ at: { file: 'x.sh', line, col } }))
  })
})
