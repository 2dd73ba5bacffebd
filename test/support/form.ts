/**
 * How much is tried. `fast` asks Ansible nothing, so that it needs no package. `full` tries all;
 * else what only repeats, in another shell or with other cases, is spared.
 */
export const form = process.env.TEST_FORM as 'fast' | 'full' | undefined
const full = form === 'full'

/** All cases in the full form, every third one else. */
export function someOf<T>(cases: readonly T[]): T[] {
  return cases.filter((_, i) => full || i % 3 === 0)
}

/** Counts of random cases: a third, where not all is done. */
export const runs = (count: number): number => (full ? count : Math.ceil(count / 3))

/** The shells that every script of ours must run in; bash is that of the lab's EL hosts, too. */
export const shells: readonly ('dash' | 'bash')[] = full ? ['dash', 'bash'] : ['dash']
