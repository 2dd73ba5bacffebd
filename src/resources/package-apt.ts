import { type Sh, sh } from '../core/sh.js'
import { logged, type PackageManager } from './package-manager.js'

/** Seconds to wait for another apt to end, such as the daily one. */
const PATIENCE = 300

/** dpkg says what is there; apt-get asks no questions, and keeps configuration files. */
export const apt: PackageManager = {
  probe: (names) =>
    sh`dpkg-query -W -f ${'${db:Status-Status} ${Package} ${Architecture}\\n'} ${names} 2>/dev/null || :`,

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
