import { styleText } from 'node:util'
import type { Result } from '../lvs/verify.js'
import type { Check } from '../lvs/verify-scene.js'
import type { Finding, Observed, Verdict } from '../lvs/verify-model.js'

export interface VerifyTextOptions {
  colour: boolean
  /** Show the evidence of what is well, too. */
  verbose: boolean
  columns: number
}

type Style = Parameters<typeof styleText>[0]

const STYLES: Record<Verdict | 'unreachable', Style> = {
  ok: 'green',
  unknown: 'cyan',
  warn: 'yellow',
  fail: 'red',
  unreachable: 'magenta',
}

/** What is well, a line each; then what is not, the worst at the end, and a count of it all. */
export function verifyText(
  results: readonly Result[],
  { unreachable }: Observed,
  options: VerifyTextOptions,
): string {
  const told = (verdict: Verdict) =>
    problemsOf(results, verdict).flatMap((problem) => [...problemLines(problem, options), ''])
  const lost = [...unreachable].flatMap(([host, why]) => [
    ...headLines('unreachable', why.startsWith(host) ? why : `${host}: ${why}`, options),
    '',
  ])
  const lines = [
    ...results.flatMap((result) => okLines(result, options)),
    '',
    ...told('unknown'),
    ...told('warn'),
    ...told('fail'),
    ...lost,
    summary(results, unreachable.size),
  ]
  return `${lines.join('\n')}\n`
}

/** The table of docs/verify.md. */
export function checksTable(checks: readonly Check[]): string {
  const rows = checks.map(
    ({ id, what, why, fix }) => `| \`${id}\` | ${what} | ${why} | ${fix.replaceAll('|', '\\|')} |`,
  )
  return [
    '| check | what must be | what happens else | what mends it |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n')
}

function okLines({ check, verdict, findings }: Result, options: VerifyTextOptions): string[] {
  if (verdict !== 'ok') return []
  const head = `${paint('ok', options)} ${shortName(check).padEnd(NAME)} `
  const room = options.columns - WORD - NAME - 2
  const [first, ...rest] = findings.map(({ message }) => message)
  if (first === undefined) return [`${head}concerns nobody here`]
  if (!options.verbose) {
    const more = rest.length === 0 ? '' : `; ${rest.length} more`
    return [`${head}${cut(first, room - more.length)}${more}`]
  }
  return findings.flatMap(({ message, evidence }, i) => [
    ...wrap(message, room).map(
      (line, j) => (i + j === 0 ? head : ' '.repeat(WORD + NAME + 2)) + line,
    ),
    ...evidenceLines(evidence, options),
  ])
}

/** One finding, and the checks that all say so. */
interface Problem {
  finding: Finding
  checks: Check[]
}

/** What several checks cannot tell for one and the same reason is told once. */
function problemsOf(results: readonly Result[], verdict: Verdict): Problem[] {
  const problems = new Map<string, Problem>()
  for (const { check, findings } of results) {
    for (const finding of findings) {
      if (finding.verdict !== verdict) continue
      const key = verdict === 'unknown' ? finding.message : `${check.id} ${finding.message}`
      const known = problems.get(key)
      if (known) known.checks.push(check)
      else problems.set(key, { finding, checks: [check] })
    }
  }
  return [...problems.values()]
}

function problemLines({ finding, checks }: Problem, options: VerifyTextOptions): string[] {
  const { verdict, message, evidence, fix } = finding
  const names = checks.map(({ id }) => id).join(', ')
  const mends = fix ?? (verdict === 'unknown' ? undefined : checks[0]?.fix)
  return [
    ...headLines(verdict, `${message} [${names}]`, options),
    ...evidenceLines(evidence, options),
    ...(mends === undefined ? [] : indented('fix', mends, options)),
  ]
}

export function headLines(
  word: Verdict | 'unreachable',
  text: string,
  options: VerifyTextOptions,
): string[] {
  const lines = wrap(text, options.columns - WORD - 1)
  return lines.map((line, i) => `${i === 0 ? paint(word, options) : ' '.repeat(WORD)} ${line}`)
}

export function evidenceLines(evidence: Finding['evidence'], options: VerifyTextOptions): string[] {
  return evidence.flatMap(({ host, seen }) => indented(host, seen, options))
}

/** Text below a head. */
export function below(text: string, { columns }: VerifyTextOptions): string[] {
  return wrap(text, columns - WORD - 3).map((line) => `${' '.repeat(WORD + 3)}${line}`)
}

/** `        rs1       what was seen there`, as long as it may be. */
export function indented(label: string, text: string, { columns, colour }: VerifyTextOptions) {
  const width = Math.max(LABEL, label.length)
  const lines = wrap(text, columns - WORD - width - 4)
  return lines.map((line, i) => {
    const name = (i === 0 ? label : '').padEnd(width)
    return `${' '.repeat(WORD + 3)}${colour ? styleText('dim', name, { validateStream: false }) : name} ${line}`
  })
}

function summary(results: readonly Result[], lost: number): string {
  const count = (verdict: Verdict) => results.filter((each) => each.verdict === verdict).length
  const some = (number: number, what: string) => (number === 0 ? [] : [`${number} ${what}`])
  return [
    ...some(count('ok'), 'ok'),
    ...some(count('unknown'), 'unknown'),
    ...some(count('warn'), 'doubtful'),
    ...some(count('fail'), 'failed'),
    ...some(lost, lost === 1 ? 'host out of reach' : 'hosts out of reach'),
  ].join(', ')
}

const WORD = 11
const NAME = 13
const LABEL = 9

function shortName({ id }: Check): string {
  return id.replace('verify/', '')
}

function paint(word: Verdict | 'unreachable', { colour }: VerifyTextOptions): string {
  const text = word.padEnd(WORD)
  return colour ? styleText(STYLES[word], text, { validateStream: false }) : text
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 3))}...`
}

/** Breaks at spaces; a word that is too long stays whole, so that it can be copied. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`
    if (lines.length > 0 && longer.length <= width) lines.splice(-1, 1, longer)
    else lines.push(word)
  }
  return lines
}
