import { join } from 'node:path'
import { vi } from 'vitest'
import { main } from '../../src/cli/program.js'
import { PATH } from './no-lock.js'

/** What a command said, and how it ended. */
export interface Said {
  exit: number
  stdout: string
  stderr: string
}

/** The command line in this process, one call at a time; only what it prints is caught. */
export function drPlay(...args: string[]): Promise<Said> {
  return inTurn(() => run(args))
}

/**
 * The command line as a user calls it in a folder, in this process. The folder is the HOME, too,
 * and nothing else of this process's environment is there; hosts that are this machine are not
 * locked.
 */
export function drPlayIn(folder: string, env: Readonly<Record<string, string>> = {}) {
  return (...args: string[]): Promise<Said> => inTurn(() => at(folder, env, () => run(args)))
}

/** What the same prints, both streams as they come, as a terminal shows them. */
export async function transcript(folder: string, ...args: string[]): Promise<string> {
  let shown = ''
  await inTurn(() => at(folder, {}, () => run(args, (text) => (shown += text))))
  return shown
}

let last: Promise<unknown> = Promise.resolve()

function inTurn(act: () => Promise<Said>): Promise<Said> {
  const said = last.then(act)
  last = said.catch(() => undefined)
  return said
}

async function run(
  args: readonly string[],
  heard: (text: string) => void = () => undefined,
): Promise<Said> {
  const said = { stdout: '', stderr: '' }
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      said[name] += String(text)
      heard(String(text))
      return true
    }),
  )
  try {
    return { exit: await main(['node', 'dr-play', ...args]), ...said }
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}

async function at<T>(
  folder: string,
  env: Readonly<Record<string, string>>,
  act: () => Promise<T>,
): Promise<T> {
  const back = process.cwd()
  const before = { ...process.env }
  setEnvironment({ PATH, HOME: folder, DR_PLAY_STATE: join(folder, '.state'), ...env })
  process.chdir(folder)
  try {
    return await act()
  } finally {
    process.chdir(back)
    setEnvironment(before)
  }
}

/** Variable by variable: os.homedir() does not see another object in place of process.env. */
function setEnvironment(wanted: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(process.env))
    if (!(name in wanted)) Reflect.deleteProperty(process.env, name)
  for (const [name, value] of Object.entries(wanted)) {
    if (process.env[name] !== value) process.env[name] = value
  }
}
