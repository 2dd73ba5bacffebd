import { keepsLock, sharesShell } from '../core/framing.js'
import { Sh, sh } from '../core/sh.js'

/**
 * Takes the host for this run alone; fails with the holder's name when another run has it.
 * A host without flock (util-linux) is not locked.
 *
 * @param run what names this run in its holders' names, where it has several: one that is lost
 * holds a host until its last change there is over, which is waited for
 */
export function lockStep(holder: string, run?: string): Sh {
  const waits =
    run === undefined
      ? sh``
      : sh` || { grep -qsF -e ${run} "$DR_PLAY_STATE/holder" && flock -w 60 9; }`
  return sh`${Sh.trusted(keepsLock)}
command -v flock >/dev/null || exit 0
# One who has it since this moment is given the time to write who he is; or ends.
if flock -n 9${waits} || flock -w 1 9 2>/dev/null; then
  { { [ -d "$DR_PLAY_STATE" ] || mkdir -p "$DR_PLAY_STATE"; } && printf '%s\n' ${holder} >"$DR_PLAY_STATE/holder"; } 2>/dev/null || :
else
  { cat "$DR_PLAY_STATE/holder" 2>/dev/null || echo 'as another user'; } >&2
  exit 1
fi`
}

/** The handlers that a run which broke off has left to do as this user, one a line. */
export const pendingProbe: Sh = sh`${Sh.trusted(sharesShell)}
[ ! -e "$DR_PLAY_STATE/pending" ] || cat "$DR_PLAY_STATE/pending"`

/** Notes handlers as owed, before the change that notifies them is made. */
export function oweStep(titles: readonly string[]): Sh {
  return sh`{ [ -d "$DR_PLAY_STATE" ] || mkdir -p "$DR_PLAY_STATE"; } && printf '%s\n' ${titles} >>"$DR_PLAY_STATE/pending"`
}

/** Strikes handlers off the list of the owed ones. */
export function strikeStep(titles: readonly string[]): Sh {
  return sh`cd "$DR_PLAY_STATE" && [ -e pending ] || exit 0
while IFS= read -r title; do
  for struck in ${titles}; do [ "$title" != "$struck" ] || continue 2; done
  printf '%s\n' "$title"
done <pending >pending.left || exit 1
if [ -s pending.left ]; then mv pending.left pending; else rm -f pending pending.left; fi`
}
