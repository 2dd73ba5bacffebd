import { InputError, type Position } from '../core/errors.js'
import type { InventoryBuilder } from './inventory-builder.js'
import { isMap, type PlainMap } from './python-values.js'

/** What an inventory script prints when it is called with these arguments. */
export type Script = (...args: string[]) => string

/**
 * Adds what an inventory script says: its groups from --list, and the variables of the hosts
 * from `_meta.hostvars` there, or else from one call with --host for each.
 * @throws InputError when it prints something else
 */
export function readScript(script: Script, file: string, builder: InventoryBuilder): void {
  const at = { file, line: 1, col: 1 }
  const { _meta: meta, ...groups } = jsonMap(script('--list'), '--list', at)
  const hosts = new Set<string>()
  for (const name of Object.keys(groups)) builder.group(name, at)
  for (const [name, group] of Object.entries(groups)) {
    for (const host of addGroup(name, group, builder, at)) hosts.add(host)
  }
  const known = isMap(meta) && isMap(meta['hostvars']) ? meta['hostvars'] : undefined
  for (const host of hosts) {
    const vars = known ? known[host] : jsonMap(script('--host', host), `--host ${host}`, at)
    for (const [key, value] of Object.entries(isMap(vars) ? vars : {})) {
      builder.hostVar(host, key, value, at)
    }
  }
}

/** Gives the hosts of the group. A plain list is its hosts; a map of variables is one host's. */
function addGroup(name: string, group: unknown, builder: InventoryBuilder, at: Position): string[] {
  const known =
    isMap(group) && ['hosts', 'vars', 'children'].some((key) => Object.hasOwn(group, key))
  const data: PlainMap = known
    ? group
    : isMap(group)
      ? { hosts: [name], own: group }
      : { hosts: group }
  const hosts = names(data['hosts'], name, 'hosts', at)
  for (const host of hosts) builder.host(host, name, at)
  for (const [key, value] of mapEntries(data['own'])) builder.hostVar(name, key, value, at)
  for (const [key, value] of mapEntries(data['vars'])) builder.groupVar(name, key, value, at)
  for (const child of names(data['children'], name, 'children', at)) {
    builder.group(child, at)
    builder.child(name, child, at)
  }
  return hosts
}

function names(value: unknown, group: string, key: string, at: Position): string[] {
  const list = value ?? []
  if (Array.isArray(list) && list.every((item) => typeof item === 'string')) return list
  const message = `the script's group "${group}": "${key}" must be a list of names`
  throw new InputError(at, message, `{"${group}": {"${key}": ["NAME"]}}`)
}

function mapEntries(value: unknown): [string, unknown][] {
  return isMap(value) ? Object.entries(value) : []
}

function jsonMap(text: string, call: string, at: Position): PlainMap {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    const [first = ''] = text.trim().split('\n')
    const what = first === '' ? 'nothing' : `no JSON, but "${first.slice(0, 40)}"`
    const message = `the script called with ${call} prints ${what}`
    throw new InputError(at, message, lookAt(call, at))
  }
  if (isMap(value)) return value
  const message = `the script called with ${call} must print a JSON object`
  throw new InputError(at, message, lookAt(call, at))
}

function lookAt(call: string, { file }: Position): string {
  return `see what it prints: ${file.includes('/') ? '' : './'}${file} ${call}`
}
