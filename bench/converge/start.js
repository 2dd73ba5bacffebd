// What the start of the program costs, before it does anything.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const MAIN = resolve(import.meta.dirname, '../../dist/main.js')
const EXAMPLE = resolve(import.meta.dirname, '../../inventory.example.ini')
const RUNS = 15

/** `dr-play --version` against `node -e 0`: median wall time, and CPU, and modules loaded. */
export function start() {
  const runs = { node: [], version: [] }
  for (let i = 0; i < RUNS; i++) {
    runs.node.push(once(['-e', '0']))
    runs.version.push(once([MAIN, '--version']))
  }
  const middle = (values) => values.sort((a, b) => a - b)[RUNS >> 1]
  return {
    wall: middle(runs.version.map(({ ms }) => ms)) / middle(runs.node.map(({ ms }) => ms)),
    cpu: middle(runs.version.map(({ cpu }) => cpu)) / middle(runs.node.map(({ cpu }) => cpu)),
    modules: {
      '--version': modules([MAIN, '--version']),
      'site.yml --list-tasks': modules([MAIN, 'site.yml', '-i', EXAMPLE, '--list-tasks']),
    },
  }
}

function once(argv) {
  const begin = performance.now()
  const script = `TIMEFORMAT='%U %S'; time "$@" >"$0"`
  const { stderr } = spawnSync('bash', ['-c', script, '/dev/null', process.execPath, ...argv])
  const [user, system] = String(stderr).trim().split(' ').map(Number)
  return { ms: performance.now() - begin, cpu: user + system }
}

/** Files that Node loads as modules: its own record of what was covered names them. */
function modules(argv) {
  const folder = mkdtempSync(join(tmpdir(), 'dr-play-bench-'))
  try {
    spawnSync(process.execPath, argv, { env: { ...process.env, NODE_V8_COVERAGE: folder } })
    const urls = readdirSync(folder).flatMap((name) =>
      JSON.parse(readFileSync(join(folder, name), 'utf8')).result.map(({ url }) => url),
    )
    return new Set(urls.filter((url) => url.startsWith('file:'))).size
  } finally {
    rmSync(folder, { recursive: true })
  }
}
