import { sh } from '../core/sh.js'

/** A page that was fetched. Status 0: there was no answer, and content says what there was. */
export interface Page {
  /** Undefined: there is no client. */
  status: number | undefined
  content: string
}

/**
 * tell_page: prints $code and $page, without a process. The page ends at a line of more hyphens
 * than it has anywhere in a row.
 */
export const tellPage = sh`tell_page() {
  end=-
  while case $page in *"$end"*) ;; *) false ;; esac; do end=$end-; done
  printf '%s %s\n%s\n%s\n' "$code" "$end" "$page" "$end"
}`

/** So many pages, from what tell_page printed of each. */
export function readPages(stdout: string, count: number): Page[] {
  let rest = stdout
  return Array.from({ length: count }, () => {
    const [head, code = '', end = ''] = /^(\d*) (-+)\n/.exec(rest) ?? ['']
    const length = Math.max(rest.indexOf(`\n${end}\n`, head.length) - head.length, 0)
    const content = rest.slice(head.length, head.length + length)
    rest = rest.slice(head.length + length + end.length + 2)
    return { status: code === '' ? undefined : Number(code), content }
  })
}
