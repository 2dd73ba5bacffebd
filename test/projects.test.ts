import { expect, it } from 'vitest'
import { projectOf, testFiles } from './projects.js'

it('every test file belongs to a project, and each project has some', () => {
  const files = testFiles()
  expect(files.short).toEqual(['e2e/short.test.ts'])
  for (const paths of Object.values(files)) expect(paths).not.toEqual([])
  const all = Object.values(files).flat()
  expect(new Set(all).size).toBe(all.length)
})

it.each([
  ['site/a.test.ts', "import { x } from '../../src/site/x.js'", 'fast'],
  ['run/a.test.ts', "import { makeNetns } from '../support/netns.js'", 'machine'],
  ['cli/a.test.ts', "import { MAIN } from '../support/program.js'", 'machine'],
  ['differences/a.test.ts', '', 'here'],
  ['lab/uml/a.test.ts', '', 'lab'],
])('%s that holds %j is of the project %s', (path, text, project) => {
  expect(projectOf(path, text)).toBe(project)
})
