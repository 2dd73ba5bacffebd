import { join } from 'node:path'
import { DrPlayError, Interrupted } from '../core/errors.js'
import type { Lab } from '../lab/lab.js'
import { DEFAULT_NAME, macOf } from '../lab/spec.js'
import { onInterrupt } from './interrupt.js'
import { inController, labUp } from './lab.js'
import { packageDir } from './package-dir.js'

const REQUESTS = 12
const say = (text: string): void => void process.stdout.write(`${text}\n`)
const title = (text: string): void => say(`\n== ${text}`)

/**
 * The reference cluster from nothing, on this machine: built, brought into state, brought
 * into state again, and tried from a client. The lab stays up when all went well.
 */
export async function demo(): Promise<number> {
  title('a lab: one director with real IPVS, two real servers, a client, a controller')
  const { lab, inventory, vips } = await labUp({
    inventory: [],
    name: DEFAULT_NAME,
    flavor: 'debian',
  })
  const { signal, release } = onInterrupt()
  try {
    const run = () => {
      if (signal.aborted) throw new Interrupted()
      return inController(lab, [
        'dr-play',
        join(packageDir, 'playbooks', 'site.yml'),
        '-i',
        inventory,
      ])
    }
    title(`dr-play site.yml -i ${inventory}`)
    expectOk(await run())
    title('the same again: nothing is left to do')
    expectOk(await run())
    await showTraffic(lab, vips[0]!, signal)
  } catch (error) {
    await lab.down()
    throw signal.aborted ? new Interrupted() : error
  } finally {
    release()
  }
  goOn(inventory)
  return 0
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

function goOn(inventory: string): void {
  title('it stays up: play on')
  say('npm run lab -- shell rs1                      look around on a host')
  say('npm run lab -- client curl -s http://192.168.139.6/')
  say(`npm run lab -- run -- dr-play site.yml -i ${inventory} --check --diff`)
  say('npm run lab -- down                           end it')
}

function expectOk(exit: number): void {
  if (exit !== 0)
    throw new DrPlayError(`dr-play ended with exit code ${exit}`, 'what it said is above')
}
