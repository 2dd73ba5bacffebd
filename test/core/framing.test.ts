import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encode, keepsLock, prelude, sharesShell, tellProgress } from '../../src/core/framing.js'
import { bytesOf } from '../../src/core/bytes.js'
import { FrameDecoder } from '../../src/core/decoding.js'
import { Sh, sh } from '../../src/core/sh.js'
import type { Frame, Mode, ProgressListener } from '../../src/core/transport.js'

const raw = (text: string): Sh => Sh.trusted(text)
const sharing = (text: string): Sh => raw(`${sharesShell}\n${text}`)
let trips = 0
const nonce = (): string => (++trips).toString(16).padStart(32, 'a')

/** A long-lived shell on pipes: what a session has at the other end of its channel. */
class Pipes {
  readonly #child
  #onData: (stream: 'stdout' | 'stderr', bytes: Uint8Array) => void = () => undefined

  #onEnd: () => void = () => undefined

  constructor(command: readonly string[]) {
    this.#child = spawn(command[0]!, command.slice(1))
    this.#child.on('exit', () => this.#onEnd())
    this.#child.stdin.on('error', () => this.#onEnd())
    this.#child.stdout.on('data', (bytes: Buffer) => this.#onData('stdout', bytes))
    this.#child.stderr.on('data', (bytes: Buffer) => this.#onData('stderr', bytes))
    this.#child.stdin.write(prelude('00'))
  }

  /** @param cut how many bytes the decoder gets at a time */
  async trip(
    steps: readonly Sh[],
    mode: Mode = 'all',
    cut = Infinity,
    progress?: ProgressListener,
  ): Promise<Frame[]> {
    const id = nonce()
    const decoder = new FrameDecoder(id, steps.length, progress)
    const frames: Frame[] = []
    return new Promise((resolve, reject) => {
      this.#onEnd = () => reject(new Error(`the shell ended: ${this.#child.exitCode ?? '-'}`))
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) this.#onEnd()
      this.#onData = (stream, bytes) => {
        for (let at = 0; at < bytes.length; at += cut)
          frames.push(...decoder.push(stream, bytes.subarray(at, at + cut)))
        if (decoder.done) resolve(frames)
      }
      for (const { text } of encode(steps, mode, id)) this.#child.stdin.write(bytesOf(text))
    })
  }

  end(): void {
    this.#child.kill('SIGKILL')
  }
}

const shells = [
  ['dash'],
  ['bash'],
  ['bash', '--posix'],
  ['busybox', 'sh'],
  ['ksh93'],
  ['mksh'],
  ['yash'],
  ['posh'],
].filter(([name]) => ['/bin/', '/usr/bin/'].some((dir) => existsSync(`${dir}${name!}`)))

test('the shells every Debian has are among the tested', () => {
  expect(shells).toEqual(expect.arrayContaining([['dash'], ['bash']]))
})

describe.each(shells.map((shell) => [shell.join(' '), shell] as const))('%s', (_, shell) => {
  let pipes: Pipes
  beforeAll(() => {
    pipes = new Pipes(shell)
  })
  afterAll(() => pipes.end())

  const run = async (text: string): Promise<Frame> => (await pipes.trip([raw(text)]))[0]!

  const cases: [string, Partial<Frame>][] = [
    ['', { status: 0, stdout: '', stderr: '' }],
    ['printf "no newline"', { status: 0, stdout: 'no newline' }],
    ['echo one; echo; echo', { status: 0, stdout: 'one\n\n\n' }],
    ['echo out; echo err >&2; exit 3', { status: 3, stdout: 'out\n', stderr: 'err\n' }],
    ['exec >/dev/null; echo lost', { status: 0, stdout: '' }],
    ['exec 1>&- 2>&-; echo lost', { stdout: '', stderr: '' }],
    ['cat; echo end', { status: 0, stdout: 'end\n' }],
    ['set -eu; false; echo never', { status: 1, stdout: '' }],
    ["trap 'echo bye' EXIT; exit 4", { status: 4, stdout: 'bye\n' }],
    ["cat <<'END'\nit's $HOME\nEND", { status: 0, stdout: "it's $HOME\n" }],
    [`printf '\\377\\303'`, { status: 0, stdout: '\udcff\udcc3' }],
    [`printf '\\357\\273\\277x'`, { status: 0, stdout: '\ufeffx' }],
    ['sleep 60 >/dev/null 2>&1 & echo $! >&2; echo on', { status: 0, stdout: 'on\n' }],
    ['nowhere-to-be-found', { status: 127, stdout: '' }],
  ]
  test.each(cases)('%s', async (text, frame) => {
    expect(await run(text)).toMatchObject(frame)
  })

  test.each(["echo 'open", 'if true; then', '$((', 'done', ')', '}', '${', 'case x in', '`'])(
    'the syntax error %s stays inside its step',
    async (text) => {
      const [bad, next] = await pipes.trip([raw(text), raw('echo fine')])
      expect(bad).toMatchObject({ stdout: '' })
      expect(bad!.status).not.toBe(0)
      expect(next).toMatchObject({ status: 0, stdout: 'fine\n', stderr: '' })
    },
  )

  test('a step leaves nothing to the next: variables, folder, options, umask, functions', async () => {
    const look = raw('echo "${leak-none} $PWD $- $# $(umask)"; type leaky 2>/dev/null; :')
    const dirty = raw(
      'leak=1; export leak; cd /usr; set -fu -- a b; umask 0777; leaky() { :; }; trap "" TERM; PATH=',
    )
    const [before, , after] = await pipes.trip([look, dirty, look])
    expect(after!.stdout).toBe(before!.stdout)
    expect(after!.stdout).toMatch(/^none /)
    expect((await pipes.trip([look]))[0]!.stdout).toBe(before!.stdout)
  })

  test('after the first failure the rest is skipped, in until-failure mode only', async () => {
    const steps = ['echo a', 'echo b; exit 5', 'echo c', 'exit 6'].map(raw)
    expect((await pipes.trip(steps, 'until-failure')).map((f) => [f.status, f.stdout])).toEqual([
      [0, 'a\n'],
      [5, 'b\n'],
      ['skipped', ''],
      ['skipped', ''],
    ])
    expect((await pipes.trip(steps)).map((f) => f.status)).toEqual([0, 5, 0, 6])
    expect((await pipes.trip([raw('echo again')], 'until-failure'))[0]!.status).toBe(0)
  })

  test('fd 9 is the lock: open in the shell, closed in the steps that do not ask for it', async () => {
    expect((await run('{ true <&9; } 2>/dev/null && echo open || echo closed')).stdout).toBe(
      'closed\n',
    )
    expect((await run(`${keepsLock}\n{ true <&9; } 2>/dev/null && echo open`)).stdout).toBe(
      'open\n',
    )
  })

  test('steps that share a subshell are one process, each with its own output and status', async () => {
    const who = 'read -r pid rest </proc/self/stat; echo $pid'
    const frames = await pipes.trip([
      raw(who),
      sharing(`${who}; echo err >&2`),
      sharing(`${who}; false`),
      sharing(who),
      raw(who),
      sharing(who),
    ])
    const pids = frames.map(({ stdout }) => stdout)
    // ksh93 forks for no subshell.
    expect(new Set(pids).size).toBe(shell[0] === 'ksh93' ? 1 : 4)
    expect(pids.slice(1, 4)).toEqual(Array(3).fill(pids[1]))
    expect(frames.map(({ status }) => status)).toEqual([0, 0, 1, 0, 0, 0])
    expect(frames.map(({ stderr }) => stderr)).toEqual(['', 'err\n', '', '', '', ''])
  })

  test('after the first failure the rest of them is skipped, in until-failure mode only', async () => {
    const steps = [sharing('echo a'), sharing('false'), sharing('echo c'), raw('echo d')]
    const statuses = (frames: Frame[]) => frames.map(({ status }) => status)
    const skipped = [0, 1, 'skipped', 'skipped']
    expect(statuses(await pipes.trip(steps, 'until-failure'))).toEqual(skipped)
    expect(statuses(await pipes.trip(steps))).toEqual([0, 1, 0, 0])
    const failed = [raw('exit 7'), sharing('echo a'), sharing('echo b')]
    expect(statuses(await pipes.trip(failed, 'until-failure'))).toEqual([7, 'skipped', 'skipped'])
  })

  const deaths = shell[0] === 'ksh93' ? [] : ["kill -KILL $(sh -c 'echo $PPID')"]
  test.each(['exit 7', 'printf part; exit 7', "echo 'open", ...deaths])(
    'one of them that ends the subshell (%s) fails, and those after it; the trip goes on',
    async (end) => {
      const [a, b, c, after] = await pipes.trip([
        sharing('echo a'),
        sharing(end),
        sharing('echo c'),
        raw('echo after'),
      ])
      expect(a).toMatchObject({ status: 0, stdout: 'a\n' })
      expect(b!.status).toBeGreaterThan(0)
      // A shell may also take a syntax error for a failed command.
      if (!end.startsWith('echo')) expect(c).toMatchObject({ status: b!.status, stdout: '' })
      expect(after).toEqual({ step: 3, status: 0, stdout: 'after\n', stderr: '' })
      expect(await run('echo next')).toMatchObject({ status: 0, stdout: 'next\n' })
    },
  )

  test('what a background process printed between the trips is not taken for output', async () => {
    const late = await run(`(while [ ! -e /proc/$$/fd/0 ]; do :; done; echo late; echo late >&2) &
      echo now`)
    expect(late.stdout).toContain('now')
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(await run('echo mine')).toEqual({ step: 0, status: 0, stdout: 'mine\n', stderr: '' })
  })

  test('texts and outputs of 200 kB', async () => {
    const long = `it's ${'äöü €'.repeat(25_000)}`
    const [first, second] = await pipes.trip([raw(`cat <<'END'\n${long}\nEND`), raw('echo ok')])
    expect(first!.stdout === `${long}\n`).toBe(true)
    expect(second!.stdout).toBe('ok\n')
  })

  test('law: output comes back exactly, however it is cut', async () => {
    const almost = ['@', `@${'a'.repeat(31)}`, '@00', '@00 0\n', '\n', ' ', '\\n', '%s', '\ufeff']
    const piece = fc.oneof(
      fc.constantFrom(...almost),
      fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.replaceAll('\0', '')),
    )
    const text = fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join(''))
    const step = fc.record({ out: text, err: text, status: fc.nat(125), shares: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 6 }),
        fc.integer({ min: 1, max: 50 }),
        async (steps, cut) => {
          const frames = await pipes.trip(
            steps.map(
              ({ out, err, status, shares }) => sh`${shares ? sharing('') : sh``}cat <<'E O F'
${raw(out)}
E O F
cat >&2 <<'E O F'
${raw(err)}
E O F
${shares ? sh`(exit ${status})` : sh`exit ${status}`}`,
            ),
            'all',
            cut,
          )
          expect(frames).toEqual(
            steps.map(({ out, err, status }, i) => ({
              step: i,
              status,
              stdout: `${out}\n`,
              stderr: `${err}\n`,
            })),
          )
        },
      ),
      { numRuns: 60 },
    )
  })
})

// ksh93's own parser now and then dies of a segmentation fault on texts like these.
const sturdy = shells
  .filter(([name]) => name !== 'ksh93')
  .map((shell) => [shell.join(' '), shell] as const)

describe.each(sturdy)('%s', (_, shell) => {
  let pipes: Pipes
  beforeAll(() => {
    pipes = new Pipes(shell)
  })
  afterAll(() => pipes.end())

  test('law: whatever a step says, the steps around it are untouched', async () => {
    const word = fc.constantFrom(
      "'",
      '"',
      '`',
      '$(',
      '${',
      '((',
      ')',
      '}',
      '{',
      ';',
      '|',
      '<',
      '>',
      '\n',
      '\\',
      '#',
      '!',
      'exit 3',
      'exec >/dev/null',
      'exec 2>&1',
      'return',
      'break',
      'done',
      'fi',
      'esac',
      'if',
      'case x in',
      'set -e',
      'set -n',
      'cd /',
      'echo @',
      'true',
      ':',
      'eval',
      'unset PATH',
      'dr_s=9',
      '<<E',
      'E',
      '\r',
      'é€😀',
    )
    const hostile = fc.array(word, { maxLength: 8 }).map((words) => raw(words.join(' ')))
    await fc.assert(
      fc.asyncProperty(hostile, async (step) => {
        const frames = await pipes.trip([raw('echo before'), step, raw('printf after')])
        expect(frames[0]).toEqual({ step: 0, status: 0, stdout: 'before\n', stderr: '' })
        expect(frames[2]).toEqual({ step: 2, status: 0, stdout: 'after', stderr: '' })
      }),
      { numRuns: 150 },
    )
  })

  test.each([1, 7, Infinity])(
    'what a step tells of its progress is heard, and no part of its output (cut at %s)',
    async (cut) => {
      const heard: [number, string][] = []
      const steps = [
        raw('echo one; echo warned >&2'),
        sh`${tellProgress(sh`'half' "$((1 + 1))"`)}
printf part >&2
${tellProgress(sh`done`)}
echo two`,
        raw('sh -c \'echo "${dr_mark-} progress stolen" >&2\''),
      ]
      const frames = await pipes.trip(steps, 'all', cut, (step, said) => heard.push([step, said]))
      expect(heard).toEqual([
        [1, 'half 2'],
        [1, 'done'],
      ])
      expect(frames.map(({ stdout, stderr }) => [stdout, stderr])).toEqual([
        ['one\n', 'warned\n'],
        ['two\n', 'part'],
        ['', ' progress stolen\n'],
      ])
    },
  )

  test('outside of a trip nobody hears of progress', async () => {
    const { stdout, stderr } = await run(shell, tellProgress(sh`x`))
    expect([stdout, stderr]).toEqual(['', ''])
  })
})

test.each([['dash'], ['bash']])(
  '%s says nothing of the text of a step that a signal killed: it may hold secrets',
  async (shell) => {
    const pipes = new Pipes([shell])
    const [frame] = await pipes.trip([raw("sh -c 'kill -9 $PPID'; : hunter2")])
    expect(frame).toEqual({ step: 0, status: 137, stdout: '', stderr: '' })
    pipes.end()
  },
)

async function run([name, ...args]: readonly string[], script: Sh) {
  const { execFile } = await import('node:child_process')
  const { promisify } = await import('node:util')
  return promisify(execFile)(name!, [...args, '-c', script.text])
}
