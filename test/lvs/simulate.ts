import type { Step } from '../../src/lvs/delta.js'
import { parseTable } from '../../src/lvs/parse-table.js'
import { formatTable, type VirtualService } from '../../src/lvs/table.js'

/** The kernel's table as lines of text, and what each call of ipvsadm does to them. */
export function simulate(have: readonly VirtualService[], steps: readonly Step[]) {
  const lines = new Map(
    formatTable(have)
      .split('\n')
      .filter(Boolean)
      .map((line) => [nameOf(line.split(' ').slice(1)), line]),
  )
  for (const { args } of steps) act(lines, args)
  return parseTable([...lines.values()].join('\n'))
}

/** `-t 10.0.0.6:80` of a virtual service; followed by ` -r 10.0.0.2:80` of a real server. */
function nameOf(args: readonly string[]): string {
  const server = args.indexOf('-r')
  const options = args.indexOf('-s')
  return args.slice(0, server >= 0 ? server + 2 : options >= 0 ? options : undefined).join(' ')
}

function act(lines: Map<string, string>, [command = '', ...args]: readonly string[]) {
  const name = nameOf(args)
  const adds = command === '-A' || command === '-a'
  if (adds === lines.has(name)) throw new Error(`rc 255: ${command} ${args.join(' ')}`)
  if (command === '-d' || command === '-D') {
    // A service takes its real servers with it.
    for (const key of lines.keys()) {
      if (key === name || key.startsWith(`${name} -r `)) lines.delete(key)
    }
  } else lines.set(name, [command === '-E' ? '-A' : command.replace('e', 'a'), ...args].join(' '))
}
