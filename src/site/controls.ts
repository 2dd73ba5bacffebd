import type { Schema } from '../core/resource.js'

/** A module that is the engine's own: it asks no host for anything. */
export interface Control {
  about: string
  schema: Schema
  shorthand?: string
}

const seconds = (description: string): Schema => ({
  anyOf: [
    { type: 'number', minimum: 0 },
    { type: 'string', pattern: '^[0-9]+$' },
  ],
  description,
})

const apply: Schema = {
  type: 'object',
  description: 'Keywords for all that is taken in: tags, become, when and so on.',
}

/** What import_role and include_role take. */
export const roleArgs = {
  name: { type: 'string', description: 'The role.' },
  tasks_from: { type: 'string', description: 'Which file of its tasks/, instead of main.yml.' },
} satisfies Record<string, Schema>

export const controls: ReadonlyMap<string, Control> = new Map(
  Object.entries({
    include_tasks: {
      about: 'Takes in the tasks of another file, whose name may depend on the host.',
      shorthand: 'file',
      schema: {
        type: 'object',
        properties: {
          file: {
            type: 'string',
            description: "Its name: beside this file, among the role's, or beside the playbook.",
          },
          apply,
        },
        required: ['file'],
        additionalProperties: false,
      },
    },
    include_role: {
      about:
        'Takes in a role, whose name may depend on the host; its variables are there inside only.',
      schema: {
        type: 'object',
        properties: { ...roleArgs, apply },
        required: ['name'],
        additionalProperties: false,
      },
    },
    set_fact: {
      about: 'Sets variables of the host, for the rest of the run.',
      schema: {
        type: 'object',
        properties: {
          cacheable: { type: 'boolean', description: 'Nothing is kept between runs.' },
        },
        minProperties: 1,
      },
    },
    meta: {
      about: 'Steers the run itself.',
      shorthand: 'action',
      schema: {
        type: 'object',
        properties: {
          action: {
            enum: ['flush_handlers', 'end_host', 'end_play', 'noop'],
            description:
              'flush_handlers runs the notified handlers now; end_host and end_play end the play for the host; noop does nothing.',
          },
        },
        required: ['action'],
        additionalProperties: false,
      },
    },
    pause: {
      about: 'Waits for a time, or until somebody at the terminal answers.',
      schema: {
        type: 'object',
        properties: {
          seconds: seconds('Seconds to wait.'),
          minutes: seconds('Minutes to wait.'),
          prompt: {
            type: 'string',
            description:
              'What to ask where there is no time; the answer is user_input of what it registers.',
          },
          echo: { type: 'boolean', description: 'false: the answer is not shown.', default: true },
        },
        additionalProperties: false,
      },
    },
  } satisfies Record<string, Control>),
)
