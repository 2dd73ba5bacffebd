import { Exit, InputError } from '../core/errors.js'
import type { Finding } from '../lvs/lint.js'
import { resources } from '../resources/registry.js'
import { findPlaybook } from '../site/files.js'
import { attempt } from '../site/problems.js'
import type { Vault } from '../site/vault.js'
import { messageLines } from './errors.js'
import { parseExtraVars } from './extra-vars.js'
import { allRules, inputRule, rulesTable } from './lint-rules.js'
import { packageDir, packageVersion } from './package-dir.js'
import { sarifLog } from './sarif.js'
import { type Examined, examineSite } from './site.js'
import { hasColour } from './terminal.js'
import { openVault } from './vault.js'
import type { VaultFlags } from './vault-flags.js'

/** The flags of `dr-play lint`, as commander hands them over. */
export interface LintFlags extends VaultFlags {
  inventory?: string[]
  limit?: string
  extraVars?: string[]
  output: 'text' | 'json' | 'sarif'
  strict?: boolean
  listRules?: boolean
}

/** Tells everything that can be seen to be wrong without a host. @returns the exit code */
export async function lint(playbook: string, flags: LintFlags): Promise<number> {
  const out = (text: string) => void process.stdout.write(text)
  if (flags.listRules) {
    out(rulesTable())
    return Exit.ok
  }
  if (!flags.inventory) {
    const hint = 'name it with -i: dr-play lint -i inventory'
    throw new InputError(undefined, 'no inventory is given', hint)
  }
  const vault = await openVault(flags)
  const findings = lintFindings(playbook, flags.inventory, flags, vault)
  const colour = hasColour(process.stdout)
  out(forms[flags.output](findings, colour))
  const fails = findings.some(({ severity }) => severity === 'error' || flags.strict)
  return fails ? Exit.usage : Exit.ok
}

/** Everything that can be seen to be wrong without a host, in the order of its places. */
export function lintFindings(
  playbook: string,
  inventory: readonly string[],
  flags: Pick<LintFlags, 'extraVars' | 'limit'>,
  vault: Vault,
): Finding[] {
  const problems: InputError[] = []
  const examined = attempt(problems, () => examine(playbook, inventory, flags, vault))
  const errors = [...problems, ...(examined?.problems ?? [])].map((error): Finding => {
    const { at, message, hint = '' } = error
    return {
      rule: inputRule(error, inventory),
      severity: 'error',
      at,
      about: '',
      message: vault.mask(message),
      hint: vault.mask(hint),
    }
  })
  const topology = (examined?.findings ?? []).map((finding) => {
    return { ...finding, message: vault.mask(finding.message), hint: vault.mask(finding.hint) }
  })
  return sorted([...errors, ...topology])
}

function examine(
  playbook: string,
  inventory: readonly string[],
  flags: Pick<LintFlags, 'extraVars' | 'limit'>,
  vault: Vault,
): Examined {
  const wanted = {
    inventory,
    extraVars: parseExtraVars(flags.extraVars ?? [], vault),
    vault,
    limit: flags.limit,
    check: false,
    checkHosts: undefined,
    tags: [],
    skipTags: [],
    become: { enabled: false, user: undefined },
    becomePassword: undefined,
    connection: {
      connection: 'ssh' as const,
      user: undefined,
      password: undefined,
      privateKeyFile: undefined,
    },
  }
  const file = findPlaybook(playbook, packageDir, process.cwd())
  return examineSite(file, wanted, resources, packageDir)
}

/** By place, each once; what has none comes first. */
export function sorted(findings: readonly Finding[]): Finding[] {
  const key = ({ rule, at, message }: Finding) => JSON.stringify([rule, at, message])
  const distinct = new Map(findings.map((finding) => [key(finding), finding]))
  return [...distinct.values()].sort(
    ({ at: a }, { at: b }) =>
      (a?.file ?? '').localeCompare(b?.file ?? '') ||
      (a?.line ?? 0) - (b?.line ?? 0) ||
      (a?.col ?? 0) - (b?.col ?? 0),
  )
}

const forms: Record<LintFlags['output'], (findings: Finding[], colour: boolean) => string> = {
  text: (findings, colour) => {
    const lines = findings.flatMap((finding) => {
      const message = `${finding.message} [${finding.rule}]`
      return [...messageLines(finding.severity, { ...finding, message }, colour), '']
    })
    return [...lines, summary(findings), ''].join('\n')
  },
  json: (findings) => {
    const entries = findings.map(({ rule, severity, at, message, hint }) => {
      return { rule, severity, ...at, message, hint }
    })
    const { errors, warnings } = count(findings)
    return asJson({ findings: entries, errors, warnings })
  },
  sarif: (findings) => asJson(sarifLog(findings, allRules, packageVersion())),
}

function asJson(document: object): string {
  return `${JSON.stringify(document, undefined, 2)}\n`
}

function summary(findings: readonly Finding[]): string {
  if (findings.length === 0) return 'no findings'
  const { errors, warnings } = count(findings)
  const some = (number: number, what: string) =>
    number === 0 ? [] : [`${number} ${what}${number === 1 ? '' : 's'}`]
  return [...some(errors, 'error'), ...some(warnings, 'warning')].join(', ')
}

function count(findings: readonly Finding[]): { errors: number; warnings: number } {
  const errors = findings.filter(({ severity }) => severity === 'error').length
  return { errors, warnings: findings.length - errors }
}
