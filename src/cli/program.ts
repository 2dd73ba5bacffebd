import { Argument, Command, CommanderError, Option } from 'commander'
import { DrPlayError, Exit, Interrupted } from '../core/errors.js'
import { verifyCommand, whyCommand } from './cluster-commands.js'
import { connectionFlags, inputFlags } from './connection-flags.js'
import { errorLines } from './errors.js'
import { importCommand } from './import-command.js'
import type { LintFlags } from './lint.js'
import { packageVersion } from './package-dir.js'
import { explainCommand, inventoryCommand } from './inventory-commands.js'
import type { PlayFlags } from './play-flags.js'
import type { SchemaKind } from './schema.js'
import { queueFlags } from './queue-flags.js'
import { statusCommand } from './status-command.js'
import { hasColour } from './terminal.js'
import { vaultFlags } from './vault-flags.js'
import type { WorkerFlags } from './worker.js'

/** Runs the command line. @returns the exit code */
export async function main(argv: readonly string[]): Promise<number> {
  let exit: number = Exit.ok
  const done = (code: number) => {
    exit = code
  }
  try {
    const program = build(done, await labCommandOf(argv, done))
    throwInsteadOfExit(program)
    await program.parseAsync([...argv])
    return exit
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? Exit.ok : Exit.usage
    if (!(error instanceof DrPlayError)) throw error
    process.stderr.write(`${errorLines(error, hasColour(process.stderr)).join('\n')}\n`)
    return error instanceof Interrupted ? Exit.interrupted : Exit.usage
  }
}

/** The lab's code is loaded only when it is asked for. */
async function labCommandOf(
  argv: readonly string[],
  done: (exit: number) => void,
): Promise<Command> {
  if (argv[2] === 'lab') return (await import('./lab.js')).labCommand(done)
  return new Command('lab').description('a real cluster on this machine, in network namespaces')
}

function build(done: (exit: number) => void, lab: Command): Command {
  return playFlags(new Command('dr-play'))
    .description(
      'Brings the hosts of an LVS direct-routing cluster into the state that a playbook describes.',
    )
    .version(packageVersion(), '--version')
    .showHelpAfterError('(dr-play --help lists the options)')
    .enablePositionalOptions()
    .action(async (playbooks: string[], flags: PlayFlags) => {
      const { play } = await import('./play.js')
      done(await play(playbooks, flags))
    })
    .addCommand(lab)
    .addCommand(inventoryCommand(done))
    .addCommand(explainCommand(done))
    .addCommand(lintCommand(done))
    .addCommand(importCommand(done))
    .addCommand(statusCommand(done))
    .addCommand(verifyCommand(done))
    .addCommand(whyCommand(done))
    .addCommand(
      new Command('demo')
        .description('the reference cluster, built in a lab and tried from a client')
        .option('--name <name>', "the lab's name (lab)")
        .action(async ({ name }: { name?: string }) => {
          const { demo } = await import('./demo.js')
          done(await demo(name))
        }),
    )
    .addCommand(workerCommand(done))
    .addCommand(schemaCommand())
}

function throwInsteadOfExit(command: Command): void {
  command.exitOverride()
  for (const each of command.commands) throwInsteadOfExit(each)
}

function workerCommand(done: (exit: number) => void): Command {
  return queueFlags(new Command('worker'), 'where the runs are (required): redis://HOST:PORT')
    .description('does the work of runs that are started with --queue')
    .option('--private-key <file>', 'log in with this key, rather than the one the run names')
    .option('--known-hosts <file>', 'known hosts, instead of ~/.ssh/known_hosts')
    .action(async (flags: WorkerFlags) => {
      const { worker } = await import('./worker.js')
      done(await worker(flags))
    })
}

function schemaCommand(): Command {
  const kinds: readonly SchemaKind[] = ['playbook', 'tasks', 'vars', 'role']
  return new Command('schema')
    .description('prints the JSON Schema that an editor checks YAML files with')
    .addArgument(new Argument('[kind]', 'of which files').choices(kinds).default('playbook'))
    .argument('[name]', 'the role, for schema role NAME')
    .action(async (kind: SchemaKind, name: string | undefined) => {
      const { schemaText } = await import('./schema.js')
      process.stdout.write(schemaText(kind, name))
    })
}

function lintCommand(done: (exit: number) => void): Command {
  return inputFlags(vaultFlags(new Command('lint')))
    .description('checks playbook, inventory and the topology of the cluster, without any host')
    .argument('[playbook]', 'looked for as for a run', 'site.yml')
    .addOption(
      new Option('-o, --output <form>', 'how to report')
        .choices(['text', 'json', 'sarif'])
        .default('text'),
    )
    .option('--strict', 'fail on warnings, too')
    .option('--list-rules', 'list all rules as a table in Markdown, and stop')
    .action(async (playbook: string, flags: LintFlags) => {
      const { lint } = await import('./lint.js')
      done(await lint(playbook, flags))
    })
}

/** The flags of a run, named as ansible-playbook names them. */
function playFlags(command: Command): Command {
  const tags = (value: string, before: string[] = []) => [...before, ...value.split(',')]
  const queued = 'have the workers of this Redis do it (dr-play worker): redis://HOST:PORT'
  return queueFlags(connectionFlags(inputFlags(vaultFlags(command))), queued)
    .argument(
      '<playbook...>',
      'such as site.yml; looked for here, in ./playbooks, and among those shipped',
    )
    .option('-C, --check', 'change nothing; say what would change')
    .option('--check-hosts <pattern>', 'check these hosts only; the others are brought into state')
    .option('-D, --diff', 'show what changes in files, as unified diffs')
    .option('-t, --tags <tags>', 'only tasks with these tags', tags)
    .option('--skip-tags <tags>', 'no tasks with these tags', tags)
    .addOption(
      new Option('-o, --output <form>', 'how to report; auto: live rows on a terminal, else lines')
        .choices(['auto', 'live', 'plain', 'json'])
        .default('auto'),
    )
    .option('-v, --verbose', 'show also what is in state, and which files were taken')
    .option('--list-hosts', 'list the hosts of each play, and stop')
    .option('--list-tasks', 'list the tasks of each play, and stop')
    .option('--list-tags', 'list the tags of each play, and stop')
    .option('--start-at-task <name>', 'leave out what stands before this task')
    .option('--step', 'ask before each task: (N)o, (y)es, (c)ontinue to the end of the batch')
    .option('--syntax-check', 'check everything that can be checked here, and stop')
}
