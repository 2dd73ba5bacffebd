import { groupsOf } from './keepalived/addresses.js'
import { blocksOf, type Statement } from './keepalived/blocks.js'
import { keepalivedLines } from './keepalived/lines.js'
import { virtualServer } from './keepalived/virtual-server.js'
import { vrrpInstance } from './keepalived/vrrp.js'
import { type Disk, nothing, type Told } from './told.js'

/** Blocks that concern keepalived itself, or VRRP. */
const ITS_OWN = new Set(
  `SSL bfd_instance garp_group global_defs instance interface_up_down_delays linkbeat_interfaces
   linkbeat_use_polling net_namespace net_namespace_ipvs random_seed track_file track_group
   track_process use_pid_dir virtual_server_group vrrp_script vrrp_sync_group vrrp_track_file
   vrrp_track_process`.split(/\s+/),
)

/**
 * What a keepalived.conf tells, with the defaults of keepalived itself where it is silent:
 * wlc, NAT, weight 1, udp, a VIP as /32 (keepalived 2.2).
 *
 * @throws InputError for a file that cannot be read, or an address or number that is none
 */
export function readKeepalived(text: string, file: string, disk: Disk): Told {
  const { lines, notes } = keepalivedLines(text, file, disk)
  const told = nothing()
  told.notes.push(...notes)
  const root = blocksOf(lines)
  const groups = groupsOf(root)
  for (const statement of root) {
    const { keyword } = statement
    if (keyword === 'virtual_server') {
      told.services.push(...virtualServer(statement, groups, told.notes))
    } else if (keyword === 'vrrp_instance') vrrpInstance(statement, told)
    else if (!ITS_OWN.has(keyword)) told.notes.push(strange(statement))
    kernelSettings(statement, told)
  }
  if (told.vrrp) {
    told.notes.push({
      at: told.vrrp,
      message: 'VRRP is not carried over: its states, priorities, checks and scripts',
      hint: 'keepalived goes on to move the VIP (vrrp: true says so); when dr-play has the table, take the virtual_server blocks out of keepalived.conf',
    })
  } else if (told.services.length > 0) {
    told.notes.push({
      at: told.services[0]!.at,
      message: 'keepalived and dr-play would both write the table',
      hint: 'stop keepalived before the first run that is no --check: its checks undo what dr-play does',
    })
  }
  return told
}

function strange({ keyword, words, at }: Statement) {
  const isStatic = keyword.startsWith('static_')
  const message = isStatic
    ? `${keyword} is not carried over`
    : `not understood: ${[keyword, ...words].join(' ')}`
  return { at, message, hint: 'see whether the cluster needs it, and keep it where it is' }
}

/** Of the daemons and timeouts of IPVS, which stand in blocks that are passed over else. */
function kernelSettings({ block = [] }: Statement, told: Told): void {
  for (const { keyword, words, at } of block) {
    if (/^lvs_sync_daemon(_interface)?$/.test(keyword)) {
      const hint = 'keepalived goes on to start it while it runs'
      told.notes.push({ at, message: `${keyword} is not carried over`, hint })
    } else if (keyword === 'lvs_timeouts') {
      const of = (name: string) =>
        words.includes(name) ? Number(words[words.indexOf(name) + 1] ?? 0) : 0
      told.timeouts = { tcp: of('tcp'), tcpfin: of('tcpfin'), udp: of('udp'), at }
    }
  }
}
