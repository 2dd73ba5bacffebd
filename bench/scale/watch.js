// Loaded before dr-play: writes down, at its end, what it took. With STOP it ends when the first
// host is contacted, and all others wait: with what is alive by then. With CALM its event loop is not
// looked after, which is work itself: for processes that mostly wait.
import { writeFileSync } from 'node:fs'
import { Socket } from 'node:net'

const EVERY = 5
const now = () => ({ wall: performance.now(), cpu: cpu() })
/** How long the event loop was kept from a timer, and how much of that was work of ours. */
const blocked = { wall: 0, work: 0 }
let contacted = false
const { connect } = Socket.prototype

Socket.prototype.connect = function (...args) {
  Socket.prototype.connect = connect
  if (process.env.STOP) stop()
  contacted = true
  before = now()
  return connect.apply(this, args)
}

let before = now()
if (!process.env.CALM) setInterval(look, EVERY).unref()

function look() {
  const after = now()
  // Until then there is nothing that the event loop could be late for.
  if (contacted) {
    const wall = after.wall - before.wall - EVERY
    blocked.wall = Math.max(blocked.wall, wall)
    blocked.work = Math.max(blocked.work, Math.min(wall, after.cpu - before.cpu))
  }
  before = after
}

process.on('exit', () => {
  const mb = process.resourceUsage().maxRSS / 1024
  tell({ cpu: cpu() / 1000, mb, blocked })
})

function stop() {
  gc()
  const { heapUsed, external } = process.memoryUsage()
  process.removeAllListeners('exit')
  tell({ kb: (heapUsed + external) / 1024 })
  process.exit()
}

/** Milliseconds. */
function cpu() {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

function tell(seen) {
  writeFileSync(process.env.SEEN, JSON.stringify(seen))
}
