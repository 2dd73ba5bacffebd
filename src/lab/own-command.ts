import { basename, relative } from 'node:path'

interface Started {
  /** The path of the program, as it was started. */
  program: string
  env: Record<string, string | undefined>
  cwd: string
}

/**
 * The words with which the user runs this program again: `dr-play` where that is a command,
 * `npx dr-play`, `npm run lab --` for the lab in a checkout, else node and the path.
 *
 * @param words what follows, such as `lab down`
 */
export function ownCommand(words: string, started: Started = thisProgram()): string {
  const { program, env, cwd } = started
  if (env.npm_command === 'exec') return `npx dr-play ${words}`
  const isScript = ['run-script', 'run'].includes(env.npm_command ?? '')
  if (isScript && env.npm_package_name === 'dr-play') {
    const [script, ...rest] = words.split(' ')
    return `npm run ${script!}${rest.length > 0 ? ` -- ${rest.join(' ')}` : ''}`
  }
  if (basename(program) === 'dr-play') return `dr-play ${words}`
  return `node ${relative(cwd, program) || program} ${words}`
}

function thisProgram(): Started {
  return { program: process.argv[1] ?? 'dr-play', env: process.env, cwd: process.cwd() }
}
