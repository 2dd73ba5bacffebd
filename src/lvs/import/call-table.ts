import { InputError, type Position } from '../../core/errors.js'
import { endpoint, serviceName } from '../table.js'
import type { IpvsadmCall } from './ipvsadm-command.js'
import type { ToldServer, ToldService } from './told.js'

/** The table that calls of ipvsadm leave behind, one after the other. */
export class CallTable {
  readonly #services = new Map<string, ToldService>()

  get services(): ToldService[] {
    return [...this.#services.values()]
  }

  /** @throws InputError for a call that ipvsadm would refuse */
  apply(call: IpvsadmCall, at: Position): void {
    if (call.act === 'flush') this.#services.clear()
    else if ('service' in call && call.server) this.#server(call.act, call, call.server, at)
    else if ('service' in call) this.#service(call.act, call.service, at)
  }

  #service(act: string, service: Omit<ToldService, 'at' | 'realServers'>, at: Position): void {
    const name = serviceName(service)
    const known = this.#services.get(name)
    if (act === 'delete') this.#services.delete(name)
    // ipvsadm refuses to add it again, and scripts go on.
    else if (act === 'edit' || !known) {
      this.#services.set(name, { ...service, at, realServers: known?.realServers ?? [] })
    }
  }

  #server(
    act: string,
    { service }: { service: Omit<ToldService, 'at' | 'realServers'> },
    server: Omit<ToldServer, 'at'>,
    at: Position,
  ): void {
    const name = serviceName(service)
    const known = this.#services.get(name)
    if (!known) {
      if (act === 'delete') return
      throw new InputError(at, `no line before this one adds ${name}`, 'ipvsadm refuses it, too')
    }
    const others = known.realServers.filter((each) => endpoint(each) !== endpoint(server))
    const isNew = others.length === known.realServers.length
    if (act === 'delete') known.realServers = others
    else if (isNew) known.realServers.push({ ...server, at })
    else if (act === 'edit') known.realServers = [...others, { ...server, at }]
  }
}
