import { Command, Option } from 'commander'
import type { ExplainFlags } from './explain.js'
import type { InventoryFlags } from './inventory.js'
import { vaultFlags } from './vault-flags.js'

const list = (value: string, before: string[] = []) => [...before, value]

/** `dr-play inventory`; its code, as that of `explain`, is loaded only when it is asked for. */
export function inventoryCommand(done: (exit: number) => void): Command {
  const command = new Command('inventory')
    .description('prints the inventory, as ansible-inventory does')
    .argument('[group]', 'where --graph begins', 'all')
    .option('-i, --inventory <path>', 'inventory file, or hosts as a,b, (repeatable)', list)
    .addOption(
      new Option('--list', 'groups, hosts and variables as JSON').conflicts(['graph', 'host']),
    )
    .addOption(new Option('--graph', 'the groups and hosts as a tree').conflicts(['host', 'yaml']))
    .option('--host <host>', 'the variables of one host')
    .option('-y, --yaml', 'YAML instead of JSON; alone, it means --list --yaml')
    .option('--vars', 'with --graph: show variables too')
    .option('--playbook-dir <folder>', 'whose group_vars and host_vars count too (here)')
  return vaultFlags(command).action(async (group: string, flags: InventoryFlags) => {
    const { inventory } = await import('./inventory.js')
    done(await inventory(group, flags))
  })
}

/** `dr-play explain`. */
export function explainCommand(done: (exit: number) => void): Command {
  const command = new Command('explain')
    .description('tells where a variable of a host comes from, and what it ends up as')
    .argument('<variable>', 'its name')
    .argument('[playbook]', 'to count its plays, roles and tasks in')
    .requiredOption('--host <host>', 'for which host')
    .option('-i, --inventory <path>', 'inventory file, or hosts as a,b, (repeatable)', list)
    .option('-e, --extra-vars <vars>', 'key=value, JSON, YAML or @file (repeatable)', list)
    .addOption(
      new Option('-o, --output <form>', 'how to tell it').choices(['text', 'json']).default('text'),
    )
  return vaultFlags(command).action(
    async (variable: string, playbook: string | undefined, flags: ExplainFlags) => {
      const { explainVariable } = await import('./explain.js')
      done(await explainVariable(variable, playbook, flags))
    },
  )
}
