import { sh } from '../core/sh.js'
import { logged, type PackageManager } from './package-manager.js'

/** rpm says what is there; dnf or yum, which take the same words, change it. */
export function rpm(tool: 'dnf' | 'yum'): PackageManager {
  const change = (verb: 'install' | 'remove') => (names: readonly string[]) =>
    logged(sh`${tool} -y ${verb} ${names} >"$log" 2>&1`)
  return {
    probe: (names) => sh`rpm -q --qf ${'installed %{NAME} %{ARCH}\\n'} ${names} 2>/dev/null || :`,
    installed: (stdout) =>
      Array.from(stdout.matchAll(/^installed (\S+) (\S+)$/gm), ([, name, architecture]) => ({
        name: name!,
        architecture: architecture!,
      })),
    install: change('install'),
    remove: change('remove'),
  }
}
