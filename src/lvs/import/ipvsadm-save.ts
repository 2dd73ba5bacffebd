import { InputError, type Position } from '../../core/errors.js'
import { parseTable } from '../parse-table.js'
import type { RealServer, VirtualService } from '../table.js'
import { nothing, type Told } from './told.js'

/**
 * What a save file tells: the text of `ipvsadm -S -n`.
 *
 * @throws InputError with the line that cannot be read
 */
export function readSaveFile(text: string, file: string): Told {
  const start = { file, line: 1, col: 1 }
  if (/^\s*(IP Virtual Server version|TCP\s|-> )/m.test(text)) {
    throw new InputError(
      start,
      'this is what ipvsadm -L prints, which does not say everything',
      'give the output of ipvsadm -S -n',
    )
  }
  const places = new Map<VirtualService | RealServer, Position>()
  const services = parseTable(text, file, (entry, at) => places.set(entry, at)).map((service) => ({
    ...service,
    at: places.get(service) ?? start,
    realServers: service.realServers.map((server) => ({
      ...server,
      at: places.get(server) ?? start,
    })),
  }))
  const timeouts = timeoutsIn(text, file)
  const thresholds = services.some(({ realServers }) =>
    realServers.some((server) => server.upper_threshold ?? server.lower_threshold),
  )
  // The tool prints neither; who wrote them into the file wrote all of them.
  const isWhole = services.length === 0 || thresholds || timeouts !== undefined
  const note = {
    at: start,
    message: 'a save file has no thresholds, timeouts and sync daemons',
    hint: 'ipvsadm -L -n --thresholds, --timeout and --daemon show whether there are any',
  }
  return { ...nothing(), services, ...(timeouts && { timeouts }), notes: isWhole ? [] : [note] }
}

/** A line `--set 900 120 300`, which ipvsadm -R takes. */
function timeoutsIn(text: string, file: string): Told['timeouts'] {
  const lines = text.split('\n')
  const line = lines.findIndex((each) => /^\s*--set\s/.test(each))
  const [, tcp = 0, tcpfin = 0, udp = 0] = (lines[line] ?? '').trim().split(/\s+/).map(Number)
  return line < 0 ? undefined : { tcp, tcpfin, udp, at: { file, line: line + 1, col: 1 } }
}
