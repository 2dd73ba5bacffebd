import { mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { command } from '../../src/resources/command.js'
import { shell } from '../../src/resources/shell.js'
import {
  apply,
  expectConverges,
  expectInState,
  isValid,
  observe,
  observeAll,
} from '../support/converge.js'
import { shells } from '../support/form.js'

let folder: string
const at = (name: string) => path.join(folder, name)

beforeEach(async () => {
  folder = await realpath(await mkdtemp(path.join(tmpdir(), 'dr-play-test-')))
})
afterEach(() => rm(folder, { recursive: true }))

describe.each(shells)('in %s', (sh) => {
  const here = { shell: [sh] }
  const run = async (args: Parameters<typeof command.want>[0]) =>
    (await apply((await observe(command, args, here)).plan, here))[0]!

  test.each([
    [`printf '%s|' a "b c" d\\ e`, 'a|b c|d e|'],
    [`printf %s '$HOME * ~ ; id'`, '$HOME * ~ ; id'],
    ['echo a > b', 'a > b\n'],
    ['printf %s é', 'é'],
  ])('command %j prints %j', async (cmd, stdout) => {
    expect(await run({ cmd, chdir: folder })).toMatchObject({ status: 0, stdout })
    expect(await readdir(folder)).toEqual([])
  })

  test('argv needs no quotes', async () => {
    const argv = ['printf', '%s|', "it's", '', ' ', '$x']
    expect(await run({ argv })).toMatchObject({ stdout: `it's|| |$x|` })
  })

  test('runs where chdir says, with the stdin it is given', async () => {
    expect(await run({ cmd: 'pwd', chdir: folder })).toMatchObject({ stdout: `${folder}\n` })
    expect(await run({ cmd: 'cat', stdin: "it's\\n" })).toMatchObject({ stdout: "it's\\n\n" })
    expect(await run({ cmd: 'cat' })).toMatchObject({ stdout: '' })
    expect(await run({ cmd: 'sh -c "exit 3"', stdin: 'x' })).toMatchObject({ status: 3 })
  })

  test.each(['exit', 'A=b', 'if', 'exec', 'no-such-program'])(
    '%s is no program, so it fails as one that is missing',
    async (cmd) => {
      const { status, stderr } = await run({ argv: [cmd, '1'] })
      expect(status).toBe(127)
      expect(stderr).toContain(`${cmd}: not found`)
    },
  )

  test('a missing chdir fails', async () => {
    const { status, stderr } = await run({ cmd: 'pwd', chdir: at('missing') })
    expect(status).not.toBe(0)
    expect(stderr).toContain(at('missing'))
  })

  test('runs each time, unless creates or removes say it is done', async () => {
    const plain = { cmd: `touch ${at('x')}` }
    await expectConverges(command, plain, here)
    await expectConverges(command, plain, here)
    await expectInState(command, { ...plain, creates: at('x') }, here)
    await expectInState(command, { ...plain, creates: 'x', chdir: folder }, here)
    await expectConverges(command, { ...plain, creates: 'y', chdir: folder }, here)
    await expectConverges(command, { cmd: `rm ${at('x')}`, removes: at('x') }, here)
    await expectInState(command, { cmd: `rm ${at('x')}`, removes: at('x') }, here)
  })

  test('probes many at once', async () => {
    await writeFile(at("it's"), '')
    const guards = [{ creates: at("it's") }, { removes: at("it's") }, {}, { removes: at('y') }]
    const all = await observeAll(
      command,
      guards.map((guard) => ({ cmd: 'x', ...guard })),
      here,
    )
    expect(all.map(({ plan }) => plan.length)).toEqual([0, 1, 1, 0])
  })

  test.each([
    ['echo $((6 * 7)) | tr 4 5', { status: 0, stdout: '52\n' }],
    ["echo 'it''s'; exit 4", { status: 4, stdout: 'its\n' }],
    ['if :\nthen echo "two lines"\nfi # and a remark', { status: 0, stdout: 'two lines\n' }],
    ['echo "unbalanced', { status: 2 }],
  ])('shell %j', async (cmd, outcome) => {
    const { plan } = await observe(shell, { cmd }, here)
    expect((await apply(plan, here))[0]).toMatchObject(outcome)
  })

  test('shell runs in the shell and folder asked for, guarded as command is', async () => {
    const args = { cmd: 'echo $BASH_VERSION >version', executable: '/bin/bash', chdir: folder }
    await expectConverges(shell, { ...args, creates: 'version' }, here)
    await expectInState(shell, { ...args, creates: 'version' }, here)
  })
})

test.each([
  [command, { cmd: 'a' }, true],
  [command, { argv: ['a'] }, true],
  [command, { argv: [] }, false],
  [command, { cmd: 'a', argv: ['a'] }, false],
  [command, {}, false],
  [shell, { cmd: 'a', stdin: 'x' }, false],
  [shell, { cmd: '' }, false],
])('the schema of %# on %j: %s', (resource, args, valid) => {
  expect(isValid(resource, args)).toBe(valid)
})

test('there must be a program', async () => {
  await expect(observe(command, { cmd: ' ' })).rejects.toThrow('there is no command to run')
  await expect(observe(command, { cmd: `echo "a` })).rejects.toThrow('a quote is not closed')
})

test('what an operator sees', async () => {
  const { plan } = await observe(command, { cmd: `ip -o addr show 'a b'` })
  expect(plan[0]!.summary).toBe(`run ip -o addr show 'a b'`)
})
