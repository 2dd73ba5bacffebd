import { defineSteps } from '../core/processes.js'
import { type Sh, sh } from '../core/sh.js'
import type { Place } from './greeting.js'

/** Ends all that a shell runs, and the shell: by TERM, and by KILL what is left 4 s later. */
export const endGroup = ({ group }: Place): Sh => sh`gone() {
  n=0
  while kill -s 0 -- -${group} 2>/dev/null; do
    n=$((n + 1))
    [ $n -le $1 ] || return 1
    sleep 0.2
  done
}
kill -s TERM -- -${group}
gone 20 || { kill -s KILL -- -${group}; gone 5; }`

/** The same for what it runs alone: the shell goes on with the next step. */
export const endSteps = (place: Place): Sh => sh`${defineSteps(place)}
gone() {
  n=0
  while steps; do
    n=$((n + 1))
    [ $n -le $1 ] || return 1
    sleep 0.2
  done
}
! steps || kill -s TERM $found 2>/dev/null
gone 20 || { kill -s KILL $found 2>/dev/null; gone 5; }`
