import { sharesShell } from '../core/framing.js'
import { Sh, sh } from '../core/sh.js'

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
