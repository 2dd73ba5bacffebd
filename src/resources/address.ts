import { TaskFailed } from '../core/errors.js'
import { addressesProbe } from '../core/facts.js'
import type { Change, Resource } from '../core/resource.js'
import { lines, sh, type Sh } from '../core/sh.js'
import { type Address, parseAddresses } from '../lvs/addresses.js'
import { ipv4Prefix } from '../lvs/ip.js'
import { requireArpSilence } from './arp.js'
import { announceAddress, requireArping } from './arping.js'

interface Args {
  address: string
  device: string
  label?: string
  state?: 'present' | 'absent'
  exclusive?: boolean
  announce?: boolean
  require_arp_silence?: boolean
}

interface Want {
  address: string
  prefix: number
  device: string
  /** Undefined: whatever label it has is fine. */
  label: string | undefined
  state: 'present' | 'absent'
  exclusive: boolean
  announce: boolean
  requireArpSilence: boolean
}

/**
 * An IPv4 address in the running system, with its prefix, device and label. To keep it over a
 * reboot is the job of the network's own files (template).
 */
export const address: Resource<Args, Want, readonly Address[]> = {
  type: 'address',
  about: 'Puts an IPv4 address on an interface, or takes it off, in the running system.',
  schema: {
    type: 'object',
    properties: {
      address: {
        type: 'string',
        description: 'The address with its prefix length, as 192.168.139.6/32; /32 when left out.',
      },
      device: { type: 'string', description: 'The interface: lo, eth0.' },
      label: {
        type: 'string',
        description: 'The alias name that ifconfig shows, as lo:0; any will do when left out.',
      },
      state: {
        enum: ['present', 'absent'],
        default: 'present',
        description: 'absent removes it from the device whatever its prefix and label.',
      },
      exclusive: {
        type: 'boolean',
        default: true,
        description:
          'The address may be on no other interface: it moves here, added first and then removed there.',
      },
      announce: {
        type: 'boolean',
        default: false,
        description:
          'Sends gratuitous ARP once it was added, so that neighbours learn the new MAC.',
      },
      require_arp_silence: {
        type: 'boolean',
        default: false,
        description:
          'Refuses to add it while the host would answer or speak ARP for it: a real server needs live arp_ignore=1 and arp_announce=2 on every interface.',
      },
    },
    required: ['address', 'device'],
    additionalProperties: false,
  },

  want(args) {
    const { device, label, state = 'present' } = args
    const parsed = ipv4Prefix(args.address)
    if (!parsed) {
      throw new TaskFailed(
        `address: "${args.address}" is no IPv4 address`,
        'write four decimal numbers and a prefix length: 192.168.139.6/32',
      )
    }
    if (!isDevice(device)) throw new TaskFailed(`address: "${device}" is no interface name`)
    if (label !== undefined && !isLabelOf(device, label)) {
      throw new TaskFailed(
        `address: the label "${label}" does not fit ${device}`,
        `a label is the device's name, a colon and a suffix, 15 characters at most: ${device}:0`,
      )
    }
    return {
      ...parsed,
      device,
      label,
      state,
      exclusive: args.exclusive ?? true,
      announce: args.announce ?? false,
      requireArpSilence: args.require_arp_silence ?? false,
    }
  },

  key: ({ address, device }) => `${address} on ${device}`,

  probe: () => addressesProbe,

  read(stdout, wants) {
    const entries = parseAddresses(stdout)
    return wants.map(({ address }) => entries.filter((entry) => entry.address === address))
  },

  plan(want, have) {
    const here = have.filter(({ device }) => device === want.device)
    const remove = (entry: Address, why: string) => change(entry, `remove${why}`, removal(entry))
    if (want.state === 'absent') return here.map((entry) => remove(entry, ''))

    const sized = here.find(({ prefix }) => prefix === want.prefix)
    const wrong = here.filter((entry) => entry !== sized)
    const elsewhere = want.exclusive ? have.filter(({ device }) => device !== want.device) : []
    // The right one first, so that the host never is without the address.
    return [
      ...(sized ? relabel(want, sized) : [add(want)]),
      ...wrong.map((entry) => remove(entry, ` (the prefix must be /${want.prefix})`)),
      ...elsewhere.map((entry) => remove(entry, ` (it belongs on ${want.device} alone)`)),
    ]
  },
}

function add(want: Want): Change {
  const steps = [
    want.announce ? requireArping() : sh``,
    // Silence ARP before the VIP exists, or clients learn this host's MAC.
    want.requireArpSilence ? requireArpSilence(want.address) : sh``,
    sh`ip addr add ${spec(want)} || exit`,
    want.announce
      ? announceAddress(want.device, want.address, sh`ip addr del ${spec(want)}`)
      : sh``,
  ]
  const label = want.label === undefined ? '' : ` as ${want.label}`
  return change(want, `add${label}`, lines(steps))
}

/** The kernel cannot rename a label, so both steps go to one process: microseconds apart. */
function relabel(want: Want, have: Address): Change[] {
  if (want.label === undefined || want.label === have.label) return []
  const run = sh`printf 'addr del %s\naddr add %s\n' ${spec(have).join(' ')} ${spec(want).join(' ')} |
  ip -batch -`
  return [change(have, `label ${have.label} -> ${want.label}`, keepingNeighbours(have.device, run))]
}

function removal(entry: Address): Sh {
  return keepingNeighbours(entry.device, sh`ip addr del ${spec(entry)}`)
}

/**
 * Removing the first address of a subnet takes the others of that subnet with it, the host's
 * own perhaps, unless promote_secondaries is on: it is, for this moment.
 */
function keepingNeighbours(device: string, act: Sh): Sh {
  const key = `/proc/sys/net/ipv4/conf/${device}/promote_secondaries`
  return sh`was=$(cat ${key}) && echo 1 >${key} || exit
${act}
status=$?
echo "$was" >${key}
exit $status`
}

function change(entry: Omit<Address, 'label'>, what: string, run: Sh): Change {
  return { summary: `${entry.address}/${entry.prefix} on ${entry.device}: ${what}`, run }
}

function spec({ address, prefix, device, label }: Omit<Want, 'state'> | Address): string[] {
  const labelled = label === undefined ? [] : ['label', label]
  return [`${address}/${prefix}`, 'dev', device, ...labelled]
}

function isDevice(name: string): boolean {
  return /^[^\s/:]{1,15}$/.test(name) && name !== '.' && name !== '..'
}

function isLabelOf(device: string, label: string): boolean {
  return label === device || (label.startsWith(`${device}:`) && /^[^\s/]{1,15}$/.test(label))
}
