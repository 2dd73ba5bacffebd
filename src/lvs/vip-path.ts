import { sh } from '../core/sh.js'

/**
 * The path that a director's packets take to one real server, tried from a third host: a request
 * whose destination is the VIP, sent to the MAC of the RIP, as direct routing does it.
 *
 * It takes a routing table that only 32 local ports look into, which nobody gets by chance: they
 * are below those that the kernel hands out by default. So whatever else the host sends to the VIP goes its
 * usual way. All of it is removed again, also by a signal. Needs curl, iproute2, and a kernel
 * whose rules know ports: 4.17.
 *
 * vip_path SECONDS VIP PORT RIP PATH HOST: sets code, the status, and page. Without an answer
 * code is 0, and where it cannot be tried at all empty; page is the reason then. Those at work at
 * the same time in one shell need a slot each: a number from 0. On ports 443 and 8443 the request
 * is by https, without a look at the certificate.
 *
 * vip_get SECONDS VIP PORT PATH HOST CURL-OPTION...: the same by the usual way.
 */
export const vipPathFunctions = sh`nl='
'
vip_path() {
  code=
  page=
  vip=$2
  command -v curl >/dev/null || { page='no curl on this host: install curl'; return; }
  case " $(ip -4 -o route get "$2" 2>&1) " in
    ' local '*) page="this host has $2 itself: ask from a third one"; return ;;
  esac
  way=" $(ip -4 -o route get "$4" 2>&1) "
  case $way in
    ' local '*) page="this host has $4 itself: ask from a third one"; return ;;
    *' via '*) page="$4 is behind a gateway as seen from here: ask from a host of its segment"; return ;;
    *' dev '*' src '*) ;;
    *) page="no route to $4:$way"; return ;;
  esac
  device=\${way#* dev }
  source=\${way#* src }
  block=$((20000 + ($$ + \${slot:-0}) % 300 * 32))
  until [ -z "$(ip -4 route show table $block 2>/dev/null)" ]; do block=$((block + 32)); done
  trap vip_path_end EXIT
  trap 'exit 143' HUP INT TERM
  if page=$(ip -4 route add "$2/32" via "$4" dev "\${device%% *}" src "\${source%% *}" table $block 2>&1) &&
    page=$(ip -4 rule add to "$2/32" ipproto tcp sport $block-$((block + 31)) lookup $block 2>&1)
  then
    vip_get "$1" "$2" "$3" "$5" "$6" --local-port $block-$((block + 31))
  else
    page="this host cannot route by port: $page"
  fi
  vip_path_end
  trap - EXIT HUP INT TERM
}
vip_get() {
  scheme=http
  case $3 in 443 | 8443) scheme=https ;; esac
  url=$scheme://$2:$3$4
  host=$5
  page=$(
    limit=$1
    shift 5
    curl -sS -k --noproxy '*' -m "$limit" --max-filesize 1048576 -w '\n%{http_code}' \
      \${host:+-H "Host: $host"} "$@" -- "$url" 2>&1
  ) && code=\${page##*$nl} || code=0
  page=\${page%$nl*}
}
vip_path_end() {
  ip -4 rule del to "$vip/32" ipproto tcp sport $block-$((block + 31)) lookup $block 2>/dev/null
  ip -4 route flush table $block 2>/dev/null
}`
