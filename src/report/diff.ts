import { createTwoFilesPatch } from 'diff'
import type { Diff } from '../core/resource.js'

/** The lines of a unified diff. */
export function diffLines({ path, before, after }: Diff): string[] {
  const patch = createTwoFilesPatch(path, path, before, after, 'now', 'wanted', {
    context: 3,
    maxEditLength: 5000,
    timeout: 1000,
  })
  if (patch === undefined) return [`${path}: too different to show`]
  return patch
    .split('\n')
    .filter((line) => !/^(Index: |=+$)/.test(line))
    .slice(0, -1)
}
