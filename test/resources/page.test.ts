import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lines, sh } from '../../src/core/sh.js'
import { readPages, tellPage } from '../../src/resources/page.js'
import { runScript } from '../support/converge.js'
import { shells } from '../support/form.js'

describe.each(shells)('what tell_page prints in %s', (shell) => {
  it('law: is read as it was, whatever is in the pages', async () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '\n',
        '-',
        '--',
        '-----',
        '\n-\n',
        '\n--\n',
        '200 -\n',
        '',
        ' ',
        "'",
        '<!-- -->',
      ),
      fc.string({ unit: 'binary', maxLength: 10 }).map((text) => text.replaceAll('\0', '')),
    )
    const content = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''))
    const status = fc.option(fc.constantFrom(0, 200, 404), { nil: undefined })
    const pages = fc.array(fc.record({ status, content }), { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(pages, async (all) => {
        const told = all.map(
          (page) => sh`code=${page.status ?? ''}; page=${page.content}; tell_page`,
        )
        const { stdout } = await runScript(lines([tellPage, ...told]), { shell: [shell] })
        expect(readPages(stdout, all.length)).toEqual(all)
      }),
      { numRuns: 60 },
    )
  })

  it('that is missing is no page', () => {
    expect(readPages('', 2)).toEqual(Array(2).fill({ status: undefined, content: '' }))
  })
})
