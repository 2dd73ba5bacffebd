import { sh, type Sh } from '../core/sh.js'

/**
 * Tries until the command succeeds, five times a second. When the seconds are over `failure`
 * runs, which says why on stderr, and the step fails. The clock is the uptime, which nobody
 * sets.
 */
export function tryFor(seconds: number, command: Sh, failure: Sh): Sh {
  return sh`read -r began _ </proc/uptime
until ${command}; do
  read -r now _ </proc/uptime
  # In hundredths; the 1 keeps 08 from being octal.
  [ $(((\${now%.*} - \${began%.*}) * 100 + 1\${now#*.} - 1\${began#*.})) -lt ${seconds * 100} ] || {
    ${failure}
    exit 1
  }
  sleep 0.2
done`
}
