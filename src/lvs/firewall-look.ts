import { sh } from '../core/sh.js'
import type { Chain, Firewall } from './firewall.js'
import { parseIptables } from './firewall-iptables.js'
import { parseNft } from './firewall-nft.js'

/**
 * Prints a host's firewall rules, of every kind that the running kernel has; no tool is called
 * that would load a module. nft does not show what it has of iptables' own extensions, so
 * iptables is asked for those. Only root may look.
 */
export const firewallQuestion = sh`[ "$(id -u)" = 0 ] || { echo '@why only root may see the firewall'; exit; }
if [ ! -e /proc/modules ] || grep -qs '^nf_tables ' /proc/modules ||
  grep -qs '/nf_tables\\.ko' "/lib/modules/$(uname -r)/modules.builtin"
then
  if ! command -v nft >/dev/null; then
    for tool in iptables-nft-save iptables-save; do
      command -v $tool >/dev/null && { echo @iptables; $tool -c; break; }
    done
  elif rules=$(nft -j list ruleset 2>&1); then
    printf '@nft\n%s\n' "$rules"
    case $rules in *'"xt"'*)
      echo @iptables
      iptables-nft-save -c 2>/dev/null || iptables-save -c || :
    esac
  else
    printf '@why nft: %s\n' "\${rules##*: }"
  fi
fi
if read -r _ 2>/dev/null </proc/net/ip_tables_names; then
  echo @legacy
  iptables-legacy-save -c 2>/dev/null || iptables-save -c || echo '@why there is no iptables-save to see the rules by'
fi`

/** @returns in one sentence why they cannot be seen, where that is so */
export function readFirewall(stdout: string): Firewall | string {
  const sections = new Map<string, string>()
  for (const part of stdout.split(/^@/m).slice(1)) {
    const [, name = '', text = ''] = /^(\w+)\s?([^]*)$/.exec(part) ?? []
    sections.set(name, text)
  }
  const why = sections.get('why')
  if (why !== undefined) return why.trim()
  const own = sections.get('iptables')
  const nft = sections.get('nft')
  const shown: readonly Chain[] = nft === undefined ? [] : parseNft(nft).chains
  return {
    chains: [
      ...(own === undefined ? shown : shown.filter(({ table }) => !OF_IPTABLES.test(table))),
      ...parseIptables(own ?? '').chains,
      ...parseIptables(sections.get('legacy') ?? '', 'legacy ').chains,
    ],
  }
}

const OF_IPTABLES = /^ip (raw|mangle|filter|security)$/
