import { spawn } from 'node:child_process'
import type { Keeper } from './keeper.js'

/**
 * Runs in the controller: connects to port 22 of every address it is given, again and again,
 * and prints the address once a greeting came back. Ends when all have answered.
 */
const KNOCK = `
const net = require('node:net')
for (const address of process.argv.slice(1)) knock(address)
function knock(address) {
  const socket = net.connect({ host: address, port: 22 })
  let answered = false
  socket.setTimeout(1000, () => socket.destroy())
  socket.on('error', () => {})
  socket.once('data', () => {
    answered = true
    console.log(address)
    socket.destroy()
  })
  socket.on('close', () => { if (!answered) setTimeout(knock, 40, address) })
}
`

/** The addresses whose sshd did not answer within the time. Empty: all have. */
export function awaitSshd(
  keeper: Keeper,
  addresses: readonly string[],
  seconds: number,
  signal?: AbortSignal,
): Promise<string[]> {
  const argv = keeper.at('controller', [process.execPath, '-e', KNOCK, ...addresses])
  const silent = new Set(addresses)
  return new Promise((resolve) => {
    const child = spawn(argv[0]!, argv.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] })
    const stop = () => void child.kill('SIGKILL')
    const timer = setTimeout(stop, seconds * 1000)
    signal?.addEventListener('abort', stop)
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      for (const address of text.split('\n')) silent.delete(address)
    })
    child.on('error', () => undefined)
    child.on('close', () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
      resolve([...silent])
    })
  })
}
