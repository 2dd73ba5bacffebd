import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Interrupted, Unreachable } from '../../src/core/errors.js'
import { sh } from '../../src/core/sh.js'
import { HostRun } from '../../src/run/host.js'
import { type Answer, type Subject, Survey } from '../../src/run/survey.js'
import { sshTransport } from '../../src/transport/ssh.js'
import { type Sshd, startSshd } from '../transport/sshd.js'

let sshd: Sshd
let dir: string
beforeAll(async () => {
  sshd = await startSshd()
  dir = mkdtempSync(join(tmpdir(), 'dr-play-survey-'))
})
afterAll(() => {
  sshd.stop()
  rmSync(dir, { recursive: true })
})

function subject(name: string, port = sshd.port): Subject {
  const target = { ...sshd.target, name, port }
  return { host: new HostRun(name, target, undefined, true), as: undefined }
}

function survey(subjects: readonly Subject[], { signal = new AbortController().signal } = {}) {
  return new Survey(subjects, { transport: sshTransport(sshd.options), signal, forks: 10 })
}

const printed = (answer: Answer | undefined) =>
  answer && 'frames' in answer ? answer.frames.map(({ stdout }) => stdout) : answer?.unreachable

describe('Survey', () => {
  it('asks every host in one trip, whatever becomes of a script', async () => {
    const subjects = [subject('rs1'), subject('rs2')]
    const asking = survey(subjects)
    const answers = await asking.ask(({ name }) => [sh`echo ${name}`, sh`exit 3`, sh`echo on`])
    expect([...answers.keys()]).toEqual(['rs1', 'rs2'])
    expect(printed(answers.get('rs2'))).toEqual(['rs2\n', '', 'on\n'])
    expect(answers.get('rs1')).toMatchObject({ frames: [{ status: 0 }, { status: 3 }, {}] })
    for (const { host } of subjects) expect(host.session?.trips).toBe(1)
    await asking.close()
  })

  it('a host that is out of reach is an answer, and the others are asked', async () => {
    const asking = survey([subject('gone', 1), subject('rs1')])
    const answers = await asking.ask(() => [sh`echo here`])
    expect(printed(answers.get('gone'))).toBeInstanceOf(Unreachable)
    expect(printed(answers.get('rs1'))).toEqual(['here\n'])
    await asking.close()
  })

  it('a host that goes away in the middle is out of reach, and asked anew the next time', async () => {
    const asking = survey([subject('rs1')])
    const lost = await asking.ask(() => [sh`kill -9 $PPID $$`, sh`echo here`])
    expect(printed(lost.get('rs1'))).toBeInstanceOf(Unreachable)
    const back = await asking.ask(() => [sh`echo back`])
    expect(printed(back.get('rs1'))).toEqual(['back\n'])
    await asking.close()
  })

  it('asks only those that there are scripts for', async () => {
    const subjects = [subject('rs1'), subject('rs2')]
    const asking = survey(subjects)
    const answers = await asking.ask(({ name }) => (name === 'rs1' ? [sh`echo one`] : []))
    expect([...answers.keys()]).toEqual(['rs1'])
    expect(subjects[1]!.host.session).toBeUndefined()
    await asking.close()
  })

  it('asks both at the same time', async () => {
    const met = (mine: string, other: string) => sh`: >${join(dir, mine)}
n=0
until [ -e ${join(dir, other)} ]; do n=$((n + 1)); [ $n -lt 200 ] || exit 1; sleep 0.1; done`
    const asking = survey([subject('a'), subject('b')])
    const answers = await asking.ask(({ name }) => [name === 'a' ? met('a', 'b') : met('b', 'a')])
    for (const answer of answers.values()) expect(answer).toMatchObject({ frames: [{ status: 0 }] })
    await asking.close()
  })

  it('an abort ends it, and what it runs', async () => {
    const controller = new AbortController()
    const asking = survey([subject('rs1')], controller)
    const begun = join(dir, 'begun')
    const asked = asking.ask(() => [sh`: >${begun}; sleep 100`])
    while (!existsSync(begun)) await new Promise((resolve) => setTimeout(resolve, 20))
    controller.abort(new Interrupted())
    await expect(asked).rejects.toThrow(Interrupted)
    await asking.close()
  })
})
