import { join } from 'node:path'
import { DrPlayError, Interrupted } from '../core/errors.js'
import type { Lab } from '../lab/lab.js'
import { installedText } from '../lab/packages.js'
import { withSbin } from '../lab/sbin.js'
import { DEFAULT_NAME, macOf } from '../lab/spec.js'
import { clearingUp } from './interrupt.js'
import { type Built, commandsFor, inController, labUp } from './lab.js'
import { packageDir } from './package-dir.js'

const REQUESTS = 12
const say = (text: string): void => void process.stdout.write(`${text}\n`)
const complain = (text: string): void => void process.stderr.write(`${text}\n`)
const title = (text: string): void => say(`\n== ${text}`)

/**
 * The reference cluster from nothing, on this machine: built, brought into state, brought
 * into state again, and tried from a client. The lab stays up when all went well.
 */
export async function demo(name = DEFAULT_NAME): Promise<number> {
  process.env.PATH = withSbin(process.env.PATH)
  const built = await clearingUp((signal) => tried(name, signal), complain)
  goOn(name, built)
  return 0
}

async function tried(name: string, signal: AbortSignal): Promise<Built> {
  title('a lab: one director with real IPVS, two real servers, a client, a controller')
  const built = await labUp({ inventory: [], name, flavor: 'debian' }, signal)
  const { lab, inventory, vips } = built
  try {
    const playbook = join(packageDir, 'playbooks', 'site.yml')
    const run = () => {
      if (signal.aborted) throw new Interrupted()
      return inController(lab, ['dr-play', playbook, '-i', inventory])
    }
    title(`dr-play site.yml -i ${inventory}`)
    expectOk(await run())
    title('the same again: nothing is left to do')
    expectOk(await run())
    await showTraffic(lab, vips[0]!, signal)
    return built
  } catch (error) {
    complain('clearing the lab away')
    await lab.down()
    throw signal.aborted ? new Interrupted() : error
  }
}

async function showTraffic(lab: Lab, vip: string, signal: AbortSignal): Promise<void> {
  title(`${REQUESTS} requests from the client to http://${vip}/`)
  const script = `for i in $(seq ${REQUESTS}); do curl -sS -m 5 http://${vip}/ | grep -o '<h1>.*</h1>' || echo nobody; done`
  const answers = await lab.client(['sh', '-c', script], { signal })
  const pages = answers.stdout
    .trim()
    .split('\n')
    .map((line) => line.replace(/<\/?h1>/g, ''))
  for (const page of [...new Set(pages)].sort()) {
    say(`${page}: ${pages.filter((each) => each === page).length}`)
  }
  title(`who answers ARP for ${vip}`)
  const arping = await lab.client(['arping', '-b', '-c', '3', '-I', 'eth0', vip], { signal })
  const macs = new Set(
    arping.stdout.match(/(?<=\[)[0-9A-F:]{17}(?=\])/gi)?.map((mac) => mac.toLowerCase()),
  )
  for (const mac of macs) {
    say(
      `${mac} ${lab.plan.hosts.find(({ address }) => macOf(address) === mac)?.name ?? 'a stranger'}`,
    )
  }
  title('ipvsadm -L -n --stats, on the director')
  const director = lab.plan.hosts.find(({ role }) => role === 'director')!
  // The kernel's estimator brings the counters up to date every two seconds.
  const stats = await lab.exec(director.name, ['sh', '-c', 'sleep 2; ipvsadm -L -n --stats'], {
    signal,
  })
  say(stats.stdout.trimEnd())
}

function goOn(name: string, { inventory, installed, vips }: Built): void {
  const { shell, client, run, down } = commandsFor(name)
  title('it stays up: play on')
  say(`${shell('rs1')}   # look around on a host`)
  say(client(`curl -s http://${vips[0]!}/`))
  say(run(`dr-play site.yml -i ${inventory} --check --diff`))
  say(`${down}   # end it`)
  if (installed.asked.length === 0) return
  title('what was installed on this machine')
  say(`${installedText(installed)}. None of their services starts by itself.`)
  say(`apt-get autoremove --purge ${installed.asked.join(' ')}   # take them away again`)
}

function expectOk(exit: number): void {
  if (exit !== 0)
    throw new DrPlayError(`dr-play ended with exit code ${exit}`, 'what it said is above')
}
