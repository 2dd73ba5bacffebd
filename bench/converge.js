// How long the real-server part of site.yml takes on lab hosts, next to what SSH itself takes and
// to Ansible, all in one run, as root on a quiet machine:
//   node bench/converge.js [--hosts 10,50,100] [--peers ansible,mitogen] [--write]
// --write puts the table and the plot into docs/.
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { measure } from './converge/measure.js'
import { plot } from './converge/plot.js'
import { table } from './converge/report.js'
import { start } from './converge/start.js'

const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '10,50,100' },
    peers: { type: 'string', default: 'ansible,mitogen' },
    write: { type: 'boolean', default: false },
  },
})
const say = (line) => process.stderr.write(`${line}\n`)
const peers = values.peers.split(',')

const measured = []
for (const count of values.hosts.split(',').map(Number)) {
  measured.push({ count, results: await measure(count, { peers, say }) })
}
const begin = start()
const text = `${table(measured)}
\`dr-play --version\` takes ${begin.wall.toFixed(2)} times as long as \`node -e 0\` (${begin.cpu.toFixed(2)} times
the CPU) and loads ${begin.modules['--version']} modules; with \`site.yml\` there are ${begin.modules['site.yml --list-tasks']}.
`
console.log(`${cpus().length} x ${cpus()[0]?.model}, Node ${process.version}\n\n${text}`)
if (values.write) write()

function write() {
  const docs = resolve(import.meta.dirname, '../docs')
  const page = `${docs}/performance.md`
  const marks = /(<!-- bench\/converge\.js -->\n)[^]*?(<!-- end -->)/
  const shown = `${text}\n![wall time as a multiple of the floor](converge.svg)\n`
  writeFileSync(page, readFileSync(page, 'utf8').replace(marks, `$1\n${shown}\n$2`))
  writeFileSync(`${docs}/converge.svg`, plot(measured))
}
