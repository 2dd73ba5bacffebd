import { TaskFailed } from '../core/errors.js'
import type { Change, Resource } from '../core/resource.js'
import { lines, sh, type Sh } from '../core/sh.js'
import { type Page, readPages, tellPage } from './page.js'
import { tryFor } from './waiting.js'

interface Args {
  url: string
  status?: number | string
  contains?: string
  host_header?: string
  timeout?: number | string
}

interface Want {
  url: string
  status: number
  contains: string
  hostHeader: string | undefined
  seconds: number
}

/**
 * Fetches a page, from the host itself, and checks it. Redirects are not followed and proxies
 * not used; a page larger than 1 MiB is an error.
 */
export const http: Resource<Args, Want, Page> = {
  type: 'http',
  about: 'Fetches a page from the host itself, and checks its status and content.',
  shorthand: 'url',
  schema: {
    type: 'object',
    properties: {
      url: { type: 'string', description: 'http://... or https://...' },
      status: {
        anyOf: [{ type: 'integer' }, { type: 'string', pattern: '^[1-5][0-9][0-9]$' }],
        default: 200,
        description: 'The status it must have.',
      },
      contains: { type: 'string', description: 'Text that the page must contain.' },
      host_header: { type: 'string', description: "The Host to ask for, if not the URL's." },
      timeout: {
        anyOf: [
          { type: 'integer', minimum: 1 },
          { type: 'string', pattern: '^[1-9][0-9]*$' },
        ],
        default: 5,
        description: 'Seconds after which the page must have been as wanted.',
      },
    },
    required: ['url'],
    additionalProperties: false,
  },

  want({ url, status = 200, contains = '', host_header, timeout = 5 }) {
    if (!/^https?:\/\/[^\s/]\S*$/.test(url)) {
      throw new TaskFailed(`http: "${url}" is no URL`, 'write it as http://192.168.139.6/')
    }
    if (host_header !== undefined && !/^[\w.:[\]-]+$/.test(host_header)) {
      throw new TaskFailed(`http: "${host_header}" is no host name`)
    }
    const seconds = Number(timeout)
    return { url, status: Number(status), contains, hostHeader: host_header, seconds }
  },

  // To check one page twice is no clash.
  key: (want) => JSON.stringify(want),

  probe: (wants) =>
    lines([functions, tellPage, ...wants.map((want) => sh`${fetch(want, GLANCE)}; tell_page`)]),

  read: (stdout, wants) => readPages(stdout, wants.length),

  plan(want, { status, content }) {
    return status === want.status && content.includes(want.contains) ? [] : [wait(want)]
  },

  result: (_, { status, content }) => ({ status: status ?? 0, content }),
}

function wait(want: Want): Change {
  const { url, status, contains, seconds } = want
  const containing = contains === '' ? '' : ` with "${contains}"`
  return {
    summary: `wait until ${url} answers ${status}${containing}, ${seconds} s at most`,
    wait: true,
    run: lines([
      functions,
      sh`wanted() {
  ${fetch(want, PATIENCE)}
  case $code in
    '') echo 'no client on this host: install curl or wget' >&2; exit 1 ;;
    ${status}) ;;
    *) return 1 ;;
  esac
  case $page in *${contains}*) ;; *) return 1 ;; esac
}`,
      tryFor(
        seconds,
        sh`wanted`,
        sh`case $code in 0) seen="no answer" ;; *) seen="status $code" ;; esac
    printf '%s is not %s within %s s; last seen: %s\n%.500s\n' \
      ${url} ${`${status}${containing}`} ${seconds} "$seen" "$page" >&2`,
      ),
    ]),
  }
}

/**
 * Seconds in all, and until there is a connection. A probe only glances: on a host that is not
 * set up yet nobody answers for a VIP, and whoever is missed by a glance is waited for.
 */
const GLANCE = { all: 2, connect: 0.3 }
const PATIENCE = { all: 5, connect: 5 }

function fetch({ url, hostHeader, seconds }: Want, { all, connect }: typeof GLANCE): Sh {
  return sh`fetch ${Math.min(seconds, all)} ${connect} ${url} ${hostHeader ?? ''}`
}

/**
 * fetch SECONDS SECONDS-TO-CONNECT URL HOST: sets code and page. Without an answer code is 0 and page the reason;
 * without a client code is empty. What the client prints is one text, so curl gives the status
 * at its end. wget shows the header once, indented (all there is of a redirect), and saves it once
 * more, with the empty line that the page begins after.
 */
const functions = sh`nl='
'
fetch() {
  code=
  page=
  if command -v curl >/dev/null; then
    page=$(curl -sS --noproxy '*' -m "$1" --connect-timeout "$2" --max-filesize 1048576 \
      -w '\n%{http_code}' \${4:+-H "Host: $4"} -- "$3" 2>&1) || { code=0; return; }
    code=\${page##*$nl}
    page=\${page%$nl*}
  elif command -v wget >/dev/null; then
    page=$(wget -q -S --no-proxy --tries=1 --timeout="$1" --connect-timeout="$2" --max-redirect=0 \
      --content-on-error --save-headers -O - \${4:+--header "Host: $4"} -- "$3" 2>&1; printf .)
    page=\${page%.}
    case $page in *HTTP/*) ;; *) code=0; return ;; esac
    code=\${page#*HTTP/* }
    code=\${code%%[!0-9]*}
    case $page in *$nl?$nl*) page=\${page#*$nl?$nl} ;; *) page= ;; esac
  fi
}`
