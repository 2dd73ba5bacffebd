import { sh } from '../../core/sh.js'
import type { Sh } from '../../core/sh.js'
import { enterOwnCgroup } from '../cgroup.js'
import { INSIDE } from '../keeper.js'
import { askOften, plugMachine, plugNamespace } from '../network.js'
import { macOf, portOf } from '../spec.js'
import type { LabHost, Plan } from '../spec.js'
import { SLOW_INITCALLS, umlProgram } from '../uml/start.js'
import { HOME } from './init.js'

/**
 * Two scripts a host, in its folder: `boot` plugs it in and makes its namespaces, `enter`
 * runs as their first process, mounts the file system and becomes the host.
 */
export interface Boot {
  boot: Sh
  enter: Sh
}

/** The host has a kernel of its own: the director, unless the machine's kernel has IPVS. */
export function isMachine({ kernel }: Plan, { role }: LabHost): boolean {
  return role === 'director' && kernel === 'uml'
}

/** The host's folder in the lab. */
export function folderOf(host: LabHost): string {
  return `${INSIDE}/hosts/${host.name}`
}

/** How a host is made: as namespaces, with systemd or not, or with a kernel of its own. */
export function bootOf(plan: Plan, host: LabHost): Boot {
  if (isMachine(plan, host)) return machine(host, plan)
  return plan.systemd ? container(host, plan.name) : light(host)
}

/** Without the rights over what no namespace holds back: the clock, modules, devices. */
export const BOUNDED = [
  'setpriv',
  '--bounding-set=-sys_time,-sys_module,-sys_rawio,-syslog,-wake_alarm,-mknod',
]

/** Runs what follows with mounts and processes of its own, that end with it. */
const APART = sh`unshare --mount --propagation private --pid --fork --kill-child --mount-proc`

function light(host: LabHost): Boot {
  return {
    boot: sh`${freshNamespace(host)}
exec nsenter --net=${netns(host)} ${APART} --uts --ipc sh ./enter
`,
    enter: sh`set -e
${mountRoot()}
cd root
${PSEUDO_FILE_SYSTEMS}
pivot_root . mnt
umount -l /mnt
exec ${BOUNDED} ${`${HOME}/init`} namespace
`,
  }
}

function container(host: LabHost, lab: string): Boot {
  return {
    boot: sh`${freshNamespace(host)}
exec ${APART} sh ./enter
`,
    enter: sh`set -e
${mountRoot()}
${enterOwnCgroup(lab, host.name)}
export SYSTEMD_NSPAWN_API_VFS_WRITABLE=network
exec systemd-nspawn -q -D root -M ${host.name} --register=no --keep-unit \
  --kill-signal=SIGRTMIN+3 --capability=CAP_NET_ADMIN,CAP_NET_RAW --resolv-conf=off \
  --timezone=off --link-journal=no --network-namespace-path=${netns(host)} --console=pipe -b
`,
  }
}

function machine(host: LabHost, { systemd, preload }: Plan): Boot {
  const card = `vec0:transport=tap,ifname=${portOf(host.address)},depth=64,gro=1,mac=${macOf(host.address)}`
  const init = systemd ? [`init=${HOME}/systemd`] : [`init=${HOME}/init`]
  const memory = systemd ? '160M' : '64M'
  return {
    boot: sh`${plugMachine(host.address)}
exec ${APART} sh ./enter
`,
    // Its memory is a file in TMPDIR; con0 is what ends up in the host's console file. It is not
    // PID 1: a panic ends in SIGABRT, which a PID 1 never gets, and it would spin for ever.
    enter: sh`set -e
${mountRoot()}
export TMPDIR="$PWD" HOME="$PWD"
nsenter --net=/run/netns/switch ${umlProgram(preload)} uml_dir="$PWD" umid=uml mem=${memory} \
  root=/dev/root rootfstype=hostfs rootflags="$PWD/root" rw \
  con=null con0=null,fd:1 ${card} quiet initcall_blacklist=${SLOW_INITCALLS} ${init} -- machine
`,
  }
}

/** Every boot has a namespace fresh from the kernel: no address or sysctl outlives a host. */
function freshNamespace(host: LabHost): Sh {
  return sh`
ip netns del ${host.name} 2>/dev/null
set -e
ip netns add ${host.name}
${plugNamespace(host.name, host.address)}
${host.role === 'client' ? askOften(host.name) : sh``}`
}

function netns(host: LabHost): string {
  return `/run/netns/${host.name}`
}

/** The machine's own / below, what the lab hides and adds above, the host's changes on top. */
function mountRoot(): Sh {
  const layers = `${INSIDE}/layers`
  return sh`mount -t overlay -o ${`lowerdir=${layers}/dress:${layers}/mask:/`},upperdir=upper,workdir=work lab root`
}

/** Kernel settings other than the network's are the machine's: a host can only read them. */
const PSEUDO_FILE_SYSTEMS = sh`
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount --bind proc/sys/net proc/sys/net
mount -o remount,bind,ro proc/sys
[ ! -e proc/sysrq-trigger ] || mount --bind /dev/null proc/sysrq-trigger
mount -t sysfs -o ro sysfs sys
mount -t tmpfs -o mode=755 dev dev
for node in null zero full random urandom tty; do
  touch dev/$node
  mount --bind /dev/$node dev/$node
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,gid=5,mode=620,ptmxmode=666 devpts dev/pts
mount -t tmpfs -o mode=1777 shm dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s fd/0 dev/stdin
ln -s fd/1 dev/stdout
ln -s fd/2 dev/stderr
mount -t tmpfs -o mode=755 run run`
