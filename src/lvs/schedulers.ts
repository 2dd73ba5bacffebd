/** The schedulers of the kernel; each is a module ip_vs_NAME that it loads when first used. */
export const schedulers = [
  'rr',
  'wrr',
  'lc',
  'wlc',
  'lblc',
  'lblcr',
  'dh',
  'sh',
  'sed',
  'nq',
  'fo',
  'ovf',
  'mh',
  'twos',
] as const

/** What `-b` calls a scheduler's three flags, by scheduler; others have numbers only. */
const flagNames: Readonly<Record<string, readonly string[]>> = {
  sh: ['sh-fallback', 'sh-port'],
  mh: ['mh-fallback', 'mh-port'],
}

/**
 * Scheduler flags as the kernel shows them: under sh, `flag-2,sh-fallback` is
 * `sh-fallback,sh-port`. Undefined when one of them is no flag of this scheduler.
 */
export function canonicalFlags(scheduler: string, flags: string): string | undefined {
  const names = [1, 2, 3].map((n) => flagNames[scheduler]?.[n - 1] ?? `flag-${n}`)
  const set = flags.split(',').map((flag) => {
    const numbered = /^flag-([123])$/.exec(flag)?.[1]
    return numbered === undefined ? names.indexOf(flag) : Number(numbered) - 1
  })
  return set.includes(-1) ? undefined : names.filter((_, i) => set.includes(i)).join(',')
}
