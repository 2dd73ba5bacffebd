import { readdirSync, readFileSync } from 'node:fs'
import { defineConfig } from 'rolldown'

/** What is built in keeps its licence, as most of them ask. */
const licences = {
  name: 'licences',
  generateBundle(_, bundle) {
    const modules = Object.values(bundle).flatMap(({ moduleIds = [] }) => moduleIds)
    const folders = modules.map((id) => /^.*\/node_modules\/(@[^/]+\/)?[^/]+/.exec(id)?.[0])
    const texts = [...new Set(folders)].filter(Boolean).sort().map(licenceOf)
    this.emitFile({ type: 'asset', fileName: 'LICENCES', source: texts.join('\n') })
  },
}

function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
  const texts = files.map((file) => readFileSync(`${folder}/${file}`, 'utf8').trim())
  return [`== ${name} ${version} (${license})`, ...texts, ''].join('\n\n')
}

// A few files instead of some four hundred: Node takes as long to find those as to run them. All
// that a run needs is built in, so that an installed package has the very versions that were tested.
export default defineConfig({
  input: {
    main: 'src/main.ts',
    'lab/load/main': 'src/lab/load/main.ts',
    // What bench/ measures, and builds its labs with.
    'site/load-inventory': 'src/site/load-inventory.ts',
    'site/patterns': 'src/site/patterns.ts',
    'lab/up': 'src/lab/up.ts',
    'cli/lab-inventory': 'src/cli/lab-inventory.ts',
  },
  platform: 'node',
  // Optional parts of ssh2 that have to be compiled, and what BullMQ would need for other stores.
  external: [/\.node$/, 'cpu-features', 'pg', 'redis', 'bullmq-otel', 'msgpackr-extract'],
  // As modules most of it can be left out.
  resolve: { alias: { bullmq: 'bullmq/dist/esm/index.js' } },
  treeshake: { moduleSideEffects: (id) => !/\/bullmq\//.test(id) },
  plugins: [licences],
  output: {
    dir: 'dist',
    cleanDir: true,
    chunkFileNames: 'chunks/[name]-[hash].js',
    // ssh2 asks for its own folder, to find a program of Windows'.
    banner: ({ moduleIds }) =>
      moduleIds.some((id) => id.includes('/ssh2/')) ? 'const __dirname = import.meta.dirname' : '',
  },
})
