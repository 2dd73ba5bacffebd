import { resolve } from 'node:path'
import { InputError } from '../core/errors.js'
import type { Reporter } from '../core/event.js'
import { pack } from '../queue/bundle.js'
import { Coordinator } from '../queue/coordinator.js'
import { whole } from '../queue/cut.js'
import { othersAreRead, readAhead } from '../queue/project.js'
import { Recording } from '../queue/recording.js'
import { asks } from '../run/run.js'
import { machine } from '../site/disk.js'
import type { VaultPassword } from '../site/vault.js'
import type { Vault } from '../site/vault.js'
import type { Access } from './connection-flags.js'
import { packageDir, packageVersion } from './package-dir.js'
import { chosen, type PlayFlags } from './play-flags.js'
import { queueAccess } from './queue-access.js'
import type { Site, Wanted } from './site.js'

/** What a worker makes the run of, beside the files. */
export interface Given {
  playbook: string
  packageDir: string
  extraVars: readonly string[]
  wanted: Omit<Wanted, 'extraVars' | 'vault' | 'disk'>
  vault: readonly VaultPassword[]
  forks: number
  transport: Pick<PlayFlags, 'hostKeyChecking' | 'timeout'>
  holder: string
}

/** A run whose hosts are with the workers of a queue. */
export class QueuedRun {
  readonly recording = new Recording(machine, process.cwd())

  /** @throws InputError when the queue cannot be meant so */
  static check(flags: PlayFlags): void {
    queueAccess(flags)
  }

  constructor(
    private readonly flags: PlayFlags,
    private readonly access: Access,
    private readonly vault: Vault,
  ) {}

  /** @throws InputError for what cannot be done by workers, or with this queue */
  async open(
    playbook: string,
    site: Site,
    { report, signal, holder }: { report: Reporter; signal: AbortSignal; holder: string },
  ): Promise<Coordinator> {
    const { flags, recording } = this
    const { address, seal } = queueAccess(flags)
    if (flags.step || site.plays.some(asks)) {
      const hint = 'give the pause a time, or run it without --queue'
      throw new InputError(undefined, 'workers of a queue cannot ask anybody', hint)
    }
    readAhead(site.files, recording)
    const others = othersAreRead(site.files, recording, flags.inventory ?? [])
    return Coordinator.open({
      ...{ address, seal, report, signal, version: packageVersion(), forks: flags.forks },
      ...{ plays: site.plays, hostNamed: site.hostNamed },
      whole: (planned) => whole(planned, others),
      bundle: pack(recording, this.#given(playbook, holder)),
    })
  }

  #given(playbook: string, holder: string): Given {
    const { flags, access, recording } = this
    const { privateKeyFile, ...connection } = access.connection
    const key = privateKeyFile === undefined ? undefined : resolve(privateKeyFile)
    return {
      ...{ playbook, packageDir, holder },
      extraVars: flags.extraVars ?? [],
      wanted: {
        ...chosen(flags),
        cwd: recording.cwd,
        ...access,
        connection: { ...connection, privateKeyFile: key },
      },
      vault: this.vault.passwords,
      forks: flags.forks,
      transport: { hostKeyChecking: flags.hostKeyChecking, timeout: flags.timeout },
    }
  }
}
