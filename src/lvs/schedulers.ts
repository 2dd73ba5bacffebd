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

const numbered = ['flag-1', 'flag-2', 'flag-3']
/** What ipvsadm calls them where it has names; it cannot show a third flag of these two. */
const named = new Map([
  ['sh', ['sh-fallback', 'sh-port']],
  ['mh', ['mh-fallback', 'mh-port']],
])

/**
 * Scheduler flags as ipvsadm shows them: under sh, `flag-2,sh-fallback` is
 * `sh-fallback,sh-port`. Undefined when one of them is no flag of this scheduler.
 */
export function canonicalFlags(scheduler: string, flags: string): string | undefined {
  const names = named.get(scheduler) ?? numbered
  const set = flags.split(',').map((flag) => {
    const number = numbered.indexOf(flag)
    return names[number] ?? flag
  })
  return set.every((flag) => names.includes(flag))
    ? names.filter((flag) => set.includes(flag)).join(',')
    : undefined
}
