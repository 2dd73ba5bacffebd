import type { Change } from '../core/resource.js'
import { lines, sh } from '../core/sh.js'

/*
 * The director's list of real servers that are being taken in, an address a line, in
 * $DR_PLAY_STATE/joining.
 */

/** The address is on the list from before the first of the changes on. */
export function noteFirst(changes: readonly Change[], address: string): Change[] {
  const note = sh`mkdir -p "$DR_PLAY_STATE" && echo ${address} >>"$DR_PLAY_STATE/joining" || exit`
  return changes.map((change, i) =>
    i === 0 ? { ...change, run: lines([note, change.run]) } : change,
  )
}

/** The address is struck off the list by the last of the changes, or by one of its own. */
export function strikeLast(changes: readonly Change[], address: string): Change[] {
  const strike = sh`cd "$DR_PLAY_STATE" && [ -e joining ] || exit 0
grep -vxF ${address} joining >joining.left || [ $? = 1 ] || exit 1
if [ -s joining.left ]; then mv joining.left joining; else rm -f joining joining.left; fi`
  const last = changes.at(-1)
  if (!last) return [{ summary: `${address} is on the list of joining: struck off`, run: strike }]
  const run = sh`(${last.run}
) || exit
${strike}`
  return [...changes.slice(0, -1), { ...last, run }]
}
