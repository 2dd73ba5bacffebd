import type { Schema } from '../core/resource.js'

/**
 * The words of the language, each with what it says and the JSON Schema of its value: the
 * loader takes no others, and editors' schemas and the docs are made of them.
 *
 * `#/definitions/...` are those of site/editor-schema.ts.
 */
export type Keywords = Readonly<Record<string, Schema & { description: string }>>

const text = { type: ['string', 'number'] }
const yesNo = { type: 'boolean' }
const words = { anyOf: [text, { type: 'array', items: text }] }
const condition = { type: ['string', 'boolean', 'number'] }
const conditions = { anyOf: [condition, { type: 'array', items: condition }] }
const vars = { type: ['object', 'null'] }
const tasks = { $ref: '#/definitions/tasks' }
const batchSize = {
  anyOf: [
    { type: 'integer', minimum: 1 },
    { type: 'string', pattern: '^\\d+%?$|\\{\\{' },
  ],
}

export const becomeMethods = ['sudo']
export const strategies = ['linear', 'free', 'host_pinned']

const name = { ...text, description: 'What the output calls it.' }

/** What plays, role uses, blocks and tasks have in common. */
const shared = {
  name,
  vars: { ...vars, description: 'Variables that are there only here.' },
  tags: { ...words, description: 'Names for --tags and --skip-tags, passed on to what is inside.' },
  become: { ...yesNo, description: 'Run as another user, by sudo.' },
  become_method: { enum: becomeMethods, description: 'How; there is sudo.' },
  environment: {
    anyOf: [{ type: 'object' }, { type: 'string' }, { type: 'array' }],
    description: 'Environment variables of what runs on the host.',
  },
  become_user: { ...text, description: 'That user; root unless told.' },
  throttle: {
    type: 'integer',
    minimum: 0,
    description: 'So many hosts of a batch, at most, are in a task at once; 0: all.',
  },
  ignore_errors: { ...yesNo, description: 'Go on when it fails.' },
  ignore_unreachable: {
    ...yesNo,
    description: 'Go on with the next task when the host cannot be reached in this one.',
  },
  run_once: { ...yesNo, description: 'Done by the first host of a batch, for all of it.' },
  check_mode: {
    ...yesNo,
    description: 'true: only look, in any run; false: act in check runs too.',
  },
  no_log: { ...yesNo, description: 'Show nothing of its arguments, changes and output.' },
} satisfies Keywords

/** What role uses, blocks and tasks have in common. */
const inner = {
  ...shared,
  delegate_to: { ...text, description: 'Done on this host instead, with the own variables.' },
  delegate_facts: {
    ...yesNo,
    description: 'What setup and set_fact bring belongs to the host that they are delegated to.',
  },
} satisfies Keywords

const notify = {
  ...words,
  description: 'Handlers to run at the end when this task changed something.',
}

const when = {
  ...conditions,
  description: 'Runs only where this expression holds; of a list all must.',
}

export const playKeywords: Keywords = {
  ...shared,
  hosts: { ...words, description: 'The hosts to work on: a pattern, or a list of them.' },
  when: {
    ...conditions,
    description:
      'Which of its hosts the play is for: told before the batches are cut, without asking a host.',
  },
  facts_from: {
    ...words,
    description:
      'Hosts whose facts the play reads: they are asked, and locked, before it begins, even when --limit leaves them out.',
  },
  gather_facts: {
    ...yesNo,
    description: 'false: a host is contacted only when the first task of its own comes.',
  },
  serial: {
    anyOf: [batchSize, { type: 'array', items: batchSize }],
    description: 'Hosts in a batch: a number, 30%, or a list of these; all at once unless told.',
  },
  any_errors_fatal: { ...yesNo, description: 'One host that fails ends the play for all.' },
  ignore_unreachable: {
    ...yesNo,
    description: 'A host that cannot be reached is left out of the play, and has not failed.',
  },
  strategy: {
    enum: strategies,
    description: 'Hosts go ahead independently in any case.',
  },
  vars_files: {
    anyOf: [text, { type: 'array', items: words }],
    description: 'Files of variables, above those of vars; of a list in it the first there is.',
  },
  max_fail_percentage: {
    type: 'number',
    minimum: 0,
    maximum: 100,
    description: 'Ends the run when more of a batch than this failed.',
  },
  roles: {
    type: ['array', 'null'],
    items: { $ref: '#/definitions/role' },
    description: 'Roles, each by its name or as a map with its variables.',
  },
  pre_tasks: { ...tasks, description: 'Tasks before the roles.' },
  tasks: { ...tasks, description: 'Tasks after the roles.' },
  post_tasks: { ...tasks, description: 'Tasks after the tasks.' },
  handlers: {
    ...tasks,
    description: 'Tasks that run at the end, once, when a change notified them.',
  },
}

export const roleKeywords: Keywords = {
  ...inner,
  role: { ...text, description: 'The role: a folder in roles/.' },
  name: { ...text, description: 'The same as role.' },
  when,
}

/** In `apply` of an include. */
export const applyKeywords: Keywords = { ...inner, when, notify }

export const blockKeywords: Keywords = {
  ...inner,
  notify,
  block: { ...tasks, description: 'Tasks under the same when, vars, tags or become.' },
  rescue: { ...tasks, description: 'Tasks that run when one of the block failed, and mend that.' },
  always: { ...tasks, description: 'Tasks that run last, whatever became of the block.' },
  when,
}

/** Beside import_playbook itself. */
export const importPlaybookKeywords: Keywords = { name, tags: shared.tags, when }

/** Beside import_tasks or import_role itself. */
export const importKeywords: Keywords = { ...inner, when }

export const taskKeywords: Keywords = {
  ...inner,
  when,
  notify,
  listen: { ...words, description: 'In handlers: further names that notify may use.' },
  register: { ...text, description: 'The variable that keeps how it went.' },
  args: { type: 'object', description: 'More arguments of the module, beside those it has.' },
  loop: { description: 'Runs once for each item of this list, named item.' },
  with_items: { description: 'The same, but lists in it are opened.' },
  loop_control: { $ref: '#/definitions/loop_control', description: 'How the loop is shown.' },
  changed_when: { ...conditions, description: 'It has changed something when this holds.' },
  failed_when: { ...conditions, description: 'It has failed when this holds.' },
  until: { ...conditions, description: 'Done again until this holds; see retries and delay.' },
  retries: { type: ['integer', 'string'], description: 'How often again at most; 3 unless told.' },
  delay: { type: ['number', 'string'], description: 'Seconds between two tries; 5 unless told.' },
}

/** Beside include_tasks or include_role itself. */
export const includeKeywords: Keywords = Object.fromEntries(
  [
    ...['name', 'when', 'vars', 'tags', 'loop', 'with_items', 'loop_control', 'args', 'register'],
    ...['become', 'become_user', 'become_method', 'environment', 'no_log', 'run_once', 'listen'],
    'ignore_errors',
  ].map((word) => [word, taskKeywords[word]!]),
)

export const loopKeywords: Keywords = {
  loop_var: { ...text, description: 'What an item is called, instead of item.' },
  index_var: { ...text, description: 'What the number of an item is called, from 0.' },
  label: { ...text, description: 'What the output shows of an item; a template.' },
}
