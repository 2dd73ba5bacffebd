import { Command, InvalidArgumentError, Option } from 'commander'
import { connectionFlags, inputFlags } from './connection-flags.js'
import type { StatusFlags } from './status.js'
import { vaultFlags } from './vault-flags.js'

/** Seconds between two looks, unless told: the kernel estimates its rates every two. */
const INTERVAL = 2

/** `dr-play status`; its code is loaded only when it is asked for. */
export function statusCommand(done: (exit: number) => void): Command {
  return connectionFlags(inputFlags(vaultFlags(new Command('status'))))
    .description('shows the cluster at a glance: tables, connections, real servers, drift')
    .argument('[playbook]', 'by which the state is judged; looked for as for a run', 'site.yml')
    .option('-w, --watch [seconds]', 'look again and again, every 2 seconds', seconds)
    .option('--no-check', 'only look: no check run of the playbook')
    .addOption(
      new Option('-o, --output <form>', 'how to report').choices(['text', 'json']).default('text'),
    )
    .option('-v, --verbose', 'show also what ipvsadm -L -n counts, with --stats and --rate')
    .action(async (playbook: string, { watch, ...flags }: Flags) => {
      const { status } = await import('./status.js')
      const every = watch === true ? INTERVAL : watch
      done(await status(playbook, every === undefined ? flags : { ...flags, watch: every }))
    })
}

/** --watch alone is true. */
type Flags = Omit<StatusFlags, 'watch'> & { watch?: number | true }

function seconds(value: string): number {
  const number = Number(value)
  if (value.trim() !== '' && number >= 0.1 && number <= 86_400) return number
  throw new InvalidArgumentError('It must be a number of seconds, from 0.1 on.')
}
