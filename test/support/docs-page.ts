import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { transcript } from './command-line.js'

const root = resolve(import.meta.dirname, '../..')

/** A page of docs/ whose examples can be run. */
export class DocsPage {
  readonly text: string
  /** Where the files of its examples are. */
  readonly dir = mkdtempSync(join(tmpdir(), 'dr-play-docs-'))
  /** The files: blocks that have a name after their language. */
  readonly files: string[]
  /** The commands of `console` blocks with what they print. */
  readonly commands: [command: string, output: string][]

  constructor(page: string) {
    this.text = readFileSync(join(root, page), 'utf8')
    const files = [...this.text.matchAll(/^```\w+ (\S+)\n([^]*?)^```/gm)]
    for (const [, name = '', text = ''] of files) {
      mkdirSync(dirname(join(this.dir, name)), { recursive: true })
      writeFileSync(join(this.dir, name), text)
    }
    this.files = files.map(([, name]) => name!)
    const sessions = [...this.text.matchAll(/^```console\n([^]*?)^```/gm)].map(([, text]) => text!)
    this.commands = sessions.flatMap((text) =>
      text
        .split(/^\$ dr-play /m)
        .slice(1)
        .map((each): [string, string] => {
          const end = each.indexOf('\n')
          return [each.slice(0, end), each.slice(end + 1)]
        }),
    )
  }

  /** What a command prints, both streams as a terminal shows them. */
  run(command: string): Promise<string> {
    return transcript(this.dir, ...command.split(' '))
  }

  remove(): void {
    rmSync(this.dir, { recursive: true })
  }
}
