import { sh, type Sh } from '../core/sh.js'

/**
 * Fails, naming the interface and the value, unless the running system neither answers nor
 * speaks ARP for an address that lives on lo.
 *
 * What counts is the greater of `all` and the interface's own value, on every interface that
 * is up and does ARP. For arp_ignore 1 and 2 (only addresses of the receiving interface) and 8
 * (none) are silent; 3 still answers for a global address on lo. An interface whose flags
 * cannot be read counts as up.
 */
export function requireArpSilence(address: string): Sh {
  return sh`cd /proc/sys/net/ipv4/conf || exit
for device in *; do
  case $device in all | default | lo) continue ;; esac
  flags=0x1
  { read -r flags; } 2>/dev/null <"/sys/class/net/$device/flags" || :
  [ $((flags & 0x81)) -eq 1 ] || continue
  set -- $(cat all/arp_ignore "$device/arp_ignore" all/arp_announce "$device/arp_announce")
  [ $# -eq 4 ] || continue
  ignore=$(($1 > $2 ? $1 : $2))
  announce=$(($3 > $4 ? $3 : $4))
  case $ignore in 1 | 2 | 8) ;; *)
    printf '%s is not added: this host would answer ARP for it on %s (arp_ignore is %s, must be 1)\n' \
      ${address} "$device" $ignore >&2
    exit 1
  esac
  [ $announce -eq 2 ] || {
    printf '%s is not added: this host would speak ARP with it on %s (arp_announce is %s, must be 2)\n' \
      ${address} "$device" $announce >&2
    exit 1
  }
done
cd /`
}
