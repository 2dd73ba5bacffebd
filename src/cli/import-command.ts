import { Command, Option } from 'commander'
import { formats } from '../lvs/import/told.js'
import type { ImportFlags } from './import.js'

const list = (value: string, before: string[] = []) => [...before, value]

/** `dr-play import`; its code is loaded only when it is asked for. */
export function importCommand(done: (exit: number) => void): Command {
  return new Command('import')
    .description('makes an inventory of what set a cluster up: ipvsadm -S -n, scripts, keepalived')
    .argument('<file...>', 'files of one cluster, all of them; - is stdin')
    .addOption(
      new Option('--format <format>', 'of the files; else it is told from each').choices(formats),
    )
    .option('--output <folder>', 'write inventory, group_vars and playbook there, over no file')
    .option('--director <name=address>', "the director's own address (repeatable)", list)
    .option('--names <address=name>', 'how real servers are called: A=NAME,B=NAME', list)
    .action(async (files: string[], flags: ImportFlags) => {
      const { importFiles } = await import('./import.js')
      done(importFiles(files, flags))
    })
}
