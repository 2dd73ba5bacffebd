import { describe, expect, it } from 'vitest'
import type { StatusSite } from '../../src/cli/status-site.js'
import { watch, type WatchOptions } from '../../src/cli/status-watch.js'
import { InputError, Interrupted } from '../../src/core/errors.js'

/** What is done in so many rounds, in order; `fresh` are the cluster's files. */
async function rounds(
  count: number,
  more: Partial<WatchOptions> & Pick<WatchOptions, 'checkEvery'>,
  end: new (message: string) => Error = Interrupted,
): Promise<string[]> {
  const done: string[] = []
  const controller = new AbortController()
  const look = {
    look: () => {
      if (done.filter((each) => each === 'look').length === count) controller.abort()
      if (controller.signal.aborted) return Promise.reject(new Interrupted())
      done.push('look')
      return Promise.resolve()
    },
    check: (cluster?: StatusSite) => {
      done.push(cluster ? 'check anew' : 'check')
      return Promise.resolve()
    },
  }
  const options = {
    seconds: 0,
    fresh: () => Promise.resolve({} as StatusSite),
    show: (note: string | undefined) =>
      void done.push(note === undefined ? 'show' : `note ${note}`),
    early: false,
    signal: controller.signal,
    ...more,
  }
  await expect(watch(look, options)).rejects.toThrow(end)
  return done
}

describe('watch', () => {
  it('looks every time, and checks when it is time to', async () => {
    const each = ['look', 'show']
    expect(await rounds(3, { checkEvery: 60 })).toEqual(['look', 'check', 'show', ...each, ...each])
  })

  it('shows on a screen what is known before the check run, too', async () => {
    const done = await rounds(1, { checkEvery: 60, early: true })
    expect(done).toEqual(['look', 'show', 'check', 'show'])
  })

  it('checks by the files as they are then', async () => {
    const done = await rounds(2, { checkEvery: 0 })
    expect(done).toEqual(['look', 'check', 'show', 'look', 'check anew', 'show'])
  })

  it('never checks, if so asked', async () => {
    expect(await rounds(2, { checkEvery: undefined })).toEqual(['look', 'show', 'look', 'show'])
  })

  it('goes on while a file is being edited, and says so', async () => {
    const wrong = new InputError(undefined, 'hosts:3:1: what is that?')
    let times = 0
    const fresh = () => (times++ === 0 ? Promise.reject(wrong) : Promise.resolve({} as StatusSite))
    const done = await rounds(3, { checkEvery: 0, fresh })
    expect(done.slice(3)).toEqual([
      'look',
      'note the files are wrong now, so this is by what they were: hosts:3:1: what is that?',
      'look',
      'check anew',
      'show',
    ])
  })

  it('ends when anything else goes wrong', async () => {
    const fresh = () => Promise.reject(new TypeError('a defect'))
    const done = await rounds(3, { checkEvery: 0, fresh }, TypeError)
    expect(done).toEqual(['look', 'check', 'show', 'look'])
  })
})
