/** The line that the supervisor writes before each boot into a host's console. */
export const BOOT_LINE = '--- boot '

/** Fault of a processor whose state is larger than this User Mode Linux hands over; see ptrace.ts. */
const SHORT_STATE = /ptrace set fp regs failed/

/** Words of a kernel that panicked in its latest boot, and what to do about it. */
export interface Panic {
  words: string
  hint: string
}

/**
 * The panic that a console shows for its latest boot; undefined when there is none.
 *
 * @param console all that the host printed, one boot after the other
 */
export function panicIn(console: string): Panic | undefined {
  const lines = console.slice(Math.max(console.lastIndexOf(BOOT_LINE), 0)).split(/\r?\n/)
  const at = lines.findIndex((line) => line.includes('Kernel panic - not syncing'))
  if (at === -1) return undefined
  const panic = lines[at]!.replace(/^.*Kernel panic - not syncing: /, '')
  const cause = lines.slice(0, at).findLast((line) => SHORT_STATE.test(line))
  if (cause === undefined) {
    return { words: panic, hint: 'what it printed before: the file "console" of the lab\'s host' }
  }
  return {
    words: `${cause.trim()}; ${panic}`,
    hint:
      "this processor's register state is larger than this User Mode Linux hands over: " +
      'let the lab preload its library (unset DR_PLAY_LAB_PRELOAD), or use --kernel host',
  }
}
