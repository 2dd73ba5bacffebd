import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DrPlayError } from '../core/errors.js'
import { ownCommand } from './own-command.js'
import type { ProcessId } from './procfs.js'
import type { Plan } from './spec.js'

/** Where every lab of the machine has its folder. */
const LABS = '/run/dr-play-lab'

/** What is known of a lab beyond the process that made it. */
export interface State {
  plan: Plan
  /** The process that the lab lives and dies with; not there before it was started. */
  keeper?: ProcessId
}

/** Paths of one lab that live outside of it. */
export function pathsOf(name: string) {
  const root = join(LABS, name)
  return {
    root,
    state: join(root, 'state.json'),
    log: join(root, 'log'),
    key: join(root, 'id_ed25519'),
    knownHosts: join(root, 'known_hosts'),
  }
}

/** @throws DrPlayError when there is a lab of that name. */
export function create(plan: Plan): void {
  mkdirSync(LABS, { recursive: true, mode: 0o755 })
  try {
    mkdirSync(pathsOf(plan.name).root, { mode: 0o700 })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // The last lab of before took the folder of all labs with it, just now.
    if (code === 'ENOENT') return create(plan)
    if (code !== 'EEXIST') throw error
    throw new DrPlayError(
      `there is a lab named "${plan.name}" already`,
      `end it with "${ownCommand(`lab down --name ${plan.name}`)}", or give the new one another --name`,
    )
  }
  save({ plan })
}

export function save(state: State): void {
  const path = pathsOf(state.plan.name).state
  writeFileSync(`${path}.new`, JSON.stringify(state, null, 2))
  renameSync(`${path}.new`, path)
}

/**
 * undefined when there is no such lab, or none that got as far as having a state.
 *
 * @throws DrPlayError when another user made it.
 */
export function load(name: string): State | undefined {
  try {
    return JSON.parse(readFileSync(pathsOf(name).state, 'utf8')) as State
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    if (code !== 'EACCES') throw error
    throw new DrPlayError(`the lab "${name}" belongs to root`, 'run the command as root, with sudo')
  }
}

export function names(): string[] {
  try {
    return readdirSync(LABS).sort()
  } catch {
    return []
  }
}

export function remove(name: string): void {
  rmSync(pathsOf(name).root, { recursive: true, force: true })
  try {
    rmdirSync(LABS)
  } catch {
    // Another lab is in it.
  }
}
