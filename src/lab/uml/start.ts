/** What takes most of the kernel's boot, and serves disks that a director has none of. */
export const SLOW_INITCALLS = 'raid6_select_algo,init_btrfs_fs,init_zswap'

/** The program with the library in front of it; the program alone without one. */
export function umlProgram(library: string | undefined): string[] {
  return library === undefined ? ['linux.uml'] : ['env', `LD_PRELOAD=${library}`, 'linux.uml']
}
