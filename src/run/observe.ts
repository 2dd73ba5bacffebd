import { TaskFailed } from '../core/errors.js'
import { sharesShell } from '../core/framing.js'
import { lines, Sh, sh } from '../core/sh.js'
import type { Act } from './act.js'
import type { Part } from './trip.js'

/** What was seen of an act's want; or why it could not be seen. Absent: not looked at yet. */
export type Seen = Map<Act, { have: unknown } | { error: TaskFailed }>

/**
 * The probes of many acts: one part for all wants of a type, because what a converged run
 * costs is the processes that its probes start on the host.
 *
 * @param wantOf the want to look for; undefined: nothing to look at
 */
export function probeParts(
  acts: readonly Act[],
  seen: Seen,
  wantOf: (act: Act) => unknown,
): Part[] {
  const resources = [...new Set(acts.map((act) => act.resource))]
  return resources.map((resource) => {
    const all = acts.filter((act) => act.resource === resource)
    const wanted = all
      .map((act) => ({ act, want: wantOf(act) }))
      .filter(({ want }) => want !== undefined)
    const wants = wanted.map(({ want }) => want)
    const probe = resource.probe(wants)
    const script = probe.text === '' ? probe : lines([sh`${Sh.trusted(sharesShell)}`, probe])
    const read = (haves: readonly unknown[]) => {
      wanted.forEach(({ act }, i) => seen.set(act, { have: haves[i] }))
    }
    // Without a script there is nothing to ask the host: debug, assert.
    if (script.text === '') read(resource.read('', wants))
    return {
      script,
      read: ({ status, stdout, stderr }) => {
        if (status === 0) return read(resource.read(stdout, wants))
        const error = new TaskFailed(`could not look: ${stderr.trim() || `exit status ${status}`}`)
        for (const { act } of wanted) seen.set(act, { error })
      },
    }
  })
}

/** What must hold once an act was applied; undefined: nothing that can be looked at. */
export function settledWant({ resource, want }: Act): unknown {
  return resource.settled ? resource.settled(want) : want
}
