import { TaskFailed } from '../core/errors.js'
import type { Change, Resource } from '../core/resource.js'
import { lines, sh, type Sh } from '../core/sh.js'
import { isIpv4 } from '../lvs/ip.js'
import { vipPathFunctions } from '../lvs/vip-path.js'
import { type Page, readPages, tellPage } from './page.js'
import { tryFor } from './waiting.js'

interface Args {
  address: string
  via: string
  port?: number | string
  path?: string
  status?: number | string
  contains?: string
  host_header?: string
  timeout?: number | string
}

interface Want {
  address: string
  via: string
  port: number
  path: string
  status: number
  contains: string
  hostHeader: string | undefined
  seconds: number
}

/** Fetches a page from one real server, by the VIP, as the director would send it there. */
export const vipPath: Resource<Args, Want, Page> = {
  type: 'vip_path',
  about: 'Fetches a page by the VIP from one real server, seen from a third host, and checks it.',
  schema: {
    type: 'object',
    properties: {
      address: { type: 'string', description: 'The VIP.' },
      via: { type: 'string', description: "The real server's own address, the RIP." },
      port: {
        anyOf: [{ type: 'integer' }, { type: 'string', pattern: '^[0-9]+$' }],
        default: 80,
        description: 'The port of the virtual service.',
      },
      path: { type: 'string', default: '/', description: 'The page.' },
      status: {
        anyOf: [{ type: 'integer' }, { type: 'string', pattern: '^[1-5][0-9][0-9]$' }],
        default: 200,
        description: 'The status it must have.',
      },
      contains: { type: 'string', description: 'Text that the page must contain.' },
      host_header: { type: 'string', description: 'The Host to ask for, if not the VIP.' },
      timeout: {
        anyOf: [
          { type: 'integer', minimum: 1 },
          { type: 'string', pattern: '^[1-9][0-9]*$' },
        ],
        default: 5,
        description: 'Seconds after which the page must have been as wanted.',
      },
    },
    required: ['address', 'via'],
    additionalProperties: false,
  },

  want(args) {
    const { address, via, path = '/', status = 200, contains = '', host_header, timeout = 5 } = args
    const port = Number(args.port ?? 80)
    for (const [name, value] of Object.entries({ address, via })) {
      if (!isIpv4(value)) throw new TaskFailed(`vip_path: ${name} "${value}" is no IPv4 address`)
    }
    if (address === via) {
      throw new TaskFailed(`vip_path: via ${via} is the VIP itself`, "give the real server's RIP")
    }
    if (!(port >= 1 && port <= 65535)) {
      throw new TaskFailed(`vip_path: ${port} is no port`, 'a port is 1 to 65535')
    }
    if (!/^\/\S*$/.test(path)) {
      throw new TaskFailed(`vip_path: "${path}" is no path`, 'it begins with / and has no spaces')
    }
    if (host_header !== undefined && !/^[\w.:[\]-]+$/.test(host_header)) {
      throw new TaskFailed(`vip_path: "${host_header}" is no host name`)
    }
    const page = { path, status: Number(status), contains, hostHeader: host_header }
    return { address, via, port, ...page, seconds: Number(timeout) }
  },

  // To check one path twice is no clash.
  key: (want) => JSON.stringify(want),

  probe: (wants) =>
    lines([
      vipPathFunctions,
      tellPage,
      ...wants.map((want) => sh`${fetch(want, GLANCE)}; tell_page`),
    ]),

  read: (stdout, wants) => readPages(stdout, wants.length),

  plan(want, { status, content }) {
    return status === want.status && content.includes(want.contains) ? [] : [wait(want)]
  },

  result: (_, { status, content }) => ({ status: status ?? 0, content }),
}

function wait(want: Want): Change {
  const { address, port, path, via, status, contains, seconds } = want
  const scheme = [443, 8443].includes(port) ? 'https' : 'http'
  const url = `${scheme}://${address}:${port}${path}`
  const wanted = `${status}${contains === '' ? '' : ` with "${contains}"`}`
  return {
    summary: `wait until ${via} answers ${url} with ${wanted}, ${seconds} s at most`,
    wait: true,
    run: lines([
      vipPathFunctions,
      sh`wanted() {
  ${fetch(want, PATIENCE)}
  case $code in
    '') printf '%s\n' "$page" >&2; exit 1 ;;
    ${status}) ;;
    *) return 1 ;;
  esac
  case $page in *${contains}*) ;; *) return 1 ;; esac
}`,
      tryFor(
        seconds,
        sh`wanted`,
        sh`case $code in 0) seen="no answer" ;; *) seen="status $code" ;; esac
    printf '%s does not answer %s with %s within %s s; last seen: %s\n%.500s\n' \
      ${via} ${url} ${wanted} ${seconds} "$seen" "$page" >&2`,
      ),
    ]),
  }
}

/** Seconds: a probe only glances, since a real server not yet set up does not answer at all. */
const GLANCE = 2
const PATIENCE = 5

function fetch(want: Want, limit: number): Sh {
  const { address, port, via, path, hostHeader, seconds } = want
  return sh`vip_path ${Math.min(seconds, limit)} ${address} ${port} ${via} ${path} ${hostHeader ?? ''}`
}
