import Handlebars from 'handlebars'
import { helpers } from './helpers.js'

/** What of Handlebars' code generator is used here; its types leave it out. */
interface Generator {
  popStack(): unknown
  appendToBuffer(code: unknown[]): unknown
  pushSource(code: unknown): void
}
type GeneratorClass = new () => Generator

const { JavaScriptCompiler } = Handlebars as unknown as { JavaScriptCompiler: GeneratorClass }

/**
 * Every value is made text before it is joined to others: without escaping, Handlebars would print
 * the sum of two numbers that a text or a block begins with.
 */
class TextGenerator extends JavaScriptCompiler {
  append(): void {
    const code = ['((value) => value == null ? "" : "" + value)(', this.popStack(), ')']
    this.pushSource(this.appendToBuffer(code))
  }
}
// Blocks are programs of their own, and made by this one.
Object.assign(TextGenerator.prototype, { compiler: TextGenerator })

function create(): typeof Handlebars {
  return Object.assign(Handlebars.create(), { JavaScriptCompiler: TextGenerator })
}

/** Handlebars with its helpers and ours. */
export const engine = create()
engine.registerHelper(helpers)

/** Each rendering copies all helpers of its engine: most templates use none. */
export const plain = create()
for (const name of Object.keys(plain.helpers)) {
  if (!name.endsWith('Missing')) plain.unregisterHelper(name)
}
