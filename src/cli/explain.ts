import { InputError, InputErrors, where } from '../core/errors.js'
import { Secret } from '../core/sh.js'
import { resources } from '../resources/registry.js'
import { HostRun } from '../run/host.js'
import { Variables } from '../run/variables.js'
import { everyTask } from '../site/every-task.js'
import { Files, findPlaybook } from '../site/files.js'
import { type LoadedInventory, loadInventory } from '../site/load-inventory.js'
import type { Play } from '../site/model.js'
import { matchPattern } from '../site/patterns.js'
import { loadPlaybook } from '../site/playbook.js'
import { Unsafe } from '../site/unsafe.js'
import type { Vault } from '../site/vault.js'
import { type Definition, explain, type Explanation } from './explanation.js'
import { parseExtraVars } from './extra-vars.js'
import { lvs } from './lvs-variable.js'
import { packageDir } from './package-dir.js'
import { hiding, openVault } from './vault.js'
import type { VaultFlags } from './vault-flags.js'

/** The flags of `dr-play explain`, as commander hands them over. */
export interface ExplainFlags extends VaultFlags {
  inventory?: string[]
  host: string
  extraVars?: string[]
  output: 'text' | 'json'
}

/** Prints every place that sets a variable for a host, and what it ends up as. */
export async function explainVariable(
  variable: string,
  playbook: string | undefined,
  flags: ExplainFlags,
): Promise<number> {
  if (!flags.inventory) {
    const hint = `name it with -i: dr-play explain ${variable} --host ${flags.host} -i inventory`
    throw new InputError(undefined, 'no inventory is given', hint)
  }
  const sources = flags.inventory
  const vault = await openVault(flags)
  const { host, found } = await hiding(vault, () => {
    const { plays, playbookDir } = readPlays(playbook, vault)
    const loaded = loadInventory(sources, { playbookDir, vault })
    return find(variable, plays, loaded, playbookDir, flags, vault)
  })
  const text =
    flags.output === 'json' ? asJson(variable, host, found) : asText(variable, host, found)
  process.stdout.write(`${text}\n`)
  return 0
}

function readPlays(name: string | undefined, vault: Vault): { plays: Play[]; playbookDir: string } {
  if (name === undefined) return { plays: [], playbookDir: '.' }
  const file = findPlaybook(name, packageDir, process.cwd())
  const files = new Files(file, packageDir, process.cwd(), vault)
  const problems: InputError[] = []
  const { plays } = loadPlaybook(file, files, resources, problems)
  if (problems.length > 0) throw new InputErrors(problems)
  return { plays, playbookDir: files.playbookDir }
}

function find(
  variable: string,
  plays: readonly Play[],
  loaded: LoadedInventory,
  playbookDir: string,
  flags: ExplainFlags,
  vault: Vault,
): { host: string; found: Explanation[] } {
  const { inventory } = loaded
  const at = { file: '--host', line: 1, col: 1 }
  const [host, ...others] = matchPattern(flags.host, inventory, at)
  if (host === undefined || others.length > 0) {
    throw new InputError(at, `"${flags.host}" is not one host`, 'name one host')
  }
  const playHosts = new Map(
    plays.map((play) => [play, matchPattern(play.hosts.text, inventory, play.hosts.at)]),
  )
  const own = plays.filter((play) => playHosts.get(play)!.includes(host))
  if (plays.length > 0 && own.length === 0) {
    throw new InputError(at, `no play of the playbook concerns ${host}`, 'leave the playbook out')
  }
  const extra = parseExtraVars(flags.extraVars ?? [], vault)
  const run = thoughtOf(host, own)
  const hosts = new Map([[host, run]])
  const variables = new Variables(loaded, hosts, extra, { lvs }, playbookDir, playHosts)
  const found = explain(variable, host, own, variables)
  return { host, found: found.map((each) => concealed(each, vault) as Explanation) }
}

/** The host as it is before it is asked anything. */
function thoughtOf(name: string, plays: readonly Play[]): HostRun {
  const target = {
    name,
    connection: 'local' as const,
    address: name,
    port: 22,
    user: undefined,
    password: undefined,
    privateKeyFile: undefined,
  }
  const host = new HostRun(name, target, undefined, false)
  const tasks = plays.flatMap(everyTask)
  host.expect(new Set(tasks.flatMap((task) => task.register ?? [])))
  return host
}

function asText(variable: string, host: string, found: readonly Explanation[]): string {
  const parts = found.map(({ places, definitions, outcome }) => {
    const rows = definitions.map((each) => [placeOf(each), valueOf(each), each.source])
    const widths = [0, 1].map((i) => Math.max(0, ...rows.map((row) => row[i]!.length)))
    const lines = rows.map(([place = '', value = '', source = ''], i) => {
      const { wins } = definitions[i]!
      const mark = wins === true ? '>' : wins === 'maybe' ? '?' : ' '
      return `  ${mark} ${place.padEnd(widths[0]!)}  ${value.padEnd(widths[1]!)}  ${source}`
    })
    const end =
      'value' in outcome ? `= ${JSON.stringify(outcome.value)}` : `not known: ${outcome.unknown}`
    return [...places, ...lines, `  ${end}`].join('\n')
  })
  return [`${variable} on ${host}`, ...parts].join('\n\n')
}

function placeOf({ at }: Definition): string {
  return at === undefined || at.file === 'dr-play' ? '-' : where(at)
}

function valueOf(definition: Definition): string {
  return 'value' in definition ? JSON.stringify(definition.value) : ''
}

function asJson(variable: string, host: string, found: readonly Explanation[]): string {
  const explanations = found.map(({ places, definitions, outcome }) => ({
    places,
    definitions: definitions.map(({ at, ...rest }) => ({ ...rest, ...at })),
    ...outcome,
  }))
  return JSON.stringify({ variable, host, explanations }, null, 2)
}

/** A value without anything that was sealed. */
function concealed(value: unknown, vault: Vault): unknown {
  if (value instanceof Secret) return '[vault]'
  if (value instanceof Unsafe) return concealed(value.text, vault)
  if (Array.isArray(value)) return value.map((item) => concealed(item, vault))
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).map(([key, item]) => [key, concealed(item, vault)])
    return Object.fromEntries(entries)
  }
  const text = JSON.stringify(value)
  const masked = vault.mask(text)
  return masked === text ? value : masked.replaceAll(/^"|"$/g, '')
}
