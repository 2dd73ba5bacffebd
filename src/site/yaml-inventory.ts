import { InputError, InputErrors } from '../core/errors.js'
import { didYouMean } from '../core/suggest.js'
import { expandHosts } from './host-range.js'
import type { InventoryBuilder } from './inventory-builder.js'
import { isMap, type PlainMap } from './python-values.js'
import type { Vault } from './vault.js'
import { type Path, YamlFile } from './yaml.js'

const KEYS = ['hosts', 'vars', 'children']

/** Adds what a YAML inventory says to the builder, and every error in it to its list. */
export function parseYamlInventory(
  text: string,
  file: string,
  builder: InventoryBuilder,
  vault?: Vault,
): void {
  try {
    const yaml = new YamlFile(file, text, vault)
    new Reader(yaml, builder).groups([], undefined)
  } catch (error) {
    if (error instanceof InputErrors) builder.errors.push(...error.errors)
    else if (error instanceof InputError) builder.errors.push(error)
    else throw error
  }
}

class Reader {
  constructor(
    readonly yaml: YamlFile,
    readonly builder: InventoryBuilder,
  ) {}

  /** The groups in the map at a path, as children of a group or at the top. */
  groups(path: Path, parent: string | undefined): void {
    const groups = this.#mapAt(path, 'groups')
    if (path.length === 0 && Object.hasOwn(groups, 'plugin')) {
      const hint = 'a script that prints the inventory as JSON is: -i ./hosts.sh'
      throw new InputError(this.yaml.keyAt(['plugin']), 'inventory plugins are not supported', hint)
    }
    for (const name of Object.keys(groups)) {
      const at = this.yaml.keyAt([...path, name])
      this.builder.group(name, at)
      this.#group(name, [...path, name])
      if (parent !== undefined) this.builder.child(parent, name, at)
    }
  }

  #group(name: string, path: Path): void {
    for (const key of Object.keys(this.#mapAt(path, `group "${name}"`))) {
      const below = [...path, key]
      if (key === 'children') this.groups(below, name)
      else if (key === 'hosts') this.#hosts(name, below)
      else if (key === 'vars') this.#vars(name, below)
      else {
        const message = `group "${name}" cannot have "${key}"`
        const hint = didYouMean(key, KEYS, 'a group has hosts, vars and children')
        this.builder.errors.push(new InputError(this.yaml.keyAt(below), message, hint))
      }
    }
  }

  #hosts(group: string, path: Path): void {
    for (const token of Object.keys(this.#mapAt(path, 'hosts'))) {
      const below = [...path, token]
      const at = this.yaml.keyAt(below)
      const { names, port } = expandHosts(token, at)
      for (const name of names) this.builder.host(name, group, at, port)
      for (const [key, value] of Object.entries(this.#mapAt(below, `host "${token}"`))) {
        const valueAt = this.yaml.at([...below, key])
        for (const name of names) this.builder.hostVar(name, key, value, valueAt)
      }
    }
  }

  #vars(group: string, path: Path): void {
    for (const [key, value] of Object.entries(this.#mapAt(path, 'vars'))) {
      this.builder.groupVar(group, key, value, this.yaml.at([...path, key]))
    }
  }

  /** The map at a path; nothing is an empty one, and a lone word is one key without a value. */
  #mapAt(path: Path, what: string): PlainMap {
    let value = this.yaml.value
    for (const key of path) value = isMap(value) ? value[key] : undefined
    if (value === null || value === undefined || value === '') return {}
    if (isMap(value)) return value
    const last = path.at(-1)
    if (typeof value === 'string' && (last === 'hosts' || last === 'children'))
      return { [value]: null }
    const dashes = Array.isArray(value) ? ', without dashes' : ' below it'
    const hint = `write "name:" lines${dashes}`
    this.builder.errors.push(
      new InputError(this.yaml.at(path), `${what}: this must be a map`, hint),
    )
    return {}
  }
}
