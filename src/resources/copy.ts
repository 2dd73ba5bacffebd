import type { Context, Resource, Source } from '../core/resource.js'
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
  want: (args, context) => {
    const { bytes, sealed } = sourceOf(args, context)
    return wantContent(args, bytes, sealed)
  },
  key: contentKey,
  probe: probeContent,
  read: readContent,
  plan: planContent,
  result: resultOfContent,
}

function sourceOf({ src, content = '' }: Args, context: Context): Source {
  return src === undefined ? { bytes: Buffer.from(content), sealed: false } : context.file(src)
}
