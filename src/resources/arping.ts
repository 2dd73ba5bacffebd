import { sh, type Sh } from '../core/sh.js'

/** Fails before anything is altered when the host has no arping to announce with. */
export function requireArping(): Sh {
  return sh`command -v arping >/dev/null || {
  echo 'no arping on this host: install iputils-arping (Debian) or iputils (EL)' >&2
  exit 1
}`
}

/**
 * Gratuitous ARP, twice as a request and twice as an answer, since neighbours differ in what
 * they learn from. Takes two seconds. When it cannot be sent, `undo` is run and the change
 * fails: the next run must find it still to do.
 */
export function announceAddress(device: string, address: string, undo: Sh): Sh {
  return sh`arping -q -U -c 2 -w 5 -I ${device} ${address} &
request=$!
arping -q -A -c 2 -w 5 -I ${device} ${address}
answer=$?
wait $request && [ $answer -eq 0 ] || {
  ${undo}
  printf '%s could not be announced on %s, and was taken off again\n' ${address} ${device} >&2
  exit 1
}`
}
