import { afterAll, describe, expect, it } from 'vitest'
import { DocsPage } from './support/docs-page.js'

const page = new DocsPage('docs/import.md')
afterAll(() => page.remove())

describe('docs/import.md', () => {
  it('has examples', () => {
    expect(page.files).toEqual(['lvs.sh', 'rs.sh', 'keepalived.conf', 'saved.rules'])
    expect(page.commands).toHaveLength(4)
  })

  it.each(page.commands)('$ dr-play %s', async (command, output) => {
    expect(await page.run(command)).toBe(output)
  })
})
