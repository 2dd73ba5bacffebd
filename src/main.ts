#!/usr/bin/env node
// A Node that is too old has to get here: the program itself is loaded once the version is known.
const FLOOR = [20, 19] as const

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < FLOOR[0] || (major === FLOOR[0] && minor < FLOOR[1])) {
  process.stderr.write(
    `error: dr-play needs Node ${FLOOR.join('.')} or newer, and this is Node ${process.versions.node}\n` +
      '  a newer one: https://nodejs.org/en/download\n',
  )
  process.exitCode = 1
} else {
  void import('./start.js')
}
