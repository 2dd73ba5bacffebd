import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Position } from '../core/errors.js'
import type { Finding } from '../lvs/lint.js'
import type { RuleText } from './lint-rules.js'

/** Findings as a SARIF 2.1.0 log, which code hosts and editors show at the line. */
export function sarifLog(
  findings: readonly Finding[],
  rules: readonly RuleText[],
  version: string,
): object {
  const indexes = new Map(rules.map(({ id }, index) => [id, index]))
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'dr-play', version, rules: rules.map(descriptor) } },
        columnKind: 'utf16CodeUnits',
        results: findings.map(({ rule, severity, message, hint, at }) => ({
          ruleId: rule,
          ruleIndex: indexes.get(rule),
          level: severity,
          message: { text: hint === '' ? message : `${message}. ${hint}` },
          locations: at ? [location(at)] : [],
        })),
      },
    ],
  }
}

function descriptor({ id, severity, what, why, fix }: RuleText): object {
  return {
    id,
    shortDescription: { text: what },
    fullDescription: { text: why },
    help: { text: fix },
    defaultConfiguration: { level: severity },
  }
}

/** What stands on the command line is in no file. */
function location({ file, line, col }: Position): object {
  if (file.startsWith('-')) return { logicalLocations: [{ fullyQualifiedName: file }] }
  return {
    physicalLocation: {
      artifactLocation: { uri: uriOf(file) },
      region: { startLine: line, startColumn: col },
    },
  }
}

/** Relative as it was given: a code host takes that from the root of the repository. */
function uriOf(file: string): string {
  if (isAbsolute(file)) return pathToFileURL(file).href
  return file.replace(/^\.\//, '').split('/').map(encodeURIComponent).join('/')
}
