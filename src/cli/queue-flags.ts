import type { Command } from 'commander'
import { InputError } from '../core/errors.js'

/** The flags that say where a queue is, as commander hands them over. */
export interface QueueFlags {
  queue?: string
  queueKeyFile?: string
}

export function queueFlags(command: Command, what: string): Command {
  return command
    .option('--queue <url>', what)
    .option(
      '--queue-key-file <file>',
      'the key that run and workers share, else in DR_PLAY_QUEUE_KEY: openssl rand -base64 32',
    )
}

/** Loads what needs BullMQ and ioredis, which are optional. @throws InputError without them */
export async function withQueue<T>(loading: Promise<T>): Promise<T> {
  try {
    return await loading
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new InputError(
      undefined,
      'a queue needs the packages bullmq and ioredis, which were not there when dr-play was built',
      'npm install --include=optional brings them, and builds it',
    )
  }
}
