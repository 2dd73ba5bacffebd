import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Exit, InputError, InputErrors, type Position } from '../core/errors.js'
import { importCluster, type ImportedCluster, noteText } from '../lvs/import/cluster.js'
import { guessFormat, readAs } from '../lvs/import/format.js'
import type { Wishes } from '../lvs/import/hosts.js'
import { type ImportedFile, inventoryFile, inventoryFolder } from '../lvs/import/inventory.js'
import { canonical } from '../lvs/ip.js'
import type { Format, Told } from '../lvs/import/told.js'
import { commented } from '../lvs/import/yaml-lines.js'
import type { Finding } from '../lvs/lint.js'
import { attempt } from '../site/problems.js'
import { Vault } from '../site/vault.js'
import { messageLines } from './errors.js'
import { importDisk } from './import-disk.js'
import { lintFindings, sorted } from './lint.js'
import { hasColour } from './terminal.js'

/** The flags of `dr-play import`, as commander hands them over. */
export interface ImportFlags {
  format?: Format
  output?: string
  director?: string[]
  names?: string[]
}

const STDIN = '(stdin)'

/**
 * Turns what a cluster was set up with into an inventory: on stdout, or in a folder. What is
 * doubtful goes to stderr. @returns the exit code
 */
export function importFiles(paths: readonly string[], flags: ImportFlags): number {
  const wishes = wishesOf(flags)
  const told = readAll(paths, flags, wishes)
  const cluster = importCluster(told, wishes)
  const { output } = flags
  const folder = inventoryFolder(cluster)
  if (output === undefined) process.stdout.write(commented(inventoryFile(cluster).lines))
  else {
    writeFiles(folder, output)
    say(folder.map(({ name }) => `written: ${join(output, name)}`))
  }
  const findings = lintFiles(folder)
  for (const note of cluster.notes) {
    say(messageLines('warning', { ...note, message: noteText(note) }, hasColour(process.stderr)))
  }
  for (const { severity, at, message, rule, hint } of findings) {
    say(
      messageLines(
        severity,
        { at, message: `${message} [${rule}]`, hint },
        hasColour(process.stderr),
      ),
    )
  }
  say([summary(cluster, findings)])
  return findings.some(({ severity }) => severity === 'error') ? Exit.usage : Exit.ok
}

/** @throws InputErrors with everything that is wrong in the files */
function readAll(paths: readonly string[], { format }: ImportFlags, wishes: Wishes): Told[] {
  const addresses = new Map([...wishes.names].map(([address, name]) => [name, address]))
  const errors: InputError[] = []
  const told = paths.flatMap((path) => {
    const one = attempt(errors, () => {
      const file = path === '-' ? STDIN : path
      const text = path === '-' ? readFileSync(0, 'utf8') : importDisk.read(path)
      const guess = format ? { format, why: '--format' } : guessFormat(text, file)
      say([`${file}: read as ${guess.format} (${guess.why})`])
      const resolve = (name: string) => addresses.get(name)
      return readAs(guess.format, text, file, { disk: importDisk, resolve })
    })
    return one ?? []
  })
  if (errors.length > 0) throw new InputErrors(errors)
  return told
}

/** @throws InputError for a pair that is none */
function wishesOf({ director = [], names = [] }: ImportFlags): Wishes {
  const pairs = (option: string, given: readonly string[], form: string, example: string) =>
    given
      .flatMap((text) => text.split(','))
      .map((text): [string, string, Position] => {
        const at = { file: `${option} ${text}`, line: 1, col: 1 }
        const [, left, right] = /^([^=\s]+)=([^=\s]+)$/.exec(text) ?? []
        if (left === undefined || right === undefined) {
          throw new InputError(at, `"${text}" is not ${form}`, example)
        }
        return [left, right, at]
      })
  return {
    directors: pairs('--director', director, 'NAME=ADDRESS', 'lb1=192.168.139.3').map(
      ([name, address, at]) => {
        return { name, address, at }
      },
    ),
    names: new Map(
      pairs('--names', names, 'ADDRESS=NAME', '192.168.139.2=rs1').map(([address, name]) => {
        return [canonical(address) ?? address, name]
      }),
    ),
    namesAt: { file: `--names ${names.join(',')}`, line: 1, col: 1 },
  }
}

/** @throws InputError when one of them is there already: nothing is written then */
function writeFiles(files: readonly ImportedFile[], folder: string): void {
  const there = files.map(({ name }) => join(folder, name)).filter((path) => existsSync(path))
  if (there.length > 0) {
    const message = `${there.join(', ')}: already there, and nothing is written over it`
    throw new InputError(undefined, message, 'give another folder to --output')
  }
  for (const { name, lines } of files) {
    const path = join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, commented(lines), { flag: 'wx' })
  }
}

/** What the linter finds in the result, told of the lines that it comes from. */
function lintFiles(files: readonly ImportedFile[]): Finding[] {
  const folder = mkdtempSync(join(tmpdir(), 'dr-play-import-'))
  try {
    writeFiles(files, folder)
    const inventory = join(folder, 'inventory.yml')
    const findings = lintFindings(join(folder, 'site.yml'), [inventory], {}, new Vault())
    return sorted(
      findings.map((finding) => ({ ...finding, at: origin(finding.at, files, folder) })),
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function origin(
  at: Position | undefined,
  files: readonly ImportedFile[],
  folder: string,
): Position | undefined {
  const file = files.find(({ name }) => at?.file === join(folder, name))
  return at && file ? (file.lines[at.line - 1]?.at ?? { ...at, file: file.name }) : at
}

function summary({ services, realServers, notes }: ImportedCluster, findings: readonly Finding[]) {
  const some = (number: number, what: string) => `${number} ${what}${number === 1 ? '' : 's'}`
  const errors = findings.filter(({ severity }) => severity === 'error').length
  const warnings = notes.length + findings.length - errors
  return [
    some(services.length, 'virtual service'),
    some(realServers.length, 'real server'),
    some(warnings, 'warning'),
    some(errors, 'error'),
  ].join(', ')
}

function say(lines: readonly string[]): void {
  process.stderr.write(`${lines.join('\n')}\n`)
}
