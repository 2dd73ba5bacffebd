#!/usr/bin/env node
import { main } from './cli/program.js'

// A reader that goes away (`dr-play ... | head`) ends the output, not the work.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

process.exitCode = await main(process.argv)
// Connections of an interrupted run may still be closing; nothing else is waited for.
process.exit()
