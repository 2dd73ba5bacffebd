import { describe, expect, it } from 'vitest'
import { resources } from '../../src/resources/registry.js'
import { BadLine, parseFreeForm } from '../../src/site/free-form.js'
import { test } from '../support/play.js'

describe("a module's arguments on one line", () => {
  it.each<[string, string, Record<string, unknown>]>([
    ['service', 'name=httpd state=started', { name: 'httpd', state: 'started' }],
    ['service', ' name=httpd  enabled=yes ', { name: 'httpd', enabled: true }],
    ['service', 'name=httpd enabled=perhaps', { name: 'httpd', enabled: 'perhaps' }],
    ['file', 'path=/x mode=0644', { path: '/x', mode: '0644' }],
    ['copy', `content="a 'b' \\"c\\"" dest='/a b'`, { content: `a 'b' "c"`, dest: '/a b' }],
    ['copy', 'content={{ a b }}/c=d dest=/x', { content: '{{ a b }}/c=d', dest: '/x' }],
    ['debug', 'msg="hello there"', { msg: 'hello there' }],
    ['debug', 'var=x', { var: 'x' }],
    ['debug', 'the var=x', { msg: 'the var=x' }],
    ['debug', 'a=b', { msg: 'a=b' }],
    ['http', 'http://127.0.0.1/?status=1', { url: 'http://127.0.0.1/?status=1' }],
    ['http', 'url=http://127.0.0.1/ status=404', { url: 'http://127.0.0.1/', status: '404' }],
    ['command', 'touch /x creates=/x', { cmd: 'touch /x', creates: '/x' }],
    ['command', 'chdir=/tmp  echo a  "b c"', { cmd: 'echo a  "b c"', chdir: '/tmp' }],
    ['command', 'echo "creates=/x" cmd=y', { cmd: 'echo "creates=/x" cmd=y' }],
    ['command', 'stat {{ creates=1 }}', { cmd: 'stat {{ creates=1 }}' }],
    ['shell', "cat <<E\nit's\nE\n", { cmd: "cat <<E\nit's\nE\n" }],
    [
      'shell',
      'a=1 env | sort executable=/bin/bash',
      { cmd: 'a=1 env | sort', executable: '/bin/bash' },
    ],
  ])('%s: %s', (module, line, args) => {
    expect(parseFreeForm(line, resources.get(module)!)).toEqual(args)
  })

  it.each<[string, string, string]>([
    ['service', 'name=httpd started', '"started" is no NAME=VALUE'],
    ['debug', 'msg=hello world', '"world" is no NAME=VALUE'],
    ['copy', 'dest=/x content="a b', 'the quote of content is not closed'],
  ])('%s: %s is refused', (module, line, message) => {
    const parse = () => parseFreeForm(line, resources.get(module)!)
    expect(parse).toThrow(BadLine)
    expect(parse).toThrow(message)
  })
})

describe('in a playbook', () => {
  const play = (task: string) => `- hosts: all\n  tasks:\n    - ${task}\n`

  test.for<[string, string]>([
    ['service: name=httpd state=begun', '3:16 "state" of "service" cannot be "begun" | one of:'],
    ['service: name=httpd stat=started', '3:16 "service" has no "stat" | did you mean "state"?'],
    ['file: /srv/x state=touch', '3:7 in the arguments of "file", "/srv/x" is no NAME=VALUE'],
    [
      '{ command: ls, args: { chdr: /tmp } }',
      '3:30 "command" has no "chdr" | did you mean "chdir"?',
    ],
    ['{ command: ls, args: { chdir: [] } }', '3:37 "chdir" of "command" must be string, not []'],
    ['{ command: ls, args: chdir }', '3:22 "args" must be a map'],
    ['{ command: { chdir: [] }, args: { cmd: ls } }', '3:27 "chdir" of "command" must be string'],
  ])('%s is refused', async ([task, want], { site }) => {
    const problems = await site.problems(play(task))
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(`play.yml:${want}`)
  })

  test('lines and args are what runs', async ({ site }) => {
    const { story } = await site.play(
      [
        '- hosts: all',
        '  tasks:',
        '    - file: path={{ dir }}/a state=directory mode=0700',
        '    - command: touch b creates=b chdir={{ dir }}/a',
        '    - command: touch b creates=b chdir={{ dir }}/a',
        '    - command: touch c',
        '      args: { chdir: "{{ dir }}/a", creates: c }',
        '    - copy: content="from the line" dest={{ dir }}/d',
        '      args: { content: from args, mode: "0600" }',
      ].join('\n'),
    )
    expect(story.map((line) => line.split(': ').at(-1))).toEqual([
      'changed',
      'changed',
      'ok',
      'changed',
      'changed',
    ])
    expect(await site.read('d')).toBe('from the line')
    expect(await site.has('a/c')).toBe(true)
  })
})
