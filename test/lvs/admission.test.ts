import { describe, expect, it } from 'vitest'
import { admit } from '../../src/lvs/admission.js'
import { virtualService } from '../../src/lvs/model.js'

const VIP = '192.168.139.6'
const RIPS = { rs1: '192.168.139.2', rs2: '192.168.139.4', rs3: '192.168.139.5' }
type Weights = Partial<Record<keyof typeof RIPS, number>>

const table = (weights: Weights | undefined) =>
  weights === undefined
    ? []
    : [
        virtualService({
          address: VIP,
          realServers: Object.entries(weights).map(([name, weight]) => ({
            name,
            address: RIPS[name as keyof typeof RIPS],
            weight,
          })),
        }),
      ]

describe('admit', () => {
  it.each<
    [
      string,
      Weights,
      Weights | undefined,
      string[],
      Weights,
      { joining?: string[]; quiesced?: string[] },
    ]
  >([
    ['no live service: all at once', { rs1: 1, rs2: 2 }, undefined, [], { rs1: 1, rs2: 2 }, {}],
    ['all in', { rs1: 1, rs2: 2 }, { rs1: 1, rs2: 2 }, [], { rs1: 1, rs2: 2 }, {}],
    ['another weight', { rs1: 5 }, { rs1: 1 }, [], { rs1: 5 }, {}],
    ['a new one waits', { rs1: 1, rs3: 2 }, { rs1: 1 }, [], { rs1: 1 }, { joining: ['rs3'] }],
    [
      'a new one with weight 0 need not',
      { rs1: 1, rs3: 0 },
      { rs1: 1 },
      [],
      { rs1: 1, rs3: 0 },
      {},
    ],
    ['one that is gone', { rs1: 1 }, { rs1: 1, rs2: 2 }, [], { rs1: 1 }, {}],
    [
      'one that was quiesced stays so',
      { rs1: 1, rs2: 2 },
      { rs1: 1, rs2: 0 },
      [],
      { rs1: 1, rs2: 0 },
      { quiesced: ['rs2'] },
    ],
    [
      'one half taken in goes on joining, with the weight it has',
      { rs1: 1, rs3: 4 },
      { rs1: 1, rs3: 2 },
      [RIPS.rs3],
      { rs1: 1, rs3: 2 },
      { joining: ['rs3'] },
    ],
    [
      'one that was added and got no weight yet',
      { rs1: 1, rs3: 4 },
      { rs1: 1, rs3: 0 },
      [RIPS.rs3],
      { rs1: 1, rs3: 0 },
      { joining: ['rs3'] },
    ],
    [
      'weight 0 is wanted and live',
      { rs1: 1, rs2: 0 },
      { rs1: 1, rs2: 0 },
      [],
      { rs1: 1, rs2: 0 },
      {},
    ],
    ['weight 0 is wanted', { rs1: 1, rs2: 0 }, { rs1: 1, rs2: 2 }, [], { rs1: 1, rs2: 0 }, {}],
  ])('%s', (_, wanted, live, marked, services, { joining = [], quiesced = [] }) => {
    expect(admit(table(wanted), table(live), marked)).toEqual({
      services: table(services),
      joining,
      quiesced,
    })
  })

  it('tells of a real server once, however many services it joins', () => {
    const both = (weights: Weights) => [
      ...table(weights),
      ...table(weights).map((service) => ({ ...service, port: 443 })),
    ]
    expect(admit(both({ rs1: 1, rs3: 1 }), both({ rs1: 1 }), []).joining).toEqual(['rs3'])
  })
})
