import { Exit, InputError } from '../core/errors.js'
import { isIpv4 } from '../lvs/ip.js'
import { concerning, type Hop, hopsOf, inventoryHop } from '../lvs/why.js'
import { type ClusterFlags, clusterSite } from './cluster-hosts.js'
import { observing } from './observe-cluster.js'
import { hasColour } from './terminal.js'
import { hiding } from './vault.js'
import { wantedOf } from './wanted.js'
import { whyText } from './why-text.js'

/** The flags of `dr-play why`, as commander hands them over. */
export interface WhyFlags extends ClusterFlags {
  output: 'text' | 'json'
}

/** Walks the way to a VIP, and names the first hop that is broken. @returns the exit code */
export async function why(asked: string, playbook: string, flags: WhyFlags): Promise<number> {
  const { vip, port } = endpointOf(asked)
  const cluster = await clusterSite(`why ${asked}`, playbook, flags)
  const all = await hiding(cluster.vault, () => wantedOf(cluster))
  const wanted = concerning(all, vip, port)
  const first = inventoryHop(wanted, all, asked)
  const { hops, unreachable } =
    first.verdict === 'fail' ? { hops: [], unreachable: new Map<string, string>() } : await walk()
  async function walk() {
    const observed = await observing(cluster, wanted, flags)
    return { hops: hopsOf(observed), unreachable: observed.unreachable }
  }
  const way = [first, ...hops]
  const broken = way.find(({ verdict }) => verdict === 'fail')
  const exit = unreachable.size > 0 ? Exit.unreachable : broken ? Exit.failed : Exit.ok
  process.stdout.write(
    flags.output === 'json'
      ? asJson(asked, way, broken, unreachable, exit)
      : whyText(asked, way, unreachable, {
          colour: hasColour(process.stdout),
          verbose: false,
          columns: process.stdout.columns || 100,
        }),
  )
  return exit
}

/** @throws InputError for what is no VIP, or no port */
function endpointOf(text: string): { vip: string; port: number | undefined } {
  const [vip = '', digits, ...rest] = text.split(':')
  const port = digits === undefined ? undefined : Number(digits)
  const isPort = digits === undefined || (/^\d+$/.test(digits) && port! >= 1 && port! <= 65535)
  if (isIpv4(vip) && isPort && rest.length === 0) return { vip, port }
  const hint = 'write 192.168.139.6, or 192.168.139.6:80'
  throw new InputError(undefined, `"${text}" is no VIP, nor a VIP and a port`, hint)
}

function asJson(
  asked: string,
  hops: readonly Hop[],
  broken: Hop | undefined,
  unreachable: ReadonlyMap<string, string>,
  exit: number,
): string {
  const document = {
    asked,
    hops: hops.map(({ id, title, verdict, findings }) => ({
      hop: id,
      title,
      verdict,
      findings: findings.map(({ fix, ...finding }) => {
        return finding.verdict === 'ok' ? finding : { ...finding, fix }
      }),
    })),
    broken: broken?.id ?? null,
    unreachable: [...unreachable].map(([host, message]) => ({ host, message })),
    exit,
  }
  return `${JSON.stringify(document, undefined, 2)}\n`
}
