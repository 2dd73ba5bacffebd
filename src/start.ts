import { setFlagsFromString } from 'node:v8'
import { main } from './cli/program.js'

// A run is over before optimized code pays for its compilation, a fifth of all that it computes:
// V8 is to wait until a function has run for fifteen times as long as it would otherwise.
setFlagsFromString('--interrupt-budget=1000000')

// A reader that goes away (`dr-play ... | head`) ends the output, not the work.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

process.exitCode = await main(process.argv)
// Connections of an interrupted run may still be closing; nothing else is waited for.
process.exit()
