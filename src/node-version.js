// Ends with one sentence where Node is too old. Plain words, so that an old one can read them: the
// build runs this file before all else, and the program loads nothing else before it.
const FLOOR = [20, 19]

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < FLOOR[0] || (major === FLOOR[0] && minor < FLOOR[1])) {
  console.error(
    `error: dr-play needs Node ${FLOOR.join('.')} or newer, and this is Node ${process.versions.node}\n` +
      '  a newer one: https://nodejs.org/en/download',
  )
  process.exit(1)
}
