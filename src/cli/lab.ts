import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { Command, Option } from 'commander'
import { DrPlayError, InputError } from '../core/errors.js'
import { quote } from '../core/sh.js'
import { down, type Lab, open } from '../lab/lab.js'
import { chooseKernel } from '../lab/kernel.js'
import { whyNot } from '../lab/needs.js'
import { ownCommand } from '../lab/own-command.js'
import {
  type Installed,
  installPackages,
  missingPackages,
  newPackages,
  packagesHere,
} from '../lab/packages.js'
import { withSbin } from '../lab/sbin.js'
import { DEFAULT_NAME, type Flavor, type LabSpec } from '../lab/spec.js'
import { pathsOf } from '../lab/state.js'
import { PRELOAD_MODES, type PreloadMode } from '../lab/uml/prepare.js'
import { up } from '../lab/up.js'
import { clearingUp } from './interrupt.js'
import { labInventory, readCluster } from './lab-inventory.js'
import { loadCommand } from './lab-load.js'
import { packageDir } from './package-dir.js'

export interface UpFlags {
  inventory: string[]
  name: string
  flavor: Flavor
  systemd?: boolean
  kernel?: LabSpec['kernel']
}

const say = (line: string): void => void process.stderr.write(`${line}\n`)
const EXAMPLE = join(packageDir, 'inventory.example.ini')

/** `dr-play lab ...`: see docs/lab.md. */
export function labCommand(done: (exit: number) => void): Command {
  process.env.PATH = withSbin(process.env.PATH)
  const lab = new Command('lab')
    .enablePositionalOptions()
    .description('a real cluster on this machine, in network namespaces')
  const add = (usage: string, about: string) =>
    lab.command(usage).description(about).option('--name <name>', 'which lab', DEFAULT_NAME)
  /** A command for some host, whose own options are not ours. */
  const through = (usage: string, about: string) => add(usage, about).passThroughOptions()
  const list = (value: string, before: string[]) => [...before, value]

  add('up', 'build the hosts that an inventory names, and boot them')
    .option('-i, --inventory <path>', 'the inventory (the reference cluster)', list, [])
    .option('--flavor <flavor>', 'debian, or el for hosts dressed as EL7', 'debian')
    .option('--systemd', 'boot every host with systemd')
    .addOption(
      new Option('--kernel <kernel>', "the director's: this machine's own, or User Mode Linux")
        .choices(['auto', 'host', 'uml'])
        .default('auto'),
    )
    .action(async (flags: UpFlags) => {
      const { lab: built, inventory } = await clearingUp((signal) => labUp(flags, signal), say)
      say(`the lab "${flags.name}" is up; its inventory: ${inventory}`)
      const { run } = commandsFor(flags.name)
      say(`go on with: ${run(`dr-play site.yml -i ${inventory}`)}`)
      say(`hosts: ${built.plan.hosts.map(({ name }) => name).join(', ')}`)
    })
  add('status', 'the hosts of a lab, and whether they answer').action(
    async ({ name }: { name: string }) => {
      const hosts = await open(name).status()
      for (const { name: host, address, role, answers } of hosts) {
        process.stdout.write(`${host}\t${address}\t${role}\t${answers ? 'up' : 'no answer'}\n`)
      }
      done(hosts.every(({ answers }) => answers) ? 0 : 1)
    },
  )
  add('shell <host>', 'a root shell on a host').action(
    async (host: string, { name }: { name: string }) => done(await open(name).shell(host)),
  )
  through('exec <host> <command...>', 'run a command on a host').action(
    async (host: string, command: string[], { name }: { name: string }) => {
      const { status, stdout, stderr } = await open(name).exec(host, bare(command))
      process.stdout.write(stdout)
      process.stderr.write(stderr)
      done(status)
    },
  )
  through(
    'run <command...>',
    'run a command in the controller, from which dr-play reaches the hosts',
  ).action(async (command: string[], { name }: { name: string }) =>
    done(await inController(open(name), bare(command))),
  )
  through('client <command...>', 'run a command in the client, a third host').action(
    async (command: string[], { name }: { name: string }) =>
      done(await open(name).attach('client', bare(command))),
  )
  loadCommand(add('load', 'put a load on the VIP from the client; what it saw, as JSON'), done)
  add('down', 'end a lab and remove all that was made for it').action(
    async ({ name }: { name: string }) => {
      const was = await clearingUp(() => down(name), say)
      say(was ? `the lab "${name}" is gone` : `there is no lab named "${name}"`)
    },
  )
  return lab
}

/** `exec rs1 -- ls` and `exec rs1 ls` are the same. */
function bare(command: readonly string[]): readonly string[] {
  return command[0] === '--' ? command.slice(1) : command
}

/** What is done with a lab of that name, as the user types it. */
export function commandsFor(name: string) {
  const option = name === DEFAULT_NAME ? '' : ` --name ${name}`
  return {
    shell: (host: string) => ownCommand(`lab shell${option} ${host}`),
    client: (command: string) => ownCommand(`lab client${option} -- ${command}`),
    run: (command: string) => ownCommand(`lab run${option} -- ${command}`),
    down: ownCommand(`lab down${option}`),
  }
}

export interface Built {
  lab: Lab
  inventory: string
  vips: string[]
  installed: Installed
}

/** Builds a lab of an inventory, installing the packages it needs. */
export async function labUp(flags: UpFlags, signal: AbortSignal): Promise<Built> {
  if (!['debian', 'el'].includes(flags.flavor)) {
    throw new InputError(undefined, `there is no flavor "${flags.flavor}"`, 'one of: debian, el')
  }
  const cluster = readCluster(flags.inventory.length > 0 ? flags.inventory : [EXAMPLE])
  const reason = whyNot(undefined, flags.kernel)
  if (reason !== undefined) throw new DrPlayError(reason)
  const kernel = chooseKernel(flags.kernel)
  const { name, flavor } = flags
  const systemd = flags.systemd ?? false
  const before = packagesHere()
  const missing = missingPackages({ systemd: systemd || flavor === 'el', kernel })
  await installPackages(missing, say, signal)
  const spec = { name, hosts: cluster.hosts, flavor, systemd, kernel, reserved: cluster.vips }
  const lab = await up(spec, { log: say, signal, preload: preloadMode() })
  const inventory = join(pathsOf(name).root, 'inventory.yml')
  writeFileSync(inventory, labInventory(cluster, lab))
  return { lab, inventory, vips: cluster.vips, installed: newPackages(before) }
}

/** For trying what a processor does without the library, or with it; see docs/lab.md. */
function preloadMode(): PreloadMode | undefined {
  const given = process.env.DR_PLAY_LAB_PRELOAD
  const mode = PRELOAD_MODES.find((each) => each === given)
  if (given === undefined || mode !== undefined) return mode
  const hint = `one of: ${PRELOAD_MODES.join(', ')}`
  throw new InputError(undefined, `DR_PLAY_LAB_PRELOAD is "${given}"`, hint)
}

/** Runs a command in the controller, where `dr-play` is this very program. */
export function inController(lab: Lab, command: readonly string[]): Promise<number> {
  const bin = join(pathsOf(lab.plan.name).root, 'bin')
  mkdirSync(bin, { recursive: true })
  const launcher = join(bin, 'dr-play')
  const program = [process.execPath, join(packageDir, 'dist', 'main.js')].map(quote).join(' ')
  writeFileSync(launcher, `#!/bin/sh\nexec ${program} "$@"\n`)
  chmodSync(launcher, 0o755)
  const path = [bin, process.env.PATH].join(delimiter)
  return lab.attach('controller', command, { env: { ...process.env, PATH: path } })
}
