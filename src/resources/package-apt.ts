import { type Sh, sh } from '../core/sh.js'
import { logged, type PackageManager } from './package-manager.js'

/** Seconds to wait for another apt to end, such as the daily one. */
const PATIENCE = 300

/** Where dpkg keeps what is there; while updates has files, they have the last word (dpkg(1)). */
const DATABASE = '/var/lib/dpkg'

/** dpkg's fields up to the architecture, in the order in which it writes them. */
const FIELDS = 10

/** dpkg knows what is there; apt-get asks no questions, and keeps configuration files. */
export const apt: PackageManager = {
  // dpkg-query reads all of its database into memory, which takes ten times as long as grep.
  probe: (names) => {
    const lines = names.map((name) => sh`-e ${`Package: ${name.replace(/:.*/, '')}`}`)
    const form = 'Package: ${Package}\\nStatus: ${Status}\\nArchitecture: ${Architecture}\\n\\n'
    return sh`set -- ${DATABASE}/updates/[0-9]*
{ [ ! -e "$1" ] && grep -F -x -A ${FIELDS} ${lines} ${DATABASE}/status 2>/dev/null; } ||
  dpkg-query -W -f ${form} ${names} 2>/dev/null || :`
  },

  installed: (stdout) =>
    stdout.split(/\n(?=Package: )/).flatMap((text) => {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1]
      const [name, architecture] = [field('Package'), field('Architecture')]
      const isThere = field('Status')?.endsWith(' installed') ?? false
      return isThere && name && architecture ? [{ name, architecture }] : []
    }),

  // The package lists are read anew only when they know no such package, or an older one.
  install: (names) =>
    logged(sh`${aptGet}
stale() { grep -q -e 'Unable to locate' -e 'no installation candidate' -e 'Failed to fetch' "$log"; }
install() { apt_get install ${names}; }
install || { stale && { apt_get update; install; }; }`),

  remove: (names) =>
    logged(sh`${aptGet}
apt_get remove ${names}`),
}

const aptGet: Sh = sh`apt_get() {
  DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get -y -q -o DPkg::Lock::Timeout=${PATIENCE} \
    -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \
    "$@" >>"$log" 2>&1
}`
