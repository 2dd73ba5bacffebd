// Loaded before dr-play: writes down, at its end, what it took.
import { writeFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'

const delay = monitorEventLoopDelay({ resolution: 1 })
delay.enable()
process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  const cpu = (userCPUTime + systemCPUTime) / 1e6
  const seen = { cpu, mb: maxRSS / 1024, blocked: delay.max / 1e6 }
  writeFileSync(process.env.SEEN, JSON.stringify(seen))
})
