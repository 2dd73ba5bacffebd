import { lines, type Sh, sh } from '../core/sh.js'
import { type ServiceManager, type ServiceState, startLinks, type Verb } from './service-manager.js'

/** Seconds that a service may take to say that it runs, or no longer does. */
const PATIENCE = 5

/**
 * runs NAME: where a process of that name is the one of its pid file, it does, which is what
 * pidofproc of the LSB would find; in all other cases its init script is asked. That takes six
 * processes with Apache's, the other way none.
 */
const runs = sh`runs() {
  [ -x "/etc/init.d/$1" ] || return
  for file in "/run/$1.pid" "/run/$1/$1.pid"; do
    { read -r pid && read -r comm <"/proc/$pid/comm"; } <"$file" || continue
    # A process that ended, and was not waited for, has no program.
    [ "$comm" != "$1" ] || [ ! -e "/proc/$pid/exe" ] || return 0
  done 2>/dev/null
  (cd / && "/etc/init.d/$1" status) >/dev/null 2>&1
}`

/**
 * Init scripts: their exit status says whether they run, their links whether they boot. A
 * script is run only when that is asked: Debian's for ipvsadm loads the kernel module and
 * writes its rules file merely to say its status.
 */
export const sysvinit: ServiceManager = {
  probe: (services) =>
    lines([
      runs,
      sh`look() {
  name=$1 running=no
  [ "$2" = no ] || ! runs "$name" || running=yes
  ${startLinks}
  echo "$name $running $boot"
}`,
      ...services.map(({ name, running }) => sh`look ${name} ${running ? 'yes' : 'no'}`),
    ]),

  read(stdout, names) {
    const states = new Map<string, ServiceState>()
    for (const [, name, running, boot] of stdout.matchAll(/^(\S+) (yes|no) (yes|no)$/gm)) {
      states.set(name!, { running: yesOrNo(running), boot: yesOrNo(boot) })
    }
    return names.map((name) => states.get(name) ?? { running: 'no', boot: 'no' })
  },

  act: (name, verb) => sh`script=/etc/init.d/${name}
[ -x "$script" ] || { echo ${`this host has no service ${name}`} >&2; exit 1; }
${acts[verb](name, verb)}`,
}

const acts: Record<Verb, (name: string, verb: Verb) => Sh> = {
  start: (name, verb) => tell(name, verb, sh`runs ${name}`),
  restart: (name, verb) => tell(name, verb, sh`runs ${name}`),
  reload: (name, verb) => tell(name, verb, sh`runs ${name}`),
  stop: (name, verb) => tell(name, verb, sh`! runs ${name}`),
  enable: (name) =>
    // Links that are there are kept by "defaults", and turned by "enable".
    boot(
      sh`set -- /etc/rc[2-5].d/[SK][0-9][0-9]${name}
  if [ -e "$1" ]; then update-rc.d ${name} enable; else update-rc.d ${name} defaults; fi`,
      name,
      'on',
    ),
  disable: (name) => boot(sh`update-rc.d ${name} disable`, name, 'off'),
}

/**
 * As service(8) runs the script, with nothing of our environment, but without the script that
 * service(8) is. The output goes to a file: a daemon that keeps it open must not keep our channel
 * busy.
 */
function tell(name: string, verb: Verb, settled: Sh): Sh {
  return sh`log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
${runs}
fail() { echo "$1" >&2; tail -n 20 "$log" >&2; exit 1; }
(cd / && exec env -i LANG=C PATH="$PATH" TERM="\${TERM:-dumb}" "$script" ${verb}) >"$log" 2>&1 ||
  fail ${`service ${name} ${verb} failed:`}
tries=0
until ${settled}; do
  [ $tries -lt ${PATIENCE} ] || fail ${`${PATIENCE} s after its ${verb}, the status of ${name} is another one:`}
  tries=$((tries + 1))
  sleep 1
done`
}

function boot(debian: Sh, name: string, redHat: 'on' | 'off'): Sh {
  return sh`if command -v update-rc.d >/dev/null; then ${debian}; else chkconfig ${name} ${redHat}; fi`
}

function yesOrNo(word: string | undefined): 'yes' | 'no' {
  return word === 'yes' ? 'yes' : 'no'
}
