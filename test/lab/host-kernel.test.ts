import { expect, it } from 'vitest'
import { onIpvsMachine } from '../support/ipvs-machine.js'
import { describeLab } from './support.js'

describeLab('a lab whose director uses the IPVS of the machine it is on', () => {
  it('lives the life of a cluster there', { timeout: 1_300_000 }, async () => {
    const { printed, status } = await onIpvsMachine('sh test/lab/host-kernel.sh', 1200)
    expect(status, printed.slice(-4000)).toBe(0)
  })
})
