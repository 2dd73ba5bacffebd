import { defineConfig } from 'vitest/config'

// Namespaces, mounts and a kernel of its own are root's to make.
const isRoot = process.platform === 'linux' && process.getuid?.() === 0
// One run at a time may be at work on a host, and these tests have this machine as theirs.
const here = [
  'test/cli/{ask,program,vault}.test.ts',
  'test/differences/**/*.test.ts',
  'test/docs*.test.ts',
  'test/transport/latency.test.ts',
]
const lab = ['test/lab/**/*.test.ts', 'test/e2e/**/*.test.ts']

export default defineConfig({
  test: {
    globalSetup: 'test/setup.ts',
    // Most of a unit test is waiting for a process; vitest would keep one of two cores for itself.
    maxWorkers: 3,
    testTimeout: 60_000,
    hookTimeout: 180_000,
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: [...here, ...lab] },
      },
      {
        extends: true,
        test: {
          name: 'here',
          include: here,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      ...(isRoot
        ? [
            {
              extends: true as const,
              // Two labs at a time, after all else: each has namespaces of its own, and waits more
              // than it works.
              test: {
                name: 'lab',
                include: lab,
                maxWorkers: 2,
                sequence: { groupOrder: 2 },
              },
            },
          ]
        : []),
    ],
  },
})
