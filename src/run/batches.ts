/**
 * Cuts hosts into the batches of `serial`: sizes as numbers or percents of all hosts; the
 * last size repeats. No sizes: one batch.
 */
export function batchesOf<T>(hosts: readonly T[], serial: readonly (number | string)[]): T[][] {
  if (hosts.length === 0) return []
  const sizes = serial.map((size) => sizeOf(size, hosts.length))
  const batches: T[][] = []
  for (let at = 0; at < hosts.length;) {
    const size = sizes[Math.min(batches.length, sizes.length - 1)] ?? hosts.length
    batches.push(hosts.slice(at, at + size))
    at += size
  }
  return batches
}

function sizeOf(size: number | string, total: number): number {
  const percent = /^(\d+)%$/.exec(String(size))
  // A share of less than one host is one host, but 0 hosts are no limit: all.
  if (percent) return Math.max(1, Math.floor((Number(percent[1]) / 100) * total))
  return Number(size) || total
}
