import { sharesShell } from './framing.js'
import { Sh, sh } from './sh.js'

/** What a host tells about itself. Playbooks see each as `ansible_NAME`. */
export interface Facts {
  hostname: string
  /** Debian, RedHat, Suse, Alpine, Archlinux, or the distribution's own name. */
  os_family: string
  distribution: string
  distribution_version: string
  distribution_major_version: string
  architecture: string
  kernel: string
  /** systemd or sysvinit. */
  service_mgr: string
  /** apt, dnf, yum or unknown. */
  pkg_mgr: string
  /** How addresses survive a reboot: ifcfg, ifupdown or unknown. */
  network_backend: string
  user_id: string
  interfaces: string[]
  all_ipv4_addresses: string[]
  /** The live IPVS table as `ipvsadm -S -n` prints it; no lines where there is none. */
  ipvs_table: string[]
  /** The addresses of real servers that a run is taking in, or was when it broke off. */
  ipvs_joining: string[]
  /** The VIPs in the network files that the roles wrote, each with its file. */
  lvs_vips: { address: string; file: string }[]
}

export const factNames: readonly (keyof Facts)[] = [
  'hostname',
  'os_family',
  'distribution',
  'distribution_version',
  'distribution_major_version',
  'architecture',
  'kernel',
  'service_mgr',
  'pkg_mgr',
  'network_backend',
  'user_id',
  'interfaces',
  'all_ipv4_addresses',
  'ipvs_table',
  'ipvs_joining',
  'lvs_vips',
]

/**
 * The addresses, a line each. Probes that share a shell share the answer: it is a process that
 * would tell each of them the same.
 */
export const addressesProbe: Sh = sh`[ -n "\${dr_addresses-}" ] || dr_addresses=$(ip -o -4 addr show 2>/dev/null)
printf '%s\n' "$dr_addresses"`

/**
 * Read-only and cheap. Processes are what it costs: it starts uname and ip, ipvsadm on a director,
 * and id for whoever is not root. Lines of ip and ipvsadm are known by their form.
 */
export const factsProbe: Sh = sh`${Sh.trusted(sharesShell)}
ID= ID_LIKE= NAME= VERSION_ID=
[ -r /etc/os-release ] && . /etc/os-release
printf '%s\n' "id=$ID" "like=$ID_LIKE" "name=$NAME" "version=$VERSION_ID"
printf 'uname=%s\n' "$(uname -n -r -m)"
[ -d /run/systemd/system ] && echo service_mgr=systemd
for tool in apt-get dnf yum; do command -v $tool >/dev/null && echo "pkg=$tool"; done
[ -d /etc/sysconfig/network-scripts ] && echo backend=ifcfg
! command -v ifup >/dev/null || [ ! -r /etc/network/interfaces ] ||
  while read -r word rest; do
    case $word,$rest in source*,*interfaces.d*) echo backend=ifupdown ;; esac
  done </etc/network/interfaces
[ "\${dr_uid-}" = 0 ] && echo user=root || printf 'user=%s\n' "$(id -un)"
${addressesProbe}
for path in /sys/class/net/*; do echo "interface=\${path##*/}"; done
[ ! -e /proc/net/ip_vs ] || ipvsadm -S -n 2>/dev/null
[ -e "$DR_PLAY_STATE/joining" ] && while read -r address; do echo "joining=$address"; done <"$DR_PLAY_STATE/joining"
for path in /etc/network/interfaces.d/lvs-vip /etc/sysconfig/network-scripts/ifcfg-*:*; do
  line=
  [ -r "$path" ] && read -r line <"$path"
  case $line in '# Managed by dr-play: the VIP of '*) ;; *) continue ;; esac
  while read -r key value; do
    case $key in
      address) echo "vip=\${value%/*} $path" ;;
      IPADDR=*) echo "vip=\${key#*=} $path" ;;
    esac
  done <"$path"
done
:`

export function readFacts(stdout: string): Facts {
  const values = new Map<string, string[]>()
  for (const line of stdout.split('\n')) {
    const at = line.indexOf('=')
    if (at > 0)
      values.set(line.slice(0, at), [...(values.get(line.slice(0, at)) ?? []), line.slice(at + 1)])
  }
  const first = (key: string) => values.get(key)?.[0] ?? ''
  const [hostname = '', kernel = '', architecture = ''] = first('uname').split(' ')
  const version = first('version')
  return {
    hostname: hostname.split('.')[0]!,
    os_family: familyOf([first('id'), ...first('like').split(' ')]),
    // Ansible's name of the one whose own is three words.
    distribution: first('id') === 'rhel' ? 'RedHat' : first('name').split(' ')[0]!,
    distribution_version: version,
    distribution_major_version: version.split('.')[0]!,
    architecture,
    kernel,
    service_mgr: first('service_mgr') || 'sysvinit',
    pkg_mgr: first('pkg').replace('-get', '') || 'unknown',
    network_backend: first('backend') || 'unknown',
    user_id: first('user'),
    interfaces: values.get('interface') ?? [],
    all_ipv4_addresses: stdout
      .split('\n')
      .flatMap((line) => /^\d+: \S+ +inet ([\d.]+)/.exec(line)?.[1] ?? [])
      .filter((address) => !address.startsWith('127.')),
    ipvs_table: stdout.split('\n').filter((line) => /^-[Aa] /.test(line)),
    ipvs_joining: values.get('joining') ?? [],
    lvs_vips: (values.get('vip') ?? []).map((line) => {
      const [address = '', file = ''] = line.split(' ')
      return { address, file }
    }),
  }
}

const FAMILIES: Record<string, string> = {
  debian: 'Debian',
  ubuntu: 'Debian',
  rhel: 'RedHat',
  fedora: 'RedHat',
  centos: 'RedHat',
  suse: 'Suse',
  opensuse: 'Suse',
  alpine: 'Alpine',
  arch: 'Archlinux',
}

/** From os-release's ID and the ids it says it is like, in that order. */
function familyOf(ids: readonly string[]): string {
  const known = ids.find((id) => id in FAMILIES)
  return known ? FAMILIES[known]! : (ids.find(Boolean) ?? 'unknown')
}
