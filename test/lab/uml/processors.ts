import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { must } from '../../../src/lab/process.js'

/** A linux.uml in front of the PATH that runs as on a processor with AMX. */
export interface AmxProcessor {
  /** This machine's own linux.uml comes first again. */
  remove: () => void
}

/** Builds what the kernel of such a processor does; see amx-kernel.c. */
export async function pretendAmx(): Promise<AmxProcessor> {
  const folder = mkdtempSync(join(tmpdir(), 'dr-play-amx-'))
  const library = join(folder, 'amx-kernel.so')
  const source = join(import.meta.dirname, 'amx-kernel.c')
  const build = 'exec "$(command -v tcc || command -v cc)" -shared -fPIC -nostdlib -o "$1" "$2"'
  await must(['sh', '-c', build, 'sh', library, source])
  const program = join(folder, 'linux.uml')
  const preload = `LD_PRELOAD="\${LD_PRELOAD:+$LD_PRELOAD:}${library}"`
  writeFileSync(program, `#!/bin/sh\n${preload} exec /usr/bin/linux.uml "$@"\n`)
  chmodSync(program, 0o755)
  const before = process.env.PATH
  process.env.PATH = [folder, before].join(delimiter)
  return {
    remove() {
      process.env.PATH = before
      rmSync(folder, { recursive: true })
    },
  }
}
