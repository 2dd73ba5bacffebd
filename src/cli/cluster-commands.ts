import { Command, Option } from 'commander'
import { connectionFlags, inputFlags, number } from './connection-flags.js'
import { vaultFlags } from './vault-flags.js'
import type { VerifyFlags } from './verify.js'
import type { WhyFlags } from './why.js'

const PLAYBOOK = 'which says what the cluster should be; looked for as for a run'

/** `dr-play verify`; its code is loaded only when it is asked for. */
export function verifyCommand(done: (exit: number) => void): Command {
  return flags(new Command('verify'))
    .description('looks on the hosts for everything that breaks direct routing; changes nothing')
    .argument('[playbook]', PLAYBOOK, 'site.yml')
    .option('--requests <number>', 'send so many to each service, and look who got them', number)
    .option('--strict', 'fail on what is doubtful or unknown, too')
    .option('-v, --verbose', 'show what was seen of what is well, too')
    .option('--list-checks', 'list all checks as a table in Markdown, and stop')
    .action(async (playbook: string, flags: VerifyFlags) => {
      const { verifyCluster } = await import('./verify.js')
      done(await verifyCluster(playbook, flags))
    })
}

/** `dr-play why`. */
export function whyCommand(done: (exit: number) => void): Command {
  return flags(new Command('why'))
    .description('walks the way from a client to the page, and names the first hop that is broken')
    .argument('<vip>', 'the VIP, or the VIP and a port as 192.168.139.6:80')
    .argument('[playbook]', PLAYBOOK, 'site.yml')
    .action(async (asked: string, playbook: string, flags: WhyFlags) => {
      const { why } = await import('./why.js')
      done(await why(asked, playbook, flags))
    })
}

/** The flags of a command that asks the cluster's hosts. */
function flags(command: Command): Command {
  return connectionFlags(inputFlags(vaultFlags(command))).addOption(
    new Option('-o, --output <form>', 'how to report').choices(['text', 'json']).default('text'),
  )
}
