import { sep } from 'node:path'
import type { InputError } from '../core/errors.js'
import { rules } from '../lvs/lint.js'
import type { Rule } from '../lvs/lint-model.js'

/** A rule as docs/lint.md shows it. */
export type RuleText = Omit<Rule, 'check'>

/** What loading and preflight say, by the kind of file that it stands in. */
const inputRules = {
  commandLine: {
    id: 'input/command-line',
    severity: 'error',
    what: 'An option, an -e or a --limit is wrong, or a file that it names is not there.',
    why: 'A run ends there, before any host is contacted.',
    fix: 'dr-play COMMAND --help lists the options',
  },
  inventory: {
    id: 'input/inventory',
    severity: 'error',
    what: 'An inventory, or a file of group_vars or host_vars: its syntax, or a variable that no role takes like this.',
    why: 'A run ends there, before any host is contacted.',
    fix: 'mend that line: docs/inventory.md says what may stand there, docs/cluster.md which variables',
  },
  playbook: {
    id: 'input/playbook',
    severity: 'error',
    what: 'A playbook, or a file of a role: keywords, modules, arguments, expressions, undefined variables.',
    why: 'A run ends there, before any host is contacted.',
    fix: 'mend that line: docs/playbooks.md lists the keywords, docs/modules the arguments',
  },
  template: {
    id: 'input/template',
    severity: 'error',
    what: 'A template: its syntax, or a variable that is not defined.',
    why: 'A run ends there, before any host is contacted.',
    fix: 'mend that line: set the variable, or ask for it by {{#if (defined "NAME")}}',
  },
} as const satisfies Record<string, RuleText>

export const allRules: readonly RuleText[] = [...rules, ...Object.values(inputRules)]

/** The rule of an error, by where it stands. */
export function inputRule({ at }: InputError, inventories: readonly string[]): string {
  const file = at?.file ?? '-'
  if (file.startsWith('-')) return inputRules.commandLine.id
  if (file.endsWith('.hbs')) return inputRules.template.id
  const isInventory = inventories.some((source) => `${file}${sep}`.startsWith(`${source}${sep}`))
  return isInventory || file.split(sep).some((part) => VARS_FOLDERS.includes(part))
    ? inputRules.inventory.id
    : inputRules.playbook.id
}

const VARS_FOLDERS = ['group_vars', 'host_vars']

/** The table of docs/lint.md. */
export function rulesTable(): string {
  const rows = allRules.map(
    ({ id, severity, what, why, fix }) => `| \`${id}\` | ${severity} | ${what} | ${why} | ${fix} |`,
  )
  return ['| rule | severity | what | why | fix |', '|---|---|---|---|---|', ...rows, ''].join('\n')
}
