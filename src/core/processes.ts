import { type Sh, sh } from './sh.js'

/** A shell on a host, and the process group of it and of all it starts. */
export interface Place {
  group: number | Sh
  pid: number | Sh
}

/**
 * Defines `fields`, which reads what the kernel says of a process: its state, its parent, the leader
 * of its group, and when it was born, in ticks since the boot.
 *
 * And `steps`: it sets `found` to the processes that a shell has started, and fails when there is
 * none. Those that the shell is a child of, sudo say, may be of its group, and are none of them.
 * What left the group, as a daemon does, is not found.
 */
export const defineSteps = ({ group, pid }: Place): Sh => sh`fields() {
  read -r line 2>/dev/null <"/proc/$1/stat" || return
  set -- \${line##*\) }
  state=$1 parent=$2 leader=$3 born=\${20-}
}
spared=' '
parent=${pid}
while [ "\${parent:-0}" -gt 1 ]; do
  spared="$spared$parent "
  fields "$parent" || break
done
steps() {
  found=
  for process in /proc/[0-9]*; do
    process=\${process#/proc/}
    case $spared in *" $process "*) continue ;; esac
    fields "$process" && [ "$leader" = ${group} ] && [ "$state" != Z ] && found="$found $process"
  done
  [ -n "$found" ]
}`
