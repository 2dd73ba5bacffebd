import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { DrPlayError, where } from '../../../src/core/errors.js'
import { guessFormat, readAs } from '../../../src/lvs/import/format.js'
import { clusterOf, diskOf } from './support.js'

/** A file, named by its first line, and after `>>>` where it is wrong, how, and what to do. */
const cases = readFileSync(new URL('messages.txt', import.meta.url), 'utf8')
  .split(/^### /m)
  .slice(1)
  .map((text) => {
    const [what = '', file = '', ...lines] = text.split('\n')
    const [given = '', want = ''] = lines.join('\n').split('\n>>>\n')
    return { what, file, given, want: want.trimEnd() }
  })

it.each(cases)('a wrong file is told of: $what', ({ file, given, want }) => {
  const context = { disk: diskOf(), resolve: () => undefined }
  let said = ''
  try {
    const told = readAs(guessFormat(given, file).format, given, file, context)
    // A script goes on after what it cannot do: its errors are notes.
    said = clusterOf([told])
      .notes.filter(({ message }) => message.includes(': ipvsadm'))
      .map(({ at, message, hint }) => `${where(at)}: ${message}\n  ${hint}`)
      .join('\n')
  } catch (error) {
    if (!(error instanceof DrPlayError)) throw error
    const { at, message, hint } = error
    said = `${at ? where(at) : '-'}: ${message}\n  ${hint ?? ''}`
  }
  expect(said).toBe(want)
})
