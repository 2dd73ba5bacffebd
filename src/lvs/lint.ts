import type { Position } from '../core/errors.js'
import { addressRules } from './lint-addresses.js'
import { groupRules } from './lint-groups.js'
import { serviceInvalid } from './lint-invalid.js'
import type { Cluster, Rule, Severity } from './lint-model.js'
import { serviceRules } from './lint-services.js'
import { subnetRules } from './lint-subnets.js'
import { tableRules } from './lint-table.js'

/** Something wrong, or doubtful, with its place. */
export interface Finding {
  rule: string
  severity: Severity
  /** Undefined for what concerns no file: the command line itself. */
  at: Position | undefined
  /** The variable or group that it is about. */
  about: string
  message: string
  hint: string
}

/** Every rule on the topology of an LVS cluster, in the order of docs/lint.md. */
export const rules: readonly Rule[] = [
  ...groupRules,
  ...addressRules,
  ...subnetRules,
  ...tableRules,
  ...serviceRules,
  serviceInvalid,
]

/** The variables that the rules look at: those that a Cluster's members are to hold. */
export const lintVariables = [
  'vip',
  'vip_prefix',
  'vip_netmask',
  'vip_routed',
  'vrrp',
  'director_is_realserver',
  'ansible_host',
  'dip',
  'rip',
  'prefix',
  'netmask',
  'scheduler',
  'forwarding',
  'service_port',
  'port',
  'weight',
  'virtual_services',
  'protocol',
  'scheduler_flags',
  'persistence',
  'persistence_netmask',
  'persistence_engine',
  'one_packet',
  'upper_threshold',
  'lower_threshold',
] as const

/** Everything that the rules find in a cluster. Pure: no file is read, no host contacted. */
export function lintCluster(cluster: Cluster): Finding[] {
  const found = rules.filter((rule) => rule !== serviceInvalid).flatMap(findings(cluster))
  // What a rule says of an error is better.
  const hasErrors = found.some(({ severity }) => severity === 'error')
  return hasErrors ? found : [...found, ...findings(cluster)(serviceInvalid)]
}

const findings =
  (cluster: Cluster) =>
  (rule: Rule): Finding[] =>
    rule.check(cluster).map(({ at, about, message, hint, guess }) => ({
      rule: rule.id,
      severity: guess ? 'warning' : rule.severity,
      at,
      about,
      message,
      hint: hint ?? rule.fix,
    }))
