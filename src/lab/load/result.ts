/** What load to put on the virtual service. */
export interface LoadOptions {
  /** Such as http://192.168.139.6/ */
  url: string
  /** Requests a second, each on a connection of its own. */
  rate: number
  /** Connections that are kept, each with a request every 200 ms. */
  keepalive: number
  /** After which it ends by itself. */
  seconds: number
}

/** How one long-lived connection went. */
export interface LongConnection {
  /** What the first answer's page said: which real server this is. */
  page: string
  requests: number
  /**
   * alive; closed, as the server had announced; dropped, when it ended it between two requests
   * without a word; else the error.
   */
  end: string
}

/** What the client saw. A page is known by its heading; reasons and pages are counted. */
export interface LoadResult {
  /** How long requests were sent. */
  seconds: number
  /** Requests a second that it came to. */
  rate: number
  sent: number
  ok: number
  failed: number
  reasons: Record<string, number>
  pages: Record<string, number>
  /** The longest that an answer took, in milliseconds. */
  slowest: number
  keepalive: {
    alive: number
    closed: number
    dropped: number
    reset: number
    requests: number
    /** Also of connections that could not be made at all. */
    reasons: Record<string, number>
    connections: LongConnection[]
  }
}

export function count(counts: Record<string, number>, what: string): void {
  counts[what] = (counts[what] ?? 0) + 1
}
