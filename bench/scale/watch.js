// Loaded before dr-play: writes down, at its end, what it took.
import { writeFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { monitorEventLoopDelay } from 'node:perf_hooks'

const delay = monitorEventLoopDelay({ resolution: 1 })
delay.enable()
let reading = 0
const { connect } = Socket.prototype
// Until the first host is contacted there is nothing that the event loop could be late for.
Socket.prototype.connect = function (...args) {
  Socket.prototype.connect = connect
  reading = delay.max / 1e6
  delay.reset()
  return connect.apply(this, args)
}
process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  const cpu = (userCPUTime + systemCPUTime) / 1e6
  const seen = { cpu, mb: maxRSS / 1024, reading, blocked: delay.max / 1e6 }
  writeFileSync(process.env.SEEN, JSON.stringify(seen))
})
