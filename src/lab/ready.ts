import { spawn } from 'node:child_process'
import { Interrupted } from '../core/errors.js'
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

/**
 * Waits until the sshds of the addresses answer, for so many seconds, or until it is hopeless.
 *
 * @returns the addresses that did not answer.
 * @throws Interrupted when the signal aborts.
 */
export function awaitSshd(
  keeper: Keeper,
  addresses: readonly string[],
  seconds: number,
  isHopeless: () => boolean,
  signal?: AbortSignal,
): Promise<string[]> {
  const argv = keeper.at('controller', [process.execPath, '-e', KNOCK, ...addresses])
  const end = Date.now() + seconds * 1000
  const silent = new Set(addresses)
  return new Promise((resolve, reject) => {
    const child = spawn(argv[0]!, argv.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] })
    const timer = setInterval(() => {
      if (signal?.aborted || Date.now() > end || isHopeless()) child.kill('SIGKILL')
    }, 100)
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      for (const address of text.split('\n')) silent.delete(address)
    })
    child.on('error', reject)
    child.on('close', () => {
      clearInterval(timer)
      if (signal?.aborted) reject(new Interrupted())
      else resolve([...silent])
    })
  })
}
