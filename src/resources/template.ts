import type { Resource } from '../core/resource.js'
import {
  type ContentArgs,
  type ContentHave,
  type ContentWant,
  contentKey,
  contentSchema,
  planContent,
  probeContent,
  readContent,
  resultOfContent,
  wantContent,
} from './file-content.js'

interface Args extends ContentArgs {
  src: string
}

export const template: Resource<Args, ContentWant, ContentHave> = {
  type: 'template',
  manages: 'file',
  about: 'Writes a file from a template, rendered with the variables of each host.',
  schema: {
    type: 'object',
    properties: {
      src: {
        type: 'string',
        minLength: 1,
        description:
          'The template, found in templates/ beside the playbook, in the role, or in the package.',
      },
      ...contentSchema,
    },
    required: ['src', 'dest'],
    additionalProperties: false,
  },
  want: (args, context) => {
    const { bytes, sealed } = context.template(args.src)
    return wantContent(args, bytes, sealed)
  },
  key: contentKey,
  probe: probeContent,
  read: readContent,
  plan: planContent,
  result: resultOfContent,
}
