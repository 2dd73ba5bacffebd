import { existsSync } from 'node:fs'
import { defineConfig } from 'rolldown'

// What only a queue needs: it is built in where it is installed.
const queue = ['bullmq', 'ioredis']
const hasQueue = queue.every((name) => existsSync(`${import.meta.dirname}/node_modules/${name}`))

// A few files instead of some four hundred: Node takes as long to find those as to run them.
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
  external: [
    ...[/\.node$/, 'cpu-features', 'pg', 'redis', 'bullmq-otel', 'msgpackr-extract'],
    ...(hasQueue ? [] : queue),
  ],
  // As modules most of it can be left out.
  resolve: { alias: hasQueue ? { bullmq: 'bullmq/dist/esm/index.js' } : {} },
  treeshake: { moduleSideEffects: (id) => !/\/bullmq\//.test(id) },
  output: {
    dir: 'dist',
    cleanDir: true,
    chunkFileNames: 'chunks/[name]-[hash].js',
    // ssh2 asks for its own folder, to find a program of Windows'.
    banner: 'const __dirname = import.meta.dirname',
  },
})
