import { arpChecks } from './verify-arp.js'
import { balanceChecks } from './verify-balance.js'
import { directorChecks } from './verify-director.js'
import { firewallChecks } from './verify-firewall.js'
import { markChecks } from './verify-mark.js'
import { type Finding, type Observed, type Verdict, worst } from './verify-model.js'
import { pathChecks } from './verify-path.js'
import { type Check, Scene } from './verify-scene.js'
import { segmentChecks } from './verify-segment.js'
import { serverChecks } from './verify-server.js'

/** Every check, in the order of docs/verify.md. */
export const checks: readonly Check[] = [
  ...directorChecks,
  ...segmentChecks,
  ...arpChecks,
  ...serverChecks,
  ...firewallChecks,
  ...markChecks,
  ...pathChecks,
  ...balanceChecks,
]

/** How one check came out. */
export interface Result {
  check: Check
  /** The worst of its findings. */
  verdict: Verdict
  findings: Finding[]
}

/** Every check on what was seen. Pure: no host is asked. */
export function verify(observed: Observed): Result[] {
  const scene = new Scene(observed)
  return checks.map((check) => {
    const findings = distinct(check.check(scene))
    return { check, findings, verdict: worst(findings.map(({ verdict }) => verdict)) }
  })
}

/** A host with several services may be told the same of each. */
function distinct(findings: readonly Finding[]): Finding[] {
  const key = ({ verdict, message }: Finding) => `${verdict} ${message}`
  return [...new Map(findings.map((finding) => [key(finding), finding])).values()]
}
