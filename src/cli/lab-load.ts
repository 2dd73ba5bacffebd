import { join } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { Exit, InputError } from '../core/errors.js'
import { open } from '../lab/lab.js'
import { startLoad } from '../lab/load/load.js'
import { ownCommand } from '../lab/own-command.js'
import { onInterrupt } from './interrupt.js'
import { packageDir } from './package-dir.js'

interface LoadFlags {
  name: string
  rate: number
  keepalive: number
  seconds: number
}

/** `dr-play lab load`: a bounded load on the VIP, and what the client saw of it. */
export function loadCommand(command: Command, done: (exit: number) => void): void {
  command
    .argument('[url]', "what to ask for (the first VIP's page)")
    .option('--rate <number>', 'requests a second, each on a new connection', upTo(1000), 200)
    .option('--keepalive <number>', 'connections kept, five requests a second each', upTo(100), 8)
    .option('--seconds <number>', 'after which it ends by itself', upTo(600, 1), 30)
    .action(async (url: string | undefined, flags: LoadFlags) => done(await load(url, flags)))
}

async function load(given: string | undefined, flags: LoadFlags): Promise<number> {
  const lab = open(flags.name)
  const url = given ?? defaultUrl(lab.plan.reserved)
  if (!URL.canParse(url) || !url.startsWith('http://')) {
    throw new InputError(undefined, `"${url}" is no URL of a page`, 'such as http://192.168.139.6/')
  }
  const { signal, release } = onInterrupt()
  try {
    const result = await startLoad(lab, loadProgram, { ...flags, url }, signal).result
    process.stdout.write(`${JSON.stringify(result)}\n`)
    const { reset, dropped } = result.keepalive
    return result.failed + reset + dropped === 0 ? Exit.ok : Exit.failed
  } finally {
    release()
  }
}

/** What runs in the client. */
const loadProgram = join(packageDir, 'dist', 'lab', 'load', 'main.js')

function defaultUrl([vip]: readonly string[] = []): string {
  if (vip !== undefined) return `http://${vip}/`
  const hint = `name the page: ${ownCommand('lab load http://192.168.139.2/')}`
  throw new InputError(undefined, "the lab's inventory has no VIP to put a load on", hint)
}

function upTo(most: number, least = 0) {
  return (value: string): number => {
    if (/^\d+$/.test(value) && Number(value) >= least && Number(value) <= most) return Number(value)
    throw new InvalidArgumentError(`It must be a number from ${least} to ${most}.`)
  }
}
