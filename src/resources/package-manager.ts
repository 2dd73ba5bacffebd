import { type Sh, sh } from '../core/sh.js'

/** How the packages of a host are asked for and changed. */
export interface PackageManager {
  /** Prints `installed NAME ARCHITECTURE` for each of the packages that is. */
  probe(names: readonly string[]): Sh
  install(names: readonly string[]): Sh
  remove(names: readonly string[]): Sh
}

/** Whether a package is among what a probe printed; the name may say `:amd64` or `.x86_64`. */
export function isInstalled(name: string, stdout: string): boolean {
  return Array.from(stdout.matchAll(/^installed (\S+) (\S+)$/gm)).some(
    ([, installed, architecture]) =>
      [installed, `${installed}:${architecture}`, `${installed}.${architecture}`].includes(name),
  )
}

/**
 * Its output goes to $log, which is shown when it fails. A service that a package starts may
 * keep that file open; our channel it could keep busy for ever.
 */
export function logged(act: Sh): Sh {
  return sh`log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
${act} || { tail -n 30 "$log" >&2; exit 1; }`
}
