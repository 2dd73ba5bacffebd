import { sh } from '../core/sh.js'
import type { Sh } from '../core/sh.js'
import { macOf, portOf } from './spec.js'
import type { Plan } from './spec.js'

/** The switch, and on it the one end that no host of the lab is: the controller. */
export function makeNetwork(plan: Plan): Sh {
  const prefix = plan.hosts[0]!.prefix
  return sh`
set -e
ip netns add switch
ip netns exec switch sysctl -qw net.ipv6.conf.default.disable_ipv6=1
ip -n switch link add br0 type bridge mcast_snooping 0
ip -n switch link set br0 up
ip netns add controller
${plugNamespace('controller', plan.controller)}
ip -n controller link set lo up
ip -n controller addr add ${`${plan.controller}/${prefix}`} brd + dev eth0
ip -n controller link set eth0 up
${askOften('controller')}
`
}

/** A host that is not up yet is asked for more often than every second. */
export function askOften(netns: string): Sh {
  return sh`ip netns exec ${netns} sysctl -qw net.ipv4.neigh.eth0.retrans_time_ms=100`
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
