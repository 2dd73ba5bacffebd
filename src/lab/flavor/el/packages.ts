import { program } from '../../tree.js'
import type { Tree } from '../../tree.js'

/**
 * An rpm and a yum that know a list of packages: they keep the account of what is installed,
 * and change no files. What a lab's host has from the start is installed; one more can be.
 */
export function packages(): Tree {
  return {
    'var/lib/rpm/installed': INSTALLED,
    'usr/lib/dr-play-lab/available': `${INSTALLED}tree 1.6.0 10.el7 x86_64\n`,
    'usr/bin/rpm': program(RPM),
    'usr/bin/yum': program(YUM),
  }
}

const INSTALLED = `bash 4.2.46 35.el7_9 x86_64
coreutils 8.22 24.el7_9.2 x86_64
httpd 2.4.6 99.el7.centos.1 x86_64
initscripts 9.49.53 1.el7_9.1 x86_64
iproute 4.11.0 30.el7 x86_64
iputils 20160308 10.el7 x86_64
ipvsadm 1.27 8.el7 x86_64
openssh-server 7.4p1 23.el7_9 x86_64
systemd 219 78.el7_9.9 x86_64
`

const RPM = `#!/bin/bash
# rpm -q NAME..., rpm -qa; with --quiet, and --qf of NAME, VERSION, RELEASE, ARCH
installed=/var/lib/rpm/installed
format='%{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}\\n'
all= quiet= query= names=()
while [ $# -gt 0 ]; do
  case $1 in
    -q | --query) query=1 ;;
    -qa) query=1 all=1 ;;
    -a | --all) all=1 ;;
    --quiet) quiet=1 ;;
    --qf | --queryformat) format=$2; shift ;;
    --qf=* | --queryformat=*) format=\${1#*=} ;;
    -*) echo "rpm: $1: unknown option" >&2; exit 1 ;;
    *) names+=("$1") ;;
  esac
  shift
done
[ -n "$query" ] || { echo 'rpm: this one can only query (-q, -qa)' >&2; exit 1; }

show() {
  local line=\${format//%\\{NAME\\}/$1}
  line=\${line//%\\{VERSION\\}/$2}
  line=\${line//%\\{RELEASE\\}/$3}
  line=\${line//%\\{ARCH\\}/$4}
  [ -n "$quiet" ] || printf '%b' "\${line//%/%%}"
}

[ -z "$all" ] || while read -r package; do show $package; done < $installed
missing=0
for name in "\${names[@]}"; do
  package=$(grep "^$name " $installed)
  if [ -n "$package" ]; then
    show $package
  else
    [ -n "$quiet" ] || echo "package $name is not installed"
    missing=$((missing + 1))
  fi
done
exit $missing
`

const YUM = `#!/bin/bash
# yum [-y] [-q] install|remove NAME..., yum list installed
installed=/var/lib/rpm/installed
available=/usr/lib/dr-play-lab/available
words=()
for word in "$@"; do
  case $word in -*) ;; *) words+=("$word") ;; esac
done
action=\${words[0]}
status=0

install() {
  if grep -q "^$1 " $installed; then
    echo "Package $1 already installed and latest version"
  elif grep "^$1 " $available >> $installed; then
    echo "Installed: $1"
  else
    echo "No package $1 available." >&2
    status=1
  fi
}

remove() {
  grep -q "^$1 " $installed || { echo "No Match for argument: $1"; return; }
  sed -i "/^$1 /d" $installed
  echo "Removed: $1"
}

case $action in
  install | remove) for name in "\${words[@]:1}"; do $action "$name"; done ;;
  erase) for name in "\${words[@]:1}"; do remove "$name"; done ;;
  list) awk '{ print $1 "." $4, $2 "-" $3, "installed" }' $installed ;;
  *) echo "yum: this one cannot $action" >&2; status=1 ;;
esac
exit $status
`
