import { readFileSync } from 'node:fs'
import { describe, expect } from 'vitest'
import { errorLines } from '../../src/cli/errors.js'
import { InputErrors } from '../../src/core/errors.js'
import { test } from '../support/play.js'

/** A playbook, and after `>>>` all that is said of it: place, what, the line, what next. */
const cases = readFileSync(new URL('messages.txt', import.meta.url), 'utf8')
  .split(/^### /m)
  .slice(1)
  .map((text) => {
    const [what = '', ...lines] = text.split('\n')
    const [play = '', want = ''] = lines.join('\n').split('\n>>>\n')
    return { what, play, want: want.trimEnd() }
  })

describe('what a wrong playbook is told', () => {
  test.for(cases)('$what', async ({ play, want }, { site }) => {
    const error: unknown = await site
      .load(play, { inventory: 'a' })
      .catch((reason: unknown) => reason)
    if (!(error instanceof InputErrors)) throw new Error(`nothing was wrong: ${String(error)}`)
    const said = error.errors.map((each) => errorLines(each, false).join('\n')).join('\n\n')
    expect(said.replaceAll(`${site.dir}/`, '').replaceAll(site.dir, '.')).toBe(want)
  })
})
