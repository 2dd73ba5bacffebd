import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '..')
const PROGRAM = join(ROOT, 'dist/main.js')

/** Before tests that start the built program: builds it, unless it is newer than all it is made of. */
export default function build(): void {
  if (existsSync(PROGRAM) && changed(PROGRAM) > newest()) return
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, stdio: 'inherit' })
  if (status !== 0) throw new Error('the program cannot be built: npm run build')
}

/** When the last of its sources changed; a folder changes with a file that is removed from it. */
function newest(): number {
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  const others = ['package.json', 'package-lock.json', 'rolldown.config.js', 'src']
  return Math.max(...[...others, ...sources.map((path) => join('src', path))].map(changed))
}

function changed(path: string): number {
  return statSync(resolve(ROOT, path)).mtimeMs
}
