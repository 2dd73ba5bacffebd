import { DrPlayError } from '../../core/errors.js'
import type { Lab } from '../lab.js'
import type { LoadOptions, LoadResult } from './result.js'

/** A load under way. */
export interface Load {
  /** Resolves once the long connections are there. */
  begun: Promise<void>
  /** @throws DrPlayError when it ended without one: the lab is gone. */
  result: Promise<LoadResult>
}

/**
 * Puts a load on the virtual service from the client, until its time is over or the signal
 * aborts.
 *
 * @param program the built main.js of this folder
 */
export function startLoad(
  lab: Lab,
  program: string,
  options: LoadOptions,
  signal: AbortSignal,
): Load {
  const child = lab.startInClient([process.execPath, program, JSON.stringify(options)])
  const end = () => void child.kill('SIGTERM')
  signal.addEventListener('abort', end)
  let printed = ''
  const begun = new Promise<void>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text
      if (printed.includes('\n')) resolve()
    })
    child.on('close', () => resolve())
  })
  const result = new Promise<LoadResult>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', () => {
      signal.removeEventListener('abort', end)
      const line = printed.split('\n').find((each) => each.startsWith('{'))
      if (line !== undefined) resolve(JSON.parse(line) as LoadResult)
      else reject(new DrPlayError('the load ended without a result', 'is the lab still up?'))
    })
  })
  return { begun, result }
}
