import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { basename, extname, resolve } from 'node:path'
import { InputError, InputErrors } from '../core/errors.js'
import type { Reporter } from '../core/event.js'
import { Secret } from '../core/sh.js'
import { isFile, readText } from '../site/files.js'
import { Vault, type VaultPassword } from '../site/vault.js'
import { isSealed } from '../site/vault-cipher.js'
import type { VaultFlags } from './vault-flags.js'

const DEFAULT = 'default'

/**
 * Asks for the passwords and reads their files, in Ansible's order: --vault-id,
 * --vault-password-file, --ask-vault-pass.
 * @throws InputError for a file that gives none
 */
export async function openVault(flags: VaultFlags, inlineToo = true): Promise<Vault> {
  const sources = [
    ...(flags.vaultId ?? []).map((text) => ({ ...split(text), flag: `--vault-id ${text}` })),
    ...(flags.vaultPasswordFile ?? []).map((source) => {
      return { id: DEFAULT, source, flag: `--vault-password-file ${source}` }
    }),
    ...(flags.askVaultPass ? [{ id: DEFAULT, source: 'prompt', flag: '--ask-vault-pass' }] : []),
  ]
  const passwords: VaultPassword[] = []
  for (const { id, source, flag } of sources) {
    const password = source === 'prompt' ? await ask(id) : fromFile(source, id, passwords)
    if (password.reveal() === '') {
      const hint = 'no vault has an empty one: see what the file has, or its program prints'
      throw new InputError(undefined, `${flag}: the password is empty`, hint)
    }
    passwords.push({ id, password })
  }
  return new Vault(passwords, inlineToo)
}

/** `dev@FILE`; without a label it is all source. */
function split(text: string): { id: string; source: string } {
  const at = text.indexOf('@')
  return at < 1
    ? { id: DEFAULT, source: text.slice(at + 1) }
    : { id: text.slice(0, at), source: text.slice(at + 1) }
}

async function ask(id: string): Promise<Secret> {
  const { askSecret } = await import('./password.js')
  return askSecret(id === DEFAULT ? 'Vault password' : `Vault password (${id})`)
}

/** A file may be sealed itself, with a password that was given before it. */
function fromFile(file: string, id: string, before: readonly VaultPassword[]): Secret {
  if (isFile(file) && isExecutable(file)) return new Secret(run(file, id))
  const text = readText(file)
  const at = { file, line: 1, col: 1 }
  return new Secret((isSealed(text) ? new Vault(before).open(text, at) : text).trim())
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** What a program prints; `NAME-client` is told which label is asked for, as Ansible does it. */
function run(file: string, id: string): string {
  const isClient = basename(file, extname(file)).endsWith('-client')
  const { status, stdout, error } = spawnSync(resolve(file), isClient ? ['--vault-id', id] : [], {
    encoding: 'utf8',
    stdio: ['inherit', 'pipe', 'inherit'],
  })
  if (status === 0) return stdout.replace(/^[\r\n]+|[\r\n]+$/g, '')
  const why = error?.message ?? `exit code ${status}`
  const hint = `if it is not a program but the password itself: chmod -x ${file}`
  throw new InputError(undefined, `cannot run the vault password file "${file}": ${why}`, hint)
}

/** Runs an act; its errors quote nothing that was sealed. */
export async function hiding<T>(vault: Vault, act: () => T | Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (error instanceof InputErrors)
      throw new InputErrors(error.errors.map((each) => masked(vault, each)))
    throw error instanceof InputError ? masked(vault, error) : error
  }
}

function masked(vault: Vault, { at, message, hint }: InputError): InputError {
  return new InputError(at, vault.mask(message), hint === undefined ? hint : vault.mask(hint))
}

/** The same for the names of a run's tasks, and for what it tells of its failures. */
export function hidingReporter(vault: Vault, report: Reporter): Reporter {
  return (told) => {
    const event = 'task' in told ? { ...told, task: vault.mask(told.task) } : told
    const isFailure =
      (event.event === 'task' || event.event === 'host') &&
      (event.status === 'failed' || event.status === 'unreachable')
    if (!isFailure) return report(event)
    report({
      ...event,
      ...(event.message !== undefined && { message: vault.mask(event.message) }),
      ...(event.hint !== undefined && { hint: vault.mask(event.hint) }),
      ...('item' in event && event.item !== undefined && { item: vault.mask(event.item) }),
    })
  }
}
