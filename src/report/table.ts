import stringWidth from 'string-width'

/** A column of a table: its title, and on which side its cells stand. */
export interface Column {
  head: string
  align: 'left' | 'right'
}

/** A column of a table that has to fit. */
export interface FittingColumn extends Column {
  /** It is left out where the table is too wide; the highest number goes first. */
  spare?: number
  /** Its cells may be cut. */
  cut?: true
}

/** The lines of a table without borders. @param padding on both sides of a cell */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  { padding = 1, gap = 1 } = {},
): string[] {
  const widths = widthsOf(columns, rows)
  const side = ' '.repeat(padding)
  const filled = (cell: string, i: number) => {
    const space = ' '.repeat(widths[i]! - stringWidth(cell))
    return side + (columns[i]!.align === 'left' ? cell + space : space + cell) + side
  }
  const line = (cells: readonly string[]) => cells.map(filled).join(' '.repeat(gap)).trimEnd()
  return [columns.map(({ head }) => head), ...rows].map(line)
}

/**
 * The same in so many columns of a terminal: first the gaps are narrowed, then spare columns
 * left out, at last cells cut.
 */
export function fittedLines(
  columns: readonly FittingColumn[],
  rows: readonly (readonly string[])[],
  width: number,
): string[] {
  const spares = columns.flatMap(({ spare }) => spare ?? []).sort((a, b) => b - a)
  for (const least of [Infinity, ...spares]) {
    const kept = columns.map(({ spare = -1 }) => spare < least)
    const left = columns.filter((_, i) => kept[i])
    const cells = rows.map((row) => row.filter((_, i) => kept[i]))
    for (const gap of [2, 1]) {
      if (widthOf(left, cells, gap) <= width) return tableLines(left, cells, { padding: 0, gap })
    }
    if (least === (spares.at(-1) ?? Infinity)) return cutLines(left, cells, width)
  }
  return []
}

function cutLines(
  columns: readonly FittingColumn[],
  rows: readonly (readonly string[])[],
  width: number,
): string[] {
  const cut = columns.findIndex((column) => column.cut)
  const over = widthOf(columns, rows, 1) - width
  const room = Math.max(LEAST, widthsOf(columns, rows)[cut]! - over)
  const cells = rows.map((row) => row.map((cell, i) => (i === cut ? shortened(cell, room) : cell)))
  return tableLines(columns, cells, { padding: 0, gap: 1 })
}

/** A name is cut to no less. */
const LEAST = 6

function shortened(text: string, room: number): string {
  return text.length <= room ? text : `${text.slice(0, room - 1)}…`
}

function widthOf(columns: readonly Column[], rows: readonly (readonly string[])[], gap: number) {
  const widths = widthsOf(columns, rows)
  return widths.reduce((sum, width) => sum + width, gap * (widths.length - 1))
}

function widthsOf(columns: readonly Column[], rows: readonly (readonly string[])[]): number[] {
  return columns.map(({ head }, i) =>
    // Also a column that has nothing to say this time has its place.
    rows.reduce((most, row) => Math.max(most, stringWidth(row[i]!)), stringWidth(head) || 1),
  )
}
