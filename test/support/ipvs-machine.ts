import { join, resolve } from 'node:path'
import { quote } from '../../src/core/sh.js'
import { capture } from '../../src/lab/process.js'
import { prepareUml } from '../../src/lab/uml/prepare.js'
import { SLOW_INITCALLS, umlProgram } from '../../src/lab/uml/start.js'

const PACKAGE = resolve(import.meta.dirname, '../..')

/**
 * Runs sh text on a machine whose kernel has IPVS: a User Mode Linux with this machine's files,
 * whose changes are gone with it. It has a loopback and no other network. The text runs in the
 * package's folder, as root.
 *
 * @param seconds after which the machine ends, done or not
 * @returns what the machine printed, and the text's exit status; undefined when it did not end
 */
export async function onIpvsMachine(
  script: string,
  seconds: number,
): Promise<{ printed: string; status: number | undefined }> {
  const library = await prepareUml('auto', () => undefined)
  const uml = [...umlProgram(library), ...KERNEL].map(quote).join(' ')
  const start = `
set -e
mount -t tmpfs upper /media
cd /media
mkdir up work root
mount -t overlay -o lowerdir=/,upperdir=up,workdir=work over root
rm -rf root/usr/lib/modules
ln -s uml/modules root/usr/lib/modules
cat > root/ipvs-machine
chmod +x root/ipvs-machine
export TMPDIR=/media HOME=/media
timeout --signal=KILL ${seconds} ${uml} </dev/null
`
  const argv = [...'unshare --mount --propagation private --net --pid --fork'.split(' ')]
  const { stdout, stderr } = await capture(
    [...argv, '--kill-child', '--mount-proc', 'sh', '-c', start],
    { input: init(script) },
  )
  const printed = stdout + stderr
  const status = /^status=(\d+)\r?$/m.exec(printed)?.[1]
  return { printed, status: status === undefined ? undefined : Number(status) }
}

const KERNEL = [
  ...['uml_dir=/media', 'umid=ipvs', 'mem=1536M', 'con=null', 'con0=null,fd:1', 'quiet'],
  ...['root=/dev/root', 'rootfstype=hostfs', 'rootflags=/media/root', 'rw'],
  ...[`initcall_blacklist=${SLOW_INITCALLS}`, 'init=/ipvs-machine'],
]

/** The first process: mounts and modules as a machine has them after its boot, then the text. */
const init = (script: string) => `#!/bin/sh
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
export PATH=${quote(join(process.execPath, '..'))}:$PATH
mount -t proc proc /proc
mount -t sysfs sysfs /sys
[ -c /dev/null ] || mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts
for folder in /dev/shm /run; do mount -t tmpfs tmpfs $folder; done
modprobe -a overlay veth bridge
ip link set lo up
cd ${quote(PACKAGE)}
( ${script}
) 2>&1
printf '\\nstatus=%s\\n' "$?"
systemctl --force --force poweroff
`
