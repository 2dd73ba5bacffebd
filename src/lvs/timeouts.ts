import { InputError } from '../core/errors.js'

/** Seconds that a connection may be idle; in the order that ipvsadm --set takes them. */
export const timeoutNames = ['tcp', 'tcpfin', 'udp'] as const
/** 0 leaves the timeout as it is, as it does for ipvsadm. */
export type Timeouts = Record<(typeof timeoutNames)[number], number>

/** ipvsadm takes no more: 31 days. */
export const MOST = 31 * 86400

/** The variable `ipvs_timeouts`. @throws InputError for what is no map of seconds */
export function timeoutsOf(value: unknown): Timeouts {
  const given = (value ?? {}) as Readonly<Record<string, unknown>>
  const [tcp, tcpfin, udp] = timeoutNames.map((name) => seconds(name, given[name] ?? 0))
  return { tcp: tcp!, tcpfin: tcpfin!, udp: udp! }
}

export function timeoutArgs(timeouts: Timeouts): string[] {
  return ['--set', ...timeoutNames.map((name) => String(timeouts[name]))]
}

function seconds(name: string, value: unknown): number {
  const number = /^\d+$/.test(String(value)) ? Number(value) : -1
  if (number >= 0 && number <= MOST) return number
  const message = `ipvs_timeouts: ${name}: ${JSON.stringify(value)} is no number of seconds`
  throw new InputError(undefined, message, `a whole number, at most ${MOST}`)
}
