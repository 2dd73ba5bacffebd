import { TaskFailed } from '../core/errors.js'
import type { Resource } from '../core/resource.js'
import { lines, sh } from '../core/sh.js'
import { formatRestorable, formatTable, type VirtualService } from '../lvs/table.js'
import {
  type ContentHave,
  type ContentWant,
  planContent,
  probeContent,
  readContent,
  wantContent,
} from './file-content.js'
import { liveTable, readTable } from './ipvs-call.js'

interface Args {
  path?: string
}

interface Want {
  /** The file, its content to come from the live table. */
  file: ContentWant
  /** What the table is to look like in it. */
  format: (table: readonly VirtualService[]) => string
}

interface Have {
  live: VirtualService[]
  file: ContentHave
}

/** Where the system's own scripts look at boot: Debian's ipvsadm package, EL's unit. */
const places = new Map([
  ['Debian', '/etc/ipvsadm.rules'],
  ['RedHat', '/etc/sysconfig/ipvsadm'],
])

/** Debian's init script tells by this line that the file is one of rules. */
const HEADING = '# ipvsadm.rules\n'

/**
 * Saves the running table for the next boot, as it is. Comments and timeouts at the top of
 * the file stay. The role director writes the same file from the inventory (template): this is
 * for plays that change the table real server by real server.
 */
export const ipvsSave: Resource<Args, Want, Have> = {
  type: 'ipvs_save',
  about: 'Saves the running IPVS table in the file that is loaded at boot.',
  schema: {
    type: 'object',
    properties: {
      path: {
        type: 'string',
        pattern: '^/.*[^/]$',
        description: 'The file; where the system expects it unless told.',
      },
    },
    additionalProperties: false,
  },

  want({ path }, context) {
    const family = String(context.fact('os_family'))
    const dest = path ?? places.get(family)
    if (dest === undefined) {
      const message = `ipvs_save: where ${family} keeps the table for the next boot is not known`
      throw new TaskFailed(message, 'name the file: path: /etc/...')
    }
    // EL's unit saves by itself when it stops, and ipvsadm saves no thresholds.
    const format = family === 'RedHat' ? formatTable : formatRestorable
    return { file: wantContent({ dest, mode: '0600' }, Buffer.alloc(0)), format }
  },

  key: ({ file }) => file.dest,

  probe: (wants) => lines([liveTable, sh`echo '# files'`, probeContent(wants.map(fileOf))]),

  read(stdout, wants) {
    const [table = '', files = ''] = stdout.split('# files\n')
    const live = readTable(table)
    return readContent(files, wants.map(fileOf)).map((file) => ({ live, file }))
  },

  plan({ file, format }, have) {
    const text = headOf(have.file, file.dest) + format(have.live)
    const { dest, mode } = file
    return planContent(wantContent({ dest, ...(mode && { mode }) }, Buffer.from(text)), have.file)
  },
}

const fileOf = ({ file }: Want): ContentWant => file

function headOf({ content }: ContentHave, dest: string): string {
  if (!content) return dest === places.get('Debian') ? HEADING : ''
  const [head = ''] = /^(?:(?:#|--set ).*\n)*/.exec(Buffer.from(content).toString('utf8')) ?? []
  return head
}
