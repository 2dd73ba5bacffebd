import { sh } from '../core/sh.js'

/**
 * Shell functions that ask the segment who has an IPv4 address. The host needs iputils' arping.
 *
 * arp_way ADDRESS [TOWARD]: sets device and source, by which to ask for it; else fails, and why
 * says the reason. A host that has the address itself asks with another one, since a question
 * with the address as its sender is answered by nobody, but heeded by all. Where the address, or
 * a route to it, is on lo, it asks on the way to TOWARD.
 *
 * arp_asks ADDRESS [-f]: prints the MACs that answered, a word each, in lower case. Takes two
 * seconds: two requests, both broadcast, so that whoever has the address can answer. With -f it
 * takes the first answer, at once.
 */
export const arpFunctions = sh`arp_way() {
  device=
  source=
  why=
  command -v arping >/dev/null || { why='no arping on this host: install iputils-arping (Debian) or iputils (EL)'; return 1; }
  way=" $(echo $(ip -4 -o route get "$1" 2>&1)) "
  case $way in
    *' via '*) why="$1 is behind a gateway as seen from here: ask from a host of its segment"; return 1 ;;
    ' local '*)
      while read -r _ on _ has _; do
        case $has in "$1"/*) device=$on ;; esac
      done <<end
$(ip -4 -o addr show to "$1")
end
      ;;
    *' dev '*)
      device=\${way#* dev }
      device=\${device%% *}
      ;;
    *) why="no route to $1:$way"; return 1 ;;
  esac
  if [ "$device" = lo ]; then
    [ "$2" ] || { why="this host has $1 on lo itself: ask from another one"; return 1; }
    way=" $(echo $(ip -4 -o route get "$2" 2>&1)) "
    device=\${way#* dev }
    device=\${device%% *}
  fi
  while read -r _ _ _ has _; do
    case $has in "$1"/*) ;; *) source=\${source:-\${has%%/*}} ;; esac
  done <<end
$(ip -4 -o addr show dev "$device" scope global)
end
  [ "$source" ] || { why="$device has no other address to ask with"; return 1; }
}
arp_asks() {
  macs=
  while read -r line; do
    case $line in
      *' reply from '*'['*']'*)
        line=\${line#*[}
        line=\${line%%]*}
        case " $macs " in *" $line "*) ;; *) macs="$macs $line" ;; esac
        ;;
    esac
  done <<end
$(arping \${2:--b} -w 2 -s "$source" -I "$device" "$1" 2>&1)
end
  echo $macs | tr A-F a-f
}`
