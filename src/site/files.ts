import { dirname, isAbsolute, join, resolve } from 'node:path'
import { InputError, type Position } from '../core/errors.js'
import type { Source } from '../core/resource.js'
import { type Disk, machine } from './disk.js'
import { varsAt } from './fields.js'
import type { Vars } from './vars.js'
import { Vault } from './vault.js'
import { isSealed } from './vault-cipher.js'
import { YamlFile } from './yaml.js'

/**
 * Where the files of a site are found: beside the playbook, in the folder above it, in the
 * current folder when the playbook came from the package, and last in the package itself.
 * The first hit wins, so a file of the user's own always does.
 */
export class Files {
  /** What was found where, for -v: `template index.html.hbs: /etc/lvs/templates/...`. */
  readonly taken = new Map<string, string>()
  readonly playbookDir: string
  /** The folders that they are looked for in, one after the other. */
  readonly roots: readonly string[]
  readonly #opened = new Map<string, Source>()
  /** Each host asks for the same ones. */
  readonly #found = new Map<string, string>()

  constructor(
    readonly playbook: string,
    packageDir: string,
    readonly cwd: string,
    private readonly vault = new Vault(),
    readonly disk: Disk = machine,
  ) {
    const beside = dirname(resolve(cwd, playbook))
    this.playbookDir = beside
    const own = beside.startsWith(join(packageDir, '/')) ? [cwd] : []
    this.roots = [...new Set([...own, beside, dirname(beside), packageDir])]
  }

  isFile(path: string): boolean {
    return this.disk.kind(path) === 'file'
  }

  /** A YAML file of the site; a sealed one is opened. */
  yaml(path: string): YamlFile {
    return new YamlFile(path, this.disk.bytes(path).toString('utf8'), this.vault)
  }

  /** What is in a file; a sealed one is opened, once. */
  source(path: string): Source {
    const known = this.#opened.get(path)
    if (known) return known
    const bytes = this.disk.bytes(path)
    if (!isSealed(bytes.toString('latin1', 0, 32))) return { bytes, sealed: false }
    const opened = this.vault.bytes(bytes.toString('latin1'), { file: path, line: 1, col: 1 })
    const source = { bytes: opened, sealed: true }
    this.#opened.set(path, source)
    return source
  }

  /** A file of variables that a play names: beside it, or in vars/ there. */
  vars(names: readonly string[], at: Position): Vars {
    const places = (name: string) =>
      isAbsolute(name) ? [name] : [this.playbookDir, this.#varsDir].map((dir) => join(dir, name))
    const path = this.#find('vars file', names.join('", nor "'), names.flatMap(places), at)
    const problems: InputError[] = []
    const vars = varsAt(this.yaml(path), [], problems)
    if (problems[0]) throw problems[0]
    return vars
  }

  /** The folder of a role, `roles/NAME` in one of the roots. */
  role(name: string, at: Position): string {
    return this.#find(
      'role',
      name,
      this.roots.map((root) => join(root, 'roles', name)),
      at,
    )
  }

  /** A file that a module names: absolute, in the role, beside the playbook, in the package. */
  file(
    kind: 'templates' | 'files',
    name: string,
    roleDir: string | undefined,
    at: Position,
  ): string {
    const key = JSON.stringify([kind, name, roleDir])
    const known = this.#found.get(key) ?? this.#look(kind, name, roleDir, at)
    this.#found.set(key, known)
    return known
  }

  #look(
    kind: 'templates' | 'files',
    name: string,
    roleDir: string | undefined,
    at: Position,
  ): string {
    if (isAbsolute(name)) return this.#find(kind, name, [name], at)
    const dirs = [...(roleDir ? [roleDir] : []), ...this.roots].flatMap((dir) => [
      join(dir, kind),
      dir,
    ])
    const names = kind === 'templates' ? [name, `${name}.hbs`] : [name]
    return this.#find(
      kind,
      name,
      dirs.flatMap((dir) => names.map((each) => join(dir, each))),
      at,
    )
  }

  get #varsDir(): string {
    return join(this.playbookDir, 'vars')
  }

  #find(kind: string, name: string, candidates: string[], at: Position): string {
    const found = candidates.find((path) => this.disk.kind(path) !== undefined)
    if (found === undefined) {
      const places = [...new Set(candidates.map(dirname))]
      throw new InputError(
        at,
        `there is no ${kind.replace(/s$/, '')} "${name}"`,
        `looked in ${places.join(', ')}`,
      )
    }
    this.taken.set(`${kind} ${name}`, found)
    return found
  }
}

/** The playbook the user named: as it is, in ./playbooks, or shipped with the package. */
export function findPlaybook(name: string, packageDir: string, cwd: string): string {
  const shipped = name.replace(/^playbooks\//, '')
  const candidates = [name, join('playbooks', name), join(packageDir, 'playbooks', shipped)]
  const found = candidates.find((path) => isFile(resolve(cwd, path)))
  if (found !== undefined) return found
  const hint = `looked for ${candidates.join(', ')}`
  throw new InputError(undefined, `there is no playbook "${name}"`, hint)
}

export function readYaml(path: string, vault?: Vault, disk: Disk = machine): YamlFile {
  return new YamlFile(path, disk.bytes(path).toString('utf8'), vault)
}

export function readText(path: string): string {
  return machine.bytes(path).toString('utf8')
}

export function isFile(path: string): boolean {
  return machine.kind(path) === 'file'
}
