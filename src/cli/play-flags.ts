import type { ConnectionFlags, InputFlags } from './connection-flags.js'
import type { QueueFlags } from './queue-flags.js'
import type { VaultFlags } from './vault-flags.js'

/** The flags of `dr-play PLAYBOOK`, as commander hands them over. */
export interface PlayFlags extends VaultFlags, InputFlags, ConnectionFlags, QueueFlags {
  check?: boolean
  checkHosts?: string
  diff?: boolean
  tags?: string[]
  skipTags?: string[]
  startAtTask?: string
  output: 'auto' | 'live' | 'plain' | 'json'
  verbose?: boolean
  listHosts?: boolean
  listTasks?: boolean
  listTags?: boolean
  syntaxCheck?: boolean
  step?: boolean
}

/** What is to be done, and for which hosts. */
export function chosen(flags: PlayFlags) {
  const { inventory = [], limit, check = false, checkHosts } = flags
  const { tags = [], skipTags = [], startAtTask } = flags
  return { inventory, limit, check, checkHosts, tags, skipTags, startAtTask }
}
