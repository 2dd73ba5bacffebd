import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** A process, known by more than a number that may have a new bearer by now. */
export interface ProcessId {
  pid: number
  /** When it started, in the kernel's clock ticks since the machine did. */
  started: string
}

interface Process {
  id: ProcessId
  parent: number
  /** Its network namespace, as `net:[4026531840]`. */
  net: string | undefined
  /** It is PID 1 of a PID namespace of its own. */
  isInit: boolean
}

/** undefined when there is no such process, or nothing left of it but its exit status. */
export function identify(pid: number): ProcessId | undefined {
  return inspect(pid)?.id
}

export function isAlive(id: ProcessId): boolean {
  return identify(id.pid)?.started === id.started
}

/** Signals a process when it still is the one that was meant. */
export function kill(id: ProcessId, signal: NodeJS.Signals): void {
  if (isAlive(id)) process.kill(id.pid, signal)
}

export function processes(): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => inspect(Number(name)))
    .filter((one) => one !== undefined)
}

/** A process, its parent, and so on up. */
export function lineage(all: readonly Process[], pid: number): Set<number> {
  const found = new Set<number>()
  for (let next: number | undefined = pid; next !== undefined && !found.has(next);) {
    found.add(next)
    next = all.find((one) => one.id.pid === next)?.parent
  }
  return found
}

/** Processes end while they are looked at: that is no error. */
function inspect(pid: number): Process | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the command in brackets, which may hold blanks and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [state, parent, started] = [fields[0], fields[1], fields[19]]
    if (state === 'Z' || parent === undefined || started === undefined) return undefined
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return {
      id: { pid, started },
      parent: Number(parent),
      net: link(`/proc/${pid}/ns/net`),
      isInit: /^NSpid:.*\t1$/m.test(status) && pid !== 1,
    }
  } catch {
    return undefined
  }
}

function link(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}
