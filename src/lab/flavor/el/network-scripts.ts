import { program } from '../../tree.js'
import type { Tree } from '../../tree.js'

/**
 * A small ifup, ifdown and network service that read ifcfg files as EL's do: aliases follow
 * their parent unless ONPARENT=no, an alias without a file goes when its parent comes up, an
 * address that somebody answers for is refused, a new one is announced.
 */
export function networkScripts(): Tree {
  const folder = 'etc/sysconfig/network-scripts'
  return {
    'usr/sbin/ifup': program(IFUP),
    'usr/sbin/ifdown': program(IFDOWN),
    [`${folder}/ifup`]: { link: '../../../usr/sbin/ifup' },
    [`${folder}/ifdown`]: { link: '../../../usr/sbin/ifdown' },
    [`${folder}/network-functions`]: FUNCTIONS,
    'etc/rc.d/init.d/network': program(NETWORK),
    'etc/init.d': { link: 'rc.d/init.d' },
    'usr/lib/systemd/system/network.service': SERVICE,
  }
}

const FUNCTIONS = `# Read by ifup, ifdown and network.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
cd /etc/sysconfig/network-scripts || exit 1

fail() { echo "$0: $*" >&2; exit 1; }

# read_config NAME: lo:0 or ifcfg-lo:0. Sets CONFIG, DEVICE, REAL, ADDRESS (with prefix).
read_config() {
  CONFIG=\${1##*/}
  CONFIG=ifcfg-\${CONFIG#ifcfg-}
  [ -f "$CONFIG" ] || fail "configuration for $1 not found: there is no $PWD/$CONFIG"
  . "./$CONFIG"
  DEVICE=\${DEVICE:-\${CONFIG#ifcfg-}}
  REAL=\${DEVICE%%:*}
  IPADDR=\${IPADDR:-$IPADDR0}
  PREFIX=\${PREFIX:-$PREFIX0}
  [ -n "$PREFIX" ] || PREFIX=$(prefix_of "\${NETMASK:-\${NETMASK0:-255.255.255.0}}") ||
    fail "$CONFIG: the netmask $NETMASK is not contiguous"
  ADDRESS=$IPADDR/$PREFIX
  ip link show dev "$REAL" >/dev/null 2>&1 || fail "device $REAL does not seem to be present"
}

# prefix_of 255.255.255.0: 24
prefix_of() {
  local bits=0 last=255 part
  for part in \${1//./ }; do
    [ $last = 255 ] || [ "$part" = 0 ] || return 1
    case $part in
      255) bits=$((bits + 8)) ;; 254) bits=$((bits + 7)) ;; 252) bits=$((bits + 6)) ;;
      248) bits=$((bits + 5)) ;; 240) bits=$((bits + 4)) ;; 224) bits=$((bits + 3)) ;;
      192) bits=$((bits + 2)) ;; 128) bits=$((bits + 1)) ;; 0) ;; *) return 1 ;;
    esac
    last=$part
  done
  echo $bits
}

is_off() { case $1 in [nN][oO]) true ;; *) false ;; esac; }

is_alias() { case $1 in *:*) true ;; *) false ;; esac; }

has_address() { [ -n "$(ip -o addr show dev "$REAL" to "$ADDRESS" label "$1")" ]; }
`

const IFUP = `#!/bin/bash
# ifup DEVICE [boot]
. /etc/sysconfig/network-scripts/network-functions

[ -n "$1" ] || fail 'usage: ifup <configuration>'
read_config "$1"
[ "$2" = boot ] && is_off "$ONBOOT" && exit 0

add_address() {
  has_address "$DEVICE" && return
  if [ "$REAL" != lo ] && ! is_off "$ARPCHECK"; then
    arping -q -D -c 1 -w 1 -I "$REAL" "$IPADDR" ||
      fail "some other host already uses address $IPADDR"
  fi
  ip addr add "$ADDRESS" brd "\${BROADCAST:-+}" dev "$REAL" label "$DEVICE" ||
    fail "cannot add $ADDRESS to $DEVICE"
  if [ "$REAL" != lo ] && ! is_off "$ARPUPDATE"; then
    arping -q -A -c 1 -I "$REAL" "$IPADDR"
    (sleep 2; arping -q -U -c 1 -I "$REAL" "$IPADDR") </dev/null >/dev/null 2>&1 &
  fi
}

add_routes() {
  [ -f "route-$1" ] || return
  while read -r route; do
    case $route in '' | '#'*) ;; *) ip route replace $route ;; esac
  done < "route-$1"
}

bring_up_aliases() {
  local label file
  for label in $(ip -o addr show dev "$REAL" | grep -o " $REAL:[^ \\\\]*" | sort -u); do
    [ -f "ifcfg-$label" ] || ip addr flush dev "$REAL" label "$label"
  done
  for file in ifcfg-"$REAL":*; do
    [ -f "$file" ] && ! (. "./$file"; is_off "$ONPARENT") && ifup "$file"
  done
  return 0
}

ip link set dev "$REAL" up
[ -z "$IPADDR" ] || add_address
add_routes "$DEVICE"
is_alias "$DEVICE" || bring_up_aliases
`

const IFDOWN = `#!/bin/bash
# ifdown DEVICE
. /etc/sysconfig/network-scripts/network-functions

[ -n "$1" ] || fail 'usage: ifdown <configuration>'
read_config "$1"

if [ -f "route-$DEVICE" ]; then
  while read -r route; do
    case $route in '' | '#'*) ;; *) ip route del $route 2>/dev/null ;; esac
  done < "route-$DEVICE"
fi
if is_alias "$DEVICE"; then
  ip addr flush dev "$REAL" label "$DEVICE"
else
  ip -4 addr flush dev "$REAL"
  ip link set dev "$REAL" down
fi
`

const NETWORK = `#!/bin/bash
# network: brings up what has ONBOOT in the ifcfg files
. /etc/sysconfig/network-scripts/network-functions

parents() {
  local file
  for file in ifcfg-*; do
    is_alias "$file" || [ "$file" = ifcfg-lo ] || echo "$file"
  done
}

start() {
  local file status=0
  for file in ifcfg-lo $(parents); do ifup "$file" boot || status=1; done
  return $status
}

stop() {
  local file
  for file in $(parents) ifcfg-lo; do ifdown "$file"; done
}

case $1 in
  start) start ;;
  stop) stop ;;
  restart | reload | force-reload) stop; start ;;
  status) ip -br addr ;;
  *) fail 'usage: network start|stop|restart|status' ;;
esac
`

const SERVICE = `[Unit]
Description=Bring up networking as the ifcfg files say
After=systemd-sysctl.service local-fs.target network-pre.target
Before=network.target
Wants=network.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/etc/rc.d/init.d/network start
ExecStop=/etc/rc.d/init.d/network stop

[Install]
WantedBy=multi-user.target
`
