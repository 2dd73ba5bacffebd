import { InputError } from '../core/errors.js'
import { type Address, addressOf } from '../queue/redis.js'
import { Seal } from '../queue/seal.js'
import { readText } from '../site/files.js'
import type { QueueFlags } from './queue-flags.js'

/** What a queue is used with. @throws InputError */
export function queueAccess({ queue, queueKeyFile }: QueueFlags): { address: Address; seal: Seal } {
  if (queue === undefined) {
    throw new InputError(
      undefined,
      'no queue is given',
      'name it: --queue redis://queue.example:6379',
    )
  }
  const address = addressOf(queue, process.env.DR_PLAY_QUEUE_PASSWORD)
  return { address, seal: sealOf(queueKeyFile) }
}

function sealOf(file: string | undefined): Seal {
  if (file !== undefined) return new Seal(readText(file), file)
  const key = process.env.DR_PLAY_QUEUE_KEY
  if (key !== undefined && key !== '') return new Seal(key, 'DR_PLAY_QUEUE_KEY')
  throw new InputError(
    undefined,
    'a queue needs a key: what passes through it is sealed',
    'openssl rand -base64 32 makes one; give it to the run and to all workers with --queue-key-file FILE, or in DR_PLAY_QUEUE_KEY',
  )
}
