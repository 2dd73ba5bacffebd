import { BOOT_LINE } from '../uml/panic.js'

/**
 * Keeps one host running: `sh supervisor FOLDER`. A host that ends, because it was told to
 * reboot or to power off, is started again, unless the lab stopped it; one that cannot
 * stay up for two seconds is given up after the fifth time.
 *
 * In the folder: `boots` counts, `console` holds what the boots printed, `pid` is the running boot, `supervisor` this process,
 * `stopped` says that the lab stopped it, `given-up` that it would not stay up.
 */
export const SUPERVISOR = `
cd "$1" || exit
echo $$ > supervisor
rm -f stopped given-up
failures=0
while [ ! -e stopped ] && [ $failures -lt 5 ]; do
  began=$(date +%s)
  boots=$(($(cat boots 2>/dev/null || echo 0) + 1))
  echo $boots > boots.new && mv boots.new boots
  echo "${BOOT_LINE}$boots ---" >>console
  sh ./boot </dev/null >>console 2>&1 &
  echo $! > pid
  wait $! || sleep 0.3
  if [ $(($(date +%s) - began)) -lt 2 ]; then failures=$((failures + 1)); else failures=0; fi
done
[ -e stopped ] || echo yes > given-up
rm -f supervisor pid
`

/** Starts the supervisor $1 for the host in the folder $2, unless it has one. */
export const START =
  '[ ! -e "$2/supervisor" ] && setsid --fork sh "$1" "$2" </dev/null >/dev/null 2>&1'

/** Ends a host as a power cut does: $1 is its folder. */
export const POWER_OFF = `
cd "$1" || exit
touch stopped
while [ -e supervisor ]; do
  [ -e pid ] && kill -KILL $(ps -o pid= --ppid "$(cat pid)") 2>/dev/null
  sleep 0.05
done
`
