import { Exit, InputError } from '../core/errors.js'
import { checks, type Result, verify } from '../lvs/verify.js'
import type { Observed } from '../lvs/verify-model.js'
import { type ClusterFlags, clusterSite } from './cluster-hosts.js'
import { observing } from './observe-cluster.js'
import { hasColour } from './terminal.js'
import { checksTable, verifyText } from './verify-text.js'
import { hiding } from './vault.js'
import { wantedOf } from './wanted.js'

/** The flags of `dr-play verify`, as commander hands them over. */
export interface VerifyFlags extends ClusterFlags {
  output: 'text' | 'json'
  requests?: number
  strict?: boolean
  verbose?: boolean
  listChecks?: boolean
}

/** Looks for everything that breaks direct routing in the field. @returns the exit code */
export async function verifyCluster(playbook: string, flags: VerifyFlags): Promise<number> {
  const out = (text: string) => void process.stdout.write(text)
  if (flags.listChecks) {
    out(checksTable(checks))
    return Exit.ok
  }
  const { requests = 0 } = flags
  if (requests > MOST) {
    throw new InputError(
      undefined,
      `--requests ${requests} is more than ${MOST}`,
      'it is no load test',
    )
  }
  const cluster = await clusterSite('verify', playbook, flags)
  const wanted = await hiding(cluster.vault, () => wantedOf(cluster))
  const observed = await observing(cluster, wanted, flags, requests)
  const results = verify(observed)
  const exit = exitOf(results, observed, flags.strict ?? false)
  if (flags.output === 'json') out(asJson(results, observed, exit))
  else {
    const colour = hasColour(process.stdout)
    const { verbose = false } = flags
    out(verifyText(results, observed, { colour, verbose, columns: process.stdout.columns || 100 }))
  }
  return exit
}

const MOST = 1000

function exitOf(results: readonly Result[], { unreachable }: Observed, strict: boolean): number {
  if (unreachable.size > 0) return Exit.unreachable
  const bad = results.some(({ verdict }) => verdict === 'fail' || (strict && verdict !== 'ok'))
  return bad ? Exit.failed : Exit.ok
}

function asJson(results: readonly Result[], { unreachable }: Observed, exit: number): string {
  const document = {
    checks: results.map(({ check, verdict, findings }) => ({
      check: check.id,
      verdict,
      findings: findings.map((finding) => {
        const { verdict: own, subject, message, evidence } = finding
        const fix = own === 'ok' ? undefined : (finding.fix ?? check.fix)
        return { verdict: own, subject, message, evidence, ...(fix !== undefined && { fix }) }
      }),
    })),
    unreachable: [...unreachable].map(([host, message]) => ({ host, message })),
    exit,
  }
  return `${JSON.stringify(document, undefined, 2)}\n`
}
