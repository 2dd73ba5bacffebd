import { sh } from '../core/sh.js'
import type { Sh } from '../core/sh.js'
import { macOf, portOf } from './spec.js'
import type { Plan } from './spec.js'

/** The switch, and on it the two ends that no host of the lab is: controller and client. */
export function makeNetwork(plan: Plan): Sh {
  const prefix = plan.hosts[0]!.prefix
  return sh`
set -e
ip netns add switch
ip netns exec switch sysctl -qw net.ipv6.conf.default.disable_ipv6=1
ip -n switch link add br0 type bridge mcast_snooping 0
ip -n switch link set br0 up
${attachEnd('controller', plan.controller, prefix)}
${attachEnd('client', plan.client, prefix)}
`
}

function attachEnd(name: string, address: string, prefix: number): Sh {
  return sh`
ip netns add ${name}
${plugNamespace(name, address)}
ip -n ${name} link set lo up
ip -n ${name} addr add ${`${address}/${prefix}`} brd + dev eth0
ip -n ${name} link set eth0 up
# A host that is not up yet is asked for more often than every second.
ip netns exec ${name} sysctl -qw net.ipv4.neigh.eth0.retrans_time_ms=100`
}

/** A cable from the switch to a network namespace, where it is eth0, still down. */
export function plugNamespace(netns: string, address: string): Sh {
  const port = portOf(address)
  return sh`${unplug(port)}
ip -n switch link add ${port} type veth peer name eth0 address ${macOf(address)} netns ${netns}
ip -n switch link set ${port} master br0 up`
}

/** A cable from the switch to a User Mode Linux, which takes it up by the port's name. */
export function plugMachine(address: string): Sh {
  const port = portOf(address)
  return sh`${unplug(port)}
ip -n switch tuntap add ${port} mode tap
ip -n switch link set ${port} master br0 up`
}

/** What an earlier boot left: it may still be there while its last process ends. */
function unplug(port: string): Sh {
  return sh`ip -n switch link del ${port} 2>/dev/null || :`
}
