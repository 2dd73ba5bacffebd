import type { Hop } from '../lvs/why.js'
import {
  below,
  evidenceLines,
  headLines,
  indented,
  type VerifyTextOptions,
  wrap,
} from './verify-text.js'

/**
 * The way hop by hop. The first that is broken is told with all that was seen; of what is further
 * on only how it stands, since it may mend itself.
 */
export function whyText(
  asked: string,
  hops: readonly Hop[],
  unreachable: ReadonlyMap<string, string>,
  options: VerifyTextOptions,
): string {
  const at = hops.findIndex(({ verdict }) => verdict === 'fail')
  const broken = hops[at]
  const lines = hops.flatMap((hop, i) => {
    const head = headLines(hop.verdict, hop.title, options)
    return i === at ? [...head, ...details(hop, options)] : [...head, ...brief(hop, options)]
  })
  const lost = [...unreachable].flatMap(([host, why]) => {
    return headLines('unreachable', why.startsWith(host) ? why : `${host}: ${why}`, options)
  })
  return [...lines, ...lost, '', ...conclusion(asked, hops, broken, options), ''].join('\n')
}

function details({ findings }: Hop, options: VerifyTextOptions): string[] {
  return findings
    .filter(({ verdict }) => verdict === 'fail')
    .flatMap(({ message, check, evidence, fix }) => [
      ...below(check === undefined ? message : `${message} [${check}]`, options),
      ...evidenceLines(evidence, options),
      ...(fix === undefined ? [] : indented('fix', fix, options)),
    ])
}

function brief({ verdict, findings }: Hop, options: VerifyTextOptions): string[] {
  const told = findings.filter((finding) => finding.verdict === verdict)
  const some = verdict === 'ok' ? told.slice(0, 1) : told
  return some.flatMap(({ message }) => below(message, options))
}

function conclusion(
  asked: string,
  hops: readonly Hop[],
  broken: Hop | undefined,
  options: VerifyTextOptions,
): string[] {
  const open = hops.some(({ verdict }) => verdict === 'unknown')
  const text = broken
    ? `${asked} is broken first at: ${broken.title}`
    : `nothing is broken on the way to ${asked}${open ? ', as far as can be told' : ''}`
  return wrap(text, options.columns)
}
