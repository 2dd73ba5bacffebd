import { expect, it } from 'vitest'
import { onIpvsMachine } from '../support/ipvs-machine.js'
import { describeLab } from './support.js'

describeLab('a lab whose directors use the IPVS of the machine they are on', () => {
  it('is what a machine with ip_vs gets, and lives the life of a cluster there', async () => {
    const { printed, status } = await onIpvsMachine(
      `set -e
[ ! -e /proc/net/ip_vs ]
NO_COLOR=1 npx vitest run --testTimeout=600000 --hookTimeout=600000 test/e2e/short.test.ts
[ -e /proc/net/ip_vs ]`,
      1200,
    )
    expect(status, printed.slice(-4000)).toBe(0)
  }, 1_300_000)
})
