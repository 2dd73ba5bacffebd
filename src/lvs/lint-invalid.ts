import { InputError } from '../core/errors.js'
import { tableOf } from './cluster.js'
import type { Cluster, Found, Member, Rule } from './lint-model.js'
import { servicesOf } from './lint-service.js'

/** The last of the rules: the table itself is made of the variables, as a run does it. */
export const serviceInvalid: Rule = {
  id: 'lvs/service-invalid',
  severity: 'error',
  what: 'A virtual service cannot work as it is written: flags of another scheduler, a netmask without persistence, ops that is not for UDP. Told when there is no other error.',
  why: 'ipvsadm or the kernel refuses it, on the director, when all else is done; or takes it, and does something else.',
  fix: 'take out of the service what the message names, or add what it asks for: flags of its own scheduler, persistence beside netmask, ops for udp alone',
  check: (cluster) => cluster.directors.flatMap((director) => refusal(director, cluster)),
}

function refusal(director: Member, cluster: Cluster): Found[] {
  const { settings } = director
  const { realServers } = cluster
  const services = servicesOf({ ...cluster, directors: [director] })
  if (services.some(({ servers }) => servers.some(({ member }) => !member))) return []
  const members = new Map(realServers.map((member) => [member.name, member]))
  const all = [director, ...realServers].flatMap((member) => [...member.settings.values()])
  // Of what only the hosts can tell nothing is judged.
  if (all.some(({ value }) => value === undefined)) return []
  try {
    tableOf({
      flat: (variable) => settings.get(variable)?.value,
      realServers: [...members.keys()],
      own: (server, variable) => members.get(server)?.settings.get(variable)?.value,
    })
    return []
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    const about = settings.has('virtual_services') ? 'virtual_services' : 'vip'
    const at = settings.get(about)?.at ?? director.at
    return [{ at, about, message: error.message, ...(error.hint && { hint: error.hint }) }]
  }
}
