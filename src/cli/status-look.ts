import type { Sh } from '../core/sh.js'
import type { Frame, Transport } from '../core/transport.js'
import { directorLook, readDirector } from '../lvs/see-director.js'
import { readServer, serverLook } from '../lvs/see-server.js'
import { clusterStatus } from '../lvs/status-cluster.js'
import type { Checked, ClusterStatus, Sight } from '../lvs/status.js'
import { type Answer, Survey } from '../run/survey.js'
import type { Vault } from '../site/vault.js'
import { checkRun } from './check-run.js'
import type { Access } from './connection-flags.js'
import type { StatusSite } from './status-site.js'

export interface LookOptions {
  transport: Transport
  signal: AbortSignal
  forks: number
  access: Access
  vault: Vault
}

/**
 * One cluster under observation: a look shows what is live, in one round trip a host; a check
 * run tells what a run of the playbook would change, in two more.
 */
export class ClusterLook {
  #answers = new Map<string, Answer>()
  #checks = new Map<string, Checked>()

  constructor(
    private cluster: StatusSite,
    private readonly options: LookOptions,
  ) {}

  /** What the last look and the last check run came to. */
  get status(): ClusterStatus {
    const { directors, realServers } = this.cluster
    return clusterStatus(
      directors.map((director) => {
        const sight = this.#sight(director.host, readDirector)
        return { ...director, sight, check: this.#checks.get(director.host) ?? null }
      }),
      realServers.map((server) => {
        const sight = this.#sight(server.host, readServer)
        return { ...server, sight, check: this.#checks.get(server.host) ?? null }
      }),
    )
  }

  async look(): Promise<void> {
    const survey = new Survey(this.cluster.subjects, this.options)
    this.#answers = await survey.ask(({ name }) => this.#questions(name))
  }

  /** @param fresh the cluster as its files say now: the site of a check run is used once */
  async check(fresh: StatusSite = this.cluster): Promise<void> {
    this.cluster = fresh
    const hosts = fresh.subjects.map(({ host }) => host.name)
    const lost = hosts.filter((host) => {
      const answer = this.#answers.get(host)
      return answer !== undefined && 'unreachable' in answer
    })
    const { access, ...options } = this.options
    const { become } = access
    const unreachable = new Set(lost)
    this.#checks = await checkRun(fresh.site, { ...options, become, hosts, unreachable })
  }

  #questions(name: string): Sh[] {
    const director = this.cluster.directors.find(({ host }) => host === name)
    const server = this.cluster.realServers.find(({ host }) => host === name)
    if (director) return [directorLook(director.savedIn)]
    return server ? [serverLook(server.address, server.vips, server.duties)] : []
  }

  #sight<T extends object>(host: string, read: (frame: Frame) => T | string): Sight<T> {
    const answer = this.#answers.get(host)
    if (!answer) return { failed: 'it was not asked yet' }
    if ('unreachable' in answer) return { unreachable: answer.unreachable.message }
    const saw = read(answer.frames[0]!)
    return typeof saw === 'string' ? { failed: saw } : { saw }
  }
}
