import type { Ask, Questions } from './questions.js'
import type { Due } from './queue.js'

/** Under --step: asks before each task of a batch whether it is to be done. */
export class Steps {
  #goesOn = false

  constructor(
    private readonly questions: Questions,
    private readonly ask: Ask,
  ) {}

  /**
   * The answer is for all hosts of the batch; after (c)ontinue nothing more is asked in it. As in
   * Ansible, of a loop the task is asked for rather than its turns, and meta never is.
   */
  async allows(host: string, { task, turn }: Due): Promise<boolean> {
    if (this.#goesOn || turn || task.block || task.module === 'meta') return true
    const question = `Perform task: ${task.name} (N)o/(y)es/(c)ontinue: `
    const ask = () => (this.#goesOn ? Promise.resolve('c') : this.ask(question, false))
    const answer = (await this.questions.put(host, task, 'step', ask)).trim().toLowerCase()
    if (['c', 'continue'].includes(answer)) this.#goesOn = true
    return this.#goesOn || ['y', 'yes'].includes(answer)
  }
}
