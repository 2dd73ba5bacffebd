/** The candidate nearest to a misspelt word, when one is near enough to be what was meant. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined
  let least = word.length <= 4 ? 2 : 3
  for (const candidate of candidates) {
    const edits = distance(word.toLowerCase(), candidate.toLowerCase())
    if (edits < least && edits < candidate.length) {
      best = candidate
      least = edits
    }
  }
  return best
}

/** `did you mean X?`, or what else to say when nothing is near. */
export function didYouMean(word: string, candidates: Iterable<string>, otherwise = ''): string {
  const best = nearest(word, candidates)
  return best === undefined ? otherwise : `did you mean "${best}"?`
}

const WRONG_LETTER = 1.1

/**
 * Edits (insert, delete, replace, swap of neighbours) between two words. A letter left out is
 * likelier than a wrong one.
 */
function distance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const above = rows[i - 1]!
      const same = a[i - 1] === b[j - 1]
      let edits = Math.min(
        above[j]! + 1,
        row[j - 1]! + 1,
        above[j - 1]! + (same ? 0 : WRONG_LETTER),
      )
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        edits = Math.min(edits, rows[i - 2]![j - 2]! + 1)
      }
      row.push(edits)
    }
    rows.push(row)
  }
  return rows[a.length]![b.length]!
}
