import { type Sh, sh } from '../core/sh.js'

/** What a host says of one service; one that is not installed neither runs nor boots. */
export interface ServiceState {
  /** 'changing': on its way up or down, so neither started nor stopped. */
  running: 'yes' | 'no' | 'changing'
  /** Whether it starts with the host. 'fixed': not for anybody to enable or disable. */
  boot: 'yes' | 'no' | 'fixed'
}

/** A service to look at; not whether it runs, where that is not asked. */
export interface Question {
  name: string
  running: boolean
}

export type Verb = 'start' | 'stop' | 'restart' | 'reload' | 'enable' | 'disable'

/** How the services of a host are asked and told. */
export interface ServiceManager {
  probe(services: readonly Question[]): Sh
  /** One state a name, in order. */
  read(stdout: string, names: readonly string[]): ServiceState[]
  /** Exits non-zero with what the service itself said, when it would not. */
  act(name: string, verb: Verb): Sh
}

/** `yes` or `no` in $boot: whether System V's start links of $name are there. */
export const startLinks = sh`boot=no
  set -- /etc/rc[2-5].d/S[0-9][0-9]"$name"
  [ ! -e "$1" ] || boot=yes`
