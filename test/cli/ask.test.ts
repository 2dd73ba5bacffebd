import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { PATH } from '../support/no-lock.js'
import { MAIN } from '../support/program.js'

let dir: string

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'dr-play-ask-'))
  const tasks = `
    - { name: one, debug: { msg: done one } }
    - { name: two, debug: { msg: done two } }
    - { pause: { prompt: who is there }, register: said }
    - { name: hears, debug: { msg: 'it is {{ said.user_input }}' } }
`
  writeFileSync(join(dir, 'hosts'), 'here ansible_connection=local\n')
  writeFileSync(join(dir, 'play.yml'), `- hosts: all\n  gather_facts: false\n  tasks:${tasks}`)
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const env = () => ({ PATH, DR_PLAY_STATE: join(dir, 'state'), NO_COLOR: '1' })

/** dr-play on a terminal of its own; each answer is typed when a question came. */
function onTerminal(args: string, answers: [question: string, answer: string][]) {
  const command = `'${process.execPath}' '${MAIN}' -i hosts -v ${args}`
  const child = spawn('script', ['-qec', command, '/dev/null'], { cwd: dir, env: env() })
  let said = ''
  let heard = 0
  return new Promise<{ exit: number | null; said: string }>((end) => {
    child.stdout.on('data', (bytes: Buffer) => {
      said += bytes.toString()
      const [question = '', answer = ''] = answers[0] ?? []
      const at = said.indexOf(question, heard)
      if (answers.length === 0 || at < 0) return
      heard = at + question.length
      answers.shift()
      child.stdin.write(answer)
    })
    child.on('close', (exit) => {
      end({ exit, said: said.replaceAll('\r', '') })
    })
  })
}

const step = (task: string) => `Perform task: ${task} (N)o/(y)es/(c)ontinue: `

it('--step asks on the terminal, between plain lines', async () => {
  const { exit, said } = await onTerminal('play.yml --step', [
    [step('one'), 'n\n'],
    [step('two'), 'c\n'],
    ['who is there: ', 'a friend\n'],
  ])
  expect(exit).toBe(0)
  expect(said).not.toContain('done one')
  expect(said).toMatch(/done two[^]*it is a friend/)
})

it('--step and live rows do not go together', async () => {
  const { exit, said } = await onTerminal('play.yml --step -o live', [])
  expect(exit, said).toBe(1)
  expect(said).toContain('--step: live rows would overwrite what it asks')
  expect(said).toContain('leave -o out, or -o plain')
})

it('an answer with echo: false is not seen', async () => {
  writeFileSync(
    join(dir, 'hidden.yml'),
    '- hosts: all\n  tasks: [{ pause: { prompt: a word, echo: false }, register: w }, ' +
      "{ debug: { msg: '{{ length w.user_input }} letters' } }]",
  )
  const { exit, said } = await onTerminal('hidden.yml', [['a word', 'open\n']])
  expect(exit, said).toBe(0)
  expect(said).toContain('4 letters')
  expect(said).not.toContain('open')
})

it.each([
  ['the end of the input', '\u0004'],
  ['Ctrl-C', '\u0003'],
])('%s ends the run', async (_, key) => {
  const { exit, said } = await onTerminal('play.yml --step', [[step('one'), key]])
  expect(exit, said).toBe(130)
  expect(said).not.toContain('done')
})

it.each([
  [
    ['--step'],
    'error: --step: it asks before each task, and there is no terminal to ask on\n' +
      '  leave it out where nobody answers; --check shows what would be done\n',
  ],
  [
    [],
    'error: play.yml:6:7: pause asks, and there is no terminal to answer on\n' +
      '  6 |     - { pause: { prompt: who is there }, register: said }\n' +
      '            ^\n' +
      '  give it seconds or minutes, or leave it out with --skip-tags\n\n' +
      '1 error; no host was contacted\n',
  ],
])('without a terminal %s is an error before any host is contacted', (flags, want) => {
  const argv = [MAIN, 'play.yml', '-i', 'hosts', ...flags]
  const { status, stderr } = spawnSync(process.execPath, argv, {
    cwd: dir,
    env: env(),
    encoding: 'utf8',
  })
  expect(stderr).toBe(want)
  expect(status).toBe(1)
})
