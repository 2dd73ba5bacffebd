import type { Command } from 'commander'

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
