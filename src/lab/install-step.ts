import { sh } from '../core/sh.js'

/** Which services of packages may start: invoke-rc.d and systemd's maintainer scripts ask it. */
export const POLICY = '/usr/sbin/policy-rc.d'

/** By this line a policy is known as ours. */
export const OURS = '# Made by dr-play: what it installs for a lab is not started on this machine.'

/**
 * Installs the packages that are its arguments, and leaves alone what the machine starts: none of
 * their services is started now, or enabled for the next boot. It has to run to its end, also when
 * dr-play or the terminal is gone: a package that is half configured stops every later apt-get.
 *
 * Its policy forbids starts only while this process lives, so one that is left behind does no harm.
 */
export const INSTALL_STEP = sh`
umask 022
policy=${POLICY}
since=$(cut -d' ' -f22 /proc/$$/stat)
policy() {
  printf '%s\n' '#!/bin/sh' ${OURS}
  printf '[ "$(cut -d" " -f22 /proc/%s/stat 2>/dev/null)" != %s ] || exit 101\n' $$ "$since"
}
ours=
if (set -C && policy >"$policy") 2>/dev/null; then
  ours=yes
  chmod 755 "$policy"
fi

# The links by which something starts. The numbers of old scripts change when others come.
enabled() {
  find /etc/systemd/system /etc/systemd/user -type l ! -lname /dev/null 2>/dev/null
  find /etc/rc?.d -name 'S[0-9]*' 2>/dev/null | sed 's|/S[0-9]*|/S|'
}
# A terminal that is gone must not end what writes to it.
relay() {
  trap '' HUP PIPE
  while IFS= read -r said || [ -n "$said" ]; do printf '%s\n' "$said" 2>/dev/null; done >&2
}
nl='
'
before=$nl$(enabled)$nl
apt-get -qq -y --no-install-recommends --no-remove -o DPkg::Lock::Timeout=300 \
  -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \
  install "$@" </dev/null 2>&1 | relay
enabled | while IFS= read -r link; do
  case $before in *"$nl$link$nl"*) continue ;; esac
  case $link in
    /etc/rc?.d/S*) update-rc.d "$(basename "$link" | cut -c2-)" disable ;;
    *) rm -f "$link" ;;
  esac
done >/dev/null 2>&1
[ -z "$ours" ] || rm -f "$policy"
`.text
