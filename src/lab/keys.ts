import { randomBytes } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Identity } from './flavor/base.js'
import { must } from './process.js'
import { pathsOf } from './state.js'
import type { Plan } from './spec.js'

/** The client's key and every host's own; what a client needs stays in the lab's folder. */
export async function makeKeys(plan: Plan, signal?: AbortSignal): Promise<Map<string, Identity>> {
  const { key, knownHosts } = pathsOf(plan.name)
  const client = await keyPair(key, `dr-play-lab-${plan.name}`, signal)
  const identities = await Promise.all(
    plan.hosts.map(async ({ name }): Promise<[string, Identity]> => {
      const file = `${key}-${name}`
      const hostKey = await keyPair(file, `root@${name}`, signal)
      rmSync(file)
      rmSync(`${file}.pub`)
      const machineId = randomBytes(16).toString('hex')
      return [name, { hostKey, clientKey: client.public, machineId }]
    }),
  )
  const byName = new Map(identities)
  const known = plan.hosts.map(({ name, address }) => {
    const [type, text] = byName.get(name)!.hostKey.public.split(' ')
    return `${address} ${type!} ${text!}\n`
  })
  writeFileSync(knownHosts, known.join(''))
  return byName
}

async function keyPair(file: string, comment: string, signal?: AbortSignal) {
  await must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', file], { signal })
  return { private: readFileSync(file, 'utf8'), public: readFileSync(`${file}.pub`, 'utf8') }
}
