import { nearest } from '../core/suggest.js'
import {
  type Cluster,
  type Found,
  groupBy,
  ipv4,
  isOn,
  listed,
  type Member,
  type Rule,
} from './lint-model.js'
import { vipsOf } from './lint-service.js'

const GROUPS = ['director', 'realserver'] as const
type GroupName = (typeof GROUPS)[number]

/** Rules on who is what: the groups director and realserver. */
export const groupRules: readonly Rule[] = [
  {
    id: 'lvs/group-name',
    severity: 'error',
    what: 'A group is named nearly like director or realserver: `realservers`, `real_server`, `directors`. A warning when the right one is there too.',
    why: 'Its hosts are neither set up nor in the table, and nothing fails.',
    fix: 'the groups are director and realserver',
    check: (cluster) =>
      GROUPS.flatMap((name) => {
        const hosts = hostsIn(cluster, name)
        return misspelt(cluster, name).map((group) => {
          const lost = group.hosts.filter((host) => !hosts.includes(host))
          const message =
            hosts.length === 0
              ? `the group "${group.name}" is none that the roles know`
              : `the group "${group.name}" has hosts that "${name}" has not: ${listed(lost)}`
          const hint = `did you mean "${name}"?`
          return { at: group.at, about: name, message, hint, guess: hosts.length > 0 }
        })
      }),
  },
  {
    id: 'lvs/no-director',
    severity: 'error',
    what: 'There is no director. A warning when the playbook does not use its role.',
    why: 'The real servers are silent about the VIP, and nobody else answers for it.',
    fix: 'put a host into the group director',
    check: (cluster) => missing(cluster, 'director', 'there is no director'),
  },
  {
    id: 'lvs/no-real-server',
    severity: 'error',
    what: 'There is no real server, so the table would be empty. A warning when the playbook does not use the role director.',
    why: 'The director takes every connection to the VIP and has nobody to give it to.',
    fix: 'put hosts into the group realserver',
    check: (cluster) =>
      missing(cluster, 'realserver', 'there is no real server: the table would be empty'),
  },
  {
    id: 'lvs/role-overlap',
    severity: 'error',
    what: 'A host is director and real server, without `director_is_realserver: true`.',
    why: 'The two roles want opposite things of one VIP: to answer ARP for it, and to keep silent.',
    fix: 'take it out of one of the groups; if it is meant, director_is_realserver: true',
    check: (cluster) =>
      both(cluster)
        .filter((member) => !isOn(member, 'director_is_realserver'))
        .map(({ name, at }) => {
          const message = `${name} is both director and real server`
          return { at, about: 'director_is_realserver', message }
        }),
  },
  {
    id: 'lvs/overlap-with-backup',
    severity: 'warning',
    what: 'A director that is also a real server has another director beside it.',
    why: 'The backup balances what the active one sends to it as to a real server, and sends it back: one SYN goes round and round.',
    fix: 'keep real servers apart from directors as soon as there are two of those',
    check: (cluster) => {
      const hosts = both(cluster).filter((member) => isOn(member, 'director_is_realserver'))
      if (cluster.directors.length < 2) return []
      return hosts.map(({ name, at }) => {
        const message = `${name} is director and real server beside a second director`
        return { at, about: 'director_is_realserver', message }
      })
    },
  },
  {
    id: 'lvs/several-directors',
    severity: 'warning',
    what: 'Several directors have one VIP, and nothing says who has it when (`vrrp: true`).',
    why: 'dr-play puts the VIP on each of them: two answer ARP for it, and clients change between two tables of connections.',
    fix: 'one director; or vrrp: true on each when keepalived, or the like, moves the VIP',
    check: ({ directors }) => {
      const byVip = groupBy(
        directors.filter((member) => !isOn(member, 'vrrp')),
        (member) => ipv4(vipsOf(member)[0]),
      )
      return [...byVip].flatMap(([vip, hosts]) => {
        if (hosts.length < 2) return []
        const message = `${listed(hosts.map(({ name }) => name))} all take the VIP ${vip}`
        return [{ at: hosts[1]!.at, about: 'vrrp', message }]
      })
    },
  },
]

function hostsIn({ directors, realServers }: Cluster, name: GroupName): string[] {
  return (name === 'director' ? directors : realServers).map((member) => member.name)
}

/** Groups with hosts that were to be in the group of that name. */
function misspelt(cluster: Cluster, name: GroupName) {
  const known = hostsIn(cluster, name)
  return cluster.groups.filter(
    (group) =>
      group.name !== name &&
      nearest(group.name, GROUPS) === name &&
      group.hosts.some((host) => !known.includes(host)),
  )
}

/** A misspelt group is why it is missing, and is told instead. */
function missing(cluster: Cluster, name: GroupName, message: string): Found[] {
  if (hostsIn(cluster, name).length > 0 || misspelt(cluster, name).length > 0) return []
  const at = cluster.groups.find((group) => group.name === name)?.at ?? cluster.at
  return [{ at, about: name, message, guess: !cluster.roles.has('director') }]
}

function both({ directors, realServers }: Cluster): Member[] {
  return directors.filter(({ name }) => realServers.some((other) => other.name === name))
}
