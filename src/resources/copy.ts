import type { Context, Resource } from '../core/resource.js'
import {
  type ContentArgs,
  type ContentHave,
  type ContentWant,
  contentKey,
  contentSchema,
  planContent,
  probeContent,
  readContent,
  wantContent,
} from './file-content.js'

/** Either src or content, as the schema sees to. */
interface Args extends ContentArgs {
  src?: string
  content?: string
}

export const copy: Resource<Args, ContentWant, ContentHave> = {
  type: 'copy',
  manages: 'file',
  about: 'Writes a file from one of ours, byte by byte, or from text given in the task.',
  schema: {
    type: 'object',
    properties: {
      src: {
        type: 'string',
        minLength: 1,
        description:
          'The file, found in files/ beside the playbook, in the role, or in the package.',
      },
      content: { type: 'string', description: 'The text itself, instead of src.' },
      ...contentSchema,
    },
    required: ['dest'],
    oneOf: [{ required: ['src'] }, { required: ['content'] }],
    additionalProperties: false,
  },
  want: (args, context) => wantContent(args, bytes(args, context)),
  key: contentKey,
  probe: probeContent,
  read: readContent,
  plan: planContent,
}

function bytes({ src, content = '' }: Args, context: Context): Uint8Array {
  return src === undefined ? Buffer.from(content) : context.file(src)
}
