import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { dropOf, type Firewall, type Packet } from '../../src/lvs/firewall.js'
import { parseIptables } from '../../src/lvs/firewall-iptables.js'
import { firewallQuestion, readFirewall } from '../../src/lvs/firewall-look.js'
import { canMakeNetns, makeNetns, type Netns } from '../support/netns.js'
import { serve, type Server } from '../support/server.js'

const VIP = '192.168.139.6'
const CLIENT = '192.168.139.251'

const packet: Packet = {
  protocol: 'tcp',
  from: CLIENT,
  to: VIP,
  sourcePort: undefined,
  port: 80,
  in: 'eth0',
  out: undefined,
  state: 'new',
}
const reply: Packet = {
  ...packet,
  from: VIP,
  to: CLIENT,
  sourcePort: 80,
  port: undefined,
  in: undefined,
  out: 'eth0',
  state: 'established',
}

/** Whether a request gets to the server and its answer back, as the rules read. */
function passes(firewall: Firewall): boolean {
  return (
    dropOf(firewall, ['ingress', 'prerouting', 'input'], packet) === undefined &&
    dropOf(firewall, ['output', 'postrouting'], reply) === undefined
  )
}

/** Rules, and whether a client gets its answer: the kernel itself is asked, too. */
const nft: [string, string, boolean][] = [
  ['nothing', '', true],
  [
    'a rule for the VIP',
    'chain c { type filter hook input priority 0; ip daddr 192.168.139.6 drop; }',
    false,
  ],
  [
    'a rule for another',
    'chain c { type filter hook input priority 0; ip daddr 192.168.139.7 drop; }',
    true,
  ],
  ['its port', 'chain c { type filter hook input priority 0; tcp dport 80 reject; }', false],
  ['another port', 'chain c { type filter hook input priority 0; tcp dport != 80 drop; }', true],
  ['its port as udp', 'chain c { type filter hook input priority 0; udp dport 80 drop; }', true],
  [
    'a range',
    'chain c { type filter hook input priority 0; th dport 1-1024 counter drop; }',
    false,
  ],
  ['a policy', 'chain c { type filter hook input priority 0; policy drop; }', false],
  [
    'a policy, and a set of ports that is let in',
    'chain c { type filter hook input priority 0; policy drop; tcp dport { 22, 80 } accept; }',
    true,
  ],
  [
    'a named set that has the VIP',
    `set s { type ipv4_addr; flags interval; elements = { 192.168.139.0/29, 10.0.0.1 }; }
     chain c { type filter hook input priority 0; ip daddr @s drop; }`,
    false,
  ],
  [
    'the later of two chains',
    `chain a { type filter hook input priority 0; tcp dport 80 accept; }
     chain b { type filter hook input priority 10; tcp dport 80 drop; }`,
    false,
  ],
  [
    'as firewalld has it',
    `chain c { type filter hook input priority 10; policy accept;
       ct state { established, related } accept; iifname "lo" accept; jump zones; reject with icmpx admin-prohibited; }
     chain zones { iifname "eth0" goto public; }
     chain public { tcp dport 22 ct state { new, untracked } accept; }`,
    false,
  ],
  [
    'the same with the service let in',
    `chain c { type filter hook input priority 10; policy accept;
       ct state { established, related } accept; iifname "lo" accept; jump zones; reject with icmpx admin-prohibited; }
     chain zones { iifname "eth0" goto public; }
     chain public { tcp dport 80 ct state { new, untracked } accept; }`,
    true,
  ],
  [
    'a verdict map',
    'chain c { type filter hook input priority 0; tcp dport vmap { 22 : accept, 80 : drop }; }',
    false,
  ],
  [
    'states by a verdict map',
    'chain c { type filter hook input priority 0; ct state vmap { established : accept, invalid : drop }; }',
    true,
  ],
  ['the interface', 'chain c { type filter hook input priority 0; iifname != "lo" drop; }', false],
  [
    'before routing',
    'chain c { type filter hook prerouting priority -300; ip saddr 192.168.139.251 drop; }',
    false,
  ],
  [
    'the answer',
    'chain c { type filter hook output priority 0; ip saddr 192.168.139.6 drop; }',
    false,
  ],
  [
    'the answer of others',
    'chain c { type filter hook output priority 0; tcp sport 8080 drop; }',
    true,
  ],
  [
    'a chain that goes back',
    'chain c { type filter hook input priority 0; jump d; drop; }  chain d { return; }',
    false,
  ],
  [
    'a chain of its own',
    'chain c { type filter hook input priority 0; goto d; } chain d { accept; }',
    true,
  ],
]

const iptables: [string, string, boolean][] = [
  ['nothing', '', true],
  ['a rule for the VIP', '-A INPUT -d 192.168.139.6 -j DROP', false],
  ['not the VIP', '-A INPUT ! -d 192.168.139.6 -j DROP', true],
  ['its port', '-A INPUT -p tcp -m tcp --dport 80 -j REJECT', false],
  ['a list of ports', '-A INPUT -p tcp -m multiport --dports 443,79:81 -j DROP', false],
  ['another protocol', '-A INPUT -p udp --dport 80 -j DROP', true],
  ['a policy', '-P INPUT DROP', false],
  [
    'a policy, and the service let in',
    '-P INPUT DROP\n-A INPUT -p tcp --dport 80 -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT',
    true,
  ],
  [
    'only what is established',
    '-P INPUT DROP\n-A INPUT -m state --state ESTABLISHED -j ACCEPT',
    false,
  ],
  [
    'a chain',
    '-N web\n-A INPUT -i eth+ -j web\n-A web -m comment --comment "not -j ACCEPT" -j DROP',
    false,
  ],
  [
    'a chain that goes back',
    '-N web\n-A INPUT -j web\n-A web -s 192.168.139.0/24 -j RETURN\n-A web -j DROP',
    true,
  ],
  ['SYN', '-A INPUT -p tcp --syn -j DROP', false],
  ['what is not SYN', '-A INPUT -p tcp ! --syn -m state --state NEW -j DROP', true],
  ['the answer', '-A OUTPUT -p tcp --sport 80 -j DROP', false],
  ['another interface', '-A INPUT -i lo -j DROP', true],
]

describe.runIf(canMakeNetns)('rules say what the kernel does', () => {
  let netns: Netns
  let server: Server
  beforeAll(async () => {
    netns = makeNetns()
    netns.run(`ip addr add 192.168.139.2/24 dev eth0; ip addr add ${VIP}/32 dev lo`)
    netns.peer(`ip addr add ${CLIENT}/24 dev eth0`)
    server = await serve(
      netns,
      `require('node:http').createServer((_, response) => response.end('here'))
        .listen(80, '${VIP}', () => console.log('listening'))`,
    )
  })
  afterAll(async () => {
    await server.stop()
    netns.remove()
  })
  beforeEach(() => netns.run('nft flush ruleset'))

  const look = () => {
    const firewall = readFirewall(netns.run(firewallQuestion.text))
    if (typeof firewall === 'string') throw new Error(firewall)
    return firewall
  }
  const gets = () =>
    netns.peer(`curl -s -m 0.4 --connect-timeout 0.4 http://${VIP}/ || :`) === 'here'

  it.each(nft)('nft: %s', (_, rules, passing) => {
    netns.run(`nft 'table inet t {\n${rules.replaceAll(' chain ', '\nchain ')}\n}'`)
    expect(passes(look())).toBe(passing)
    expect(gets()).toBe(passing)
  })

  it.each(['legacy', 'nft'].flatMap((kind) => iptables.map((row) => [kind, ...row] as const)))(
    'iptables-%s: %s',
    (kind, _, rules, passing) => {
      const call = `iptables-${kind}`
      const clear = `${call} -P INPUT ACCEPT; ${call} -F; ${call} -X`
      netns.run(clear)
      for (const rule of rules.split('\n').filter(Boolean)) netns.run(`${call} ${rule}`)
      const seen = passes(look())
      const got = gets()
      netns.run(clear)
      expect(seen).toBe(passing)
      expect(got).toBe(passing)
    },
  )
})

describe('what only the kernel can tell', () => {
  const dropIn = (rules: string) =>
    dropOf(
      parseIptables(`*filter\n:INPUT ACCEPT [0:0]\n:web - [0:0]\n${rules}\n`),
      ['input'],
      packet,
    )

  it.each([
    ['-A INPUT -m set --match-set bad src -j DROP', false],
    ['[7:420] -A INPUT -p tcp -j DROP', true],
    ['-A INPUT -m limit --limit 1/sec -j ACCEPT\n-A INPUT -j DROP', false],
    ['-A INPUT -m set --match-set bad src -j web\n-A web -j DROP', false],
    ['-A INPUT -m set --match-set bad src -j web\n-A web -j RETURN\n-A INPUT -j DROP', true],
    ['-A INPUT -j web\n-A web -m set --match-set good src -j RETURN\n-A web -j DROP', false],
    ['-A INPUT -m set --match-set bad src -j DROP\n-A INPUT -d 192.168.139.6/32 -j DROP', false],
  ])('%s: certain: %s', (rules, certain) => {
    expect(dropIn(rules)).toMatchObject({
      certain,
      chain: expect.stringContaining('filter') as string,
    })
  })

  it('the rule, its chain and its count are named', () => {
    expect(dropIn('[7:420] -A INPUT -d 192.168.139.6/32 -j DROP')).toEqual({
      certain: true,
      chain: 'filter INPUT',
      rule: 'iptables -A INPUT -d 192.168.139.6/32 -j DROP',
      packets: 7,
    })
  })

  it('chains that jump to each other end', () => {
    expect(dropIn('-A INPUT -j web\n-A web -j INPUT')).toBeUndefined()
  })
})
