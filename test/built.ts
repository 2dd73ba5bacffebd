import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { TestProject } from 'vitest/node'
import manifest from '../package.json' with { type: 'json' }

const ROOT = resolve(import.meta.dirname, '..')
const run = promisify(execFile)

/**
 * Before tests of the built program: builds it from the source as it is, into a folder of this
 * run's own, so that they never meet an older one, nor one that `npm run build` is replacing.
 * The projects of a run share it. @throws Error when it cannot be built
 */
export default async function setup(project: TestProject): Promise<(() => void) | undefined> {
  const shared = project.vitest.getRootProject()
  if (shared.getProvidedContext().builtPackage) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'dr-play-built-'))
  shared.provide('builtPackage', folder)
  for (const name of ['package.json', ...manifest.files]) {
    if (name !== 'dist') symlinkSync(join(ROOT, name), join(folder, name))
  }
  const build = () =>
    run(join(ROOT, 'node_modules/.bin/rolldown'), ['-c', '-d', join(folder, 'dist')], { cwd: ROOT })
  await build()
  project.onTestsRerun(async () => {
    await build()
  })
  return () => rmSync(folder, { recursive: true })
}
