import { type Sh, sh } from '../core/sh.js'

export interface Installed {
  name: string
  architecture: string
}

/** How the packages of a host are asked for and changed. */
export interface PackageManager {
  probe(names: readonly string[]): Sh
  /** Those that the probe says are installed; it may name others, too. */
  installed(stdout: string): Installed[]
  install(names: readonly string[]): Sh
  remove(names: readonly string[]): Sh
}

/** Whether a package is among those; what was asked for may say `:amd64` or `.x86_64`. */
export function isInstalled(wanted: string, all: readonly Installed[]): boolean {
  return all.some(({ name, architecture }) =>
    [name, `${name}:${architecture}`, `${name}.${architecture}`].includes(wanted),
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
