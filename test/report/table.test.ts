import { describe, expect, it } from 'vitest'
import { fittedLines, tableLines } from '../../src/report/table.js'

const columns = [
  { head: 'host', align: 'left' },
  { head: 'ok', align: 'right' },
] as const

describe('a table', () => {
  it('is as wide as its widest cells, and has no blanks at the end of a line', () => {
    expect(tableLines(columns, [])).toEqual([' host   ok'])
    const rows = [
      ['rs1', '7'],
      ['director', '120'],
    ]
    expect(tableLines(columns, rows)).toEqual([
      ' host        ok',
      ' rs1          7',
      ' director   120',
    ])
    expect(tableLines([columns[1], columns[0]], [['7', 'rs1']], { padding: 0, gap: 2 })).toEqual([
      'ok  host',
      ' 7  rs1',
    ])
  })

  it.each([
    ['colours take no room', '\u001b[32m7\u001b[39m', ' \u001b[32m7\u001b[39m rs1'],
    ['wide characters take two columns', '前', '前 rs1'],
    ['an accent takes none', 'e\u0301', ' e\u0301 rs1'],
  ])('%s', (_, cell, line) => {
    const lines = tableLines([columns[1], columns[0]], [[cell, 'rs1']], { padding: 0 })
    expect(lines).toEqual(['ok host', line])
  })
})

describe('a table that has to fit', () => {
  const fitting = [
    { head: 'host', align: 'left', cut: true },
    { head: 'weight', align: 'right' },
    { head: 'since', align: 'left', spare: 1 },
    { head: 'note', align: 'left', spare: 2 },
  ] as const
  const rows = [['realserver-1', '10', '3 h', 'new']]
  const at = (width: number) => fittedLines(fitting, rows, width)

  it.each([
    [33, 'realserver-1      10  3 h    new'],
    [30, 'realserver-1     10 3 h   new'],
    [27, 'realserver-1      10  3 h'],
    [20, 'realserver-1      10'],
    [15, 'realser…     10'],
    [5, 'reals…     10'],
  ])('in %i columns: %s', (width, line) => expect(at(width)[1]).toBe(line))
})
