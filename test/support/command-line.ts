import { vi } from 'vitest'
import { main } from '../../src/cli/program.js'

/** The command line in this process; only what it prints is caught. */
export async function drPlay(...args: string[]) {
  const said = { stdout: '', stderr: '' }
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      said[name] += String(text)
      return true
    }),
  )
  try {
    return { exit: await main(['node', 'dr-play', ...args]), ...said }
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}
