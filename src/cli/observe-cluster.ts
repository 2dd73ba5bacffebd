import type { HostRun } from '../run/host.js'
import type { Answer, Survey } from '../run/survey.js'
import type { Sh } from '../core/sh.js'
import { parseTraffic } from '../lvs/parse-counts.js'
import { lookQuestions, readLook, type Roles, told } from '../lvs/verify-look.js'
import type { Observed, Sight, Trial, Wanted } from '../lvs/verify-model.js'
import { Scene } from '../lvs/verify-scene.js'
import { laterQuestion, readTrial, tryQuestions } from '../lvs/verify-try.js'
import { type ClusterFlags, type ClusterSite, surveyOf } from './cluster-hosts.js'
import { onInterrupt } from './interrupt.js'

/** Asks the cluster's hosts. @throws Interrupted */
export async function observing(
  cluster: ClusterSite,
  wanted: Wanted,
  flags: ClusterFlags,
  requests = 0,
): Promise<Observed> {
  const { signal, release } = onInterrupt()
  const survey = surveyOf(cluster, flags, signal)
  try {
    return await observeCluster(cluster, wanted, survey, requests)
  } finally {
    await survey.close()
    release()
  }
}

/**
 * Asks the cluster's hosts, in two trips: what they have, and then, knowing that, who answers
 * and what gets through. A third, to the directors, reads the counters once the requests that
 * were sent are in them.
 *
 * @param requests how many requests one client sends to each service
 */
async function observeCluster(
  { groups }: Pick<ClusterSite, 'groups'>,
  wanted: Wanted,
  survey: Survey,
  requests: number,
): Promise<Observed> {
  const is = (group: keyof ClusterSite['groups'], name: string) => groups[group].all.includes(name)
  const rolesOf = (name: string): Roles & { client: boolean } => ({
    director: is('director', name),
    realServer: is('realserver', name),
    client: is('client', name),
  })
  const unreachable = new Map<string, string>()
  const ask = async <T>(
    scripts: (host: HostRun) => readonly Sh[],
    read: (frames: Frames, name: string) => T,
  ): Promise<Map<string, T>> => {
    const found = new Map<string, T>()
    for (const [name, answer] of await survey.ask(scripts)) {
      if ('frames' in answer) found.set(name, read(answer.frames, name))
      else unreachable.set(name, answer.unreachable.message)
    }
    return found
  }

  const sights = await ask(
    ({ name }) => lookQuestions(rolesOf(name), wanted),
    (frames, name): Sight => readLook(frames, rolesOf(name)),
  )
  const seen = { wanted, sights, trials: new Map<string, Trial>(), unreachable, requests }
  const scene = new Scene(seen)
  const [sender] = scene.thirdHosts.filter(({ name }) => sights.has(name))
  const trials = await ask(
    ({ name }) => {
      const sight = sights.get(name)
      if (!sight) return []
      const roles = rolesOf(name)
      const client = scene.thirdHosts.some((third) => third.name === name)
      return tryQuestions({
        wanted,
        roles: { ...roles, client },
        sight,
        mayTry: (address) => scene.mayTry(address),
        requests: name === sender?.name ? requests : 0,
      })
    },
    (frames, name) => readTrial(frames, rolesOf(name)),
  )
  if (sender === undefined || requests === 0) return { ...seen, trials }
  const later = await ask(
    ({ name }) => (trials.has(name) && is('director', name) ? [laterQuestion] : []),
    ([frame]) => told(frame, parseTraffic),
  )
  for (const [name, traffic] of later) trials.set(name, { ...trials.get(name)!, traffic })
  return { ...seen, trials }
}

type Frames = Extract<Answer, { frames: unknown }>['frames']
