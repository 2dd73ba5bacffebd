import { TaskFailed } from '../core/errors.js'
import type { Change, Resource } from '../core/resource.js'
import { lines, sh, type Sh } from '../core/sh.js'
import { arpFunctions } from '../lvs/arp-question.js'
import { isIpv4 } from '../lvs/ip.js'
import { tryFor } from './waiting.js'

interface Args {
  address: string
  from?: string | string[]
  not_from?: string | string[]
  timeout?: number | string
}

interface Want {
  address: string
  /** only: somebody of them must answer, and nobody else. not: they must not; others may. */
  rule: 'only' | 'not'
  /** MACs, or addresses that stand for the MACs which answer for them. */
  who: string[]
  seconds: number
}

interface Have {
  /** Why nobody could be asked. */
  why: string | undefined
  answered: string[]
  /** The MACs that were meant. */
  meant: string[]
}

/** Asks the host's segment who has an address, and checks who answers. */
export const arpAnswers: Resource<Args, Want, Have> = {
  type: 'arp_answers',
  about: 'Asks by ARP who has an address, from the host itself, and checks who answers.',
  schema: {
    type: 'object',
    properties: {
      address: { type: 'string', description: 'The address that is asked for: the VIP.' },
      from: {
        anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
        description:
          'Who alone may answer, and somebody must: MACs, or addresses of their own; or nobody.',
      },
      not_from: {
        anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
        description: 'Who must not answer: MACs, or addresses of their own. Others may.',
      },
      timeout: {
        anyOf: [
          { type: 'integer', minimum: 1 },
          { type: 'string', pattern: '^[1-9][0-9]*$' },
        ],
        default: 5,
        description: 'Seconds after which the answers must have been as wanted.',
      },
    },
    required: ['address'],
    oneOf: [{ required: ['from'] }, { required: ['not_from'] }],
    additionalProperties: false,
  },

  want({ address, from, not_from, timeout = 5 }) {
    if (!isIpv4(address)) throw new TaskFailed(`arp_answers: "${address}" is no IPv4 address`)
    const named = [from ?? not_from ?? []].flat()
    const who = from === 'nobody' ? [] : named.map((one) => one.toLowerCase())
    for (const one of who) {
      if (MAC.test(one) || (isIpv4(one) && one !== address)) continue
      throw new TaskFailed(`arp_answers: "${one}" is no MAC and no other address`)
    }
    if (from === undefined && who.length === 0) {
      throw new TaskFailed('arp_answers: not_from names nobody')
    }
    return { address, rule: from === undefined ? 'not' : 'only', who, seconds: Number(timeout) }
  },

  // To ask the same twice is no clash.
  key: (want) => JSON.stringify(want),

  probe: (wants) =>
    lines([
      arpFunctions,
      ...wants.map((want) => sh`${ask(want)}; printf '%s;%s;%s\n' "$why" "$answered" "$meant"`),
    ]),

  read(stdout, wants) {
    const found = stdout.split('\n')
    return wants.map((_, i) => {
      const [why = '', answered = '', meant = ''] = (found[i] ?? '').split(';')
      const macs = (text: string) => text.split(' ').filter(Boolean)
      return { why: why || undefined, answered: macs(answered), meant: macs(meant) }
    })
  },

  plan(want, { why, answered, meant }) {
    if (why !== undefined) return [wait(want)]
    const others = answered.filter((mac) => !meant.includes(mac))
    const isSo =
      want.rule === 'not'
        ? others.length === answered.length
        : others.length === 0 && answered.length > 0 === want.who.length > 0
    return isSo ? [] : [wait(want)]
  },

  result: (_, { answered }) => ({ answered }),
}

const MAC = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/

function wait(want: Want): Change {
  const { address, rule, who, seconds } = want
  const isNot = rule === 'not'
  const names = who.join(', ')
  const what = isNot ? `not by ${names}` : who.length === 0 ? 'by nobody' : `by ${names} alone`
  const wrong = sh`must_not=$mac`
  const [meant, other] = isNot ? [wrong, sh`:`] : [sh`:`, wrong]
  return {
    summary: `wait until ARP for ${address} is answered ${what}, ${seconds} s at most`,
    wait: true,
    run: lines([
      arpFunctions,
      sh`wanted() {
  ${ask(want)}
  [ -z "$why" ] || { printf '%s\n' "$why" >&2; exit 1; }
  must_not=
  for mac in $answered; do
    case " $meant " in *" $mac "*) ${meant} ;; *) ${other} ;; esac
  done
  [ -z "$must_not" ]${who.length > 0 && !isNot ? sh` && [ "$answered" ]` : sh``}
}`,
      tryFor(
        seconds,
        sh`wanted`,
        sh`printf 'ARP for %s must be answered %s; after %s s it is answered by %s\n' \
      ${address} ${what} ${seconds} "\${answered:-nobody}" >&2`,
      ),
    ]),
  }
}

/** Sets why, or else answered and meant. */
function ask({ address, who }: Want): Sh {
  const meant = who.filter((one) => MAC.test(one)).join(' ')
  const looks = who
    .filter((one) => !MAC.test(one))
    .map(
      (one) => sh`mac=$(arp_asks ${one} -f)
    meant="$meant $mac"
    [ "$mac" ] || why=${`nobody answers ARP for ${one}`}`,
    )
  return sh`answered=
  meant=${meant}
  if arp_way ${address}; then
    answered=$(arp_asks ${address})
    ${lines([sh`:`, ...looks])}
  fi`
}
