import { defineConfig } from 'vitest/config'

// Namespaces, mounts and a kernel of its own are root's to make.
const isRoot = process.platform === 'linux' && process.getuid?.() === 0
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
        test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: lab },
      },
      ...(isRoot
        ? [
            {
              extends: true as const,
              // One lab at a time, after all else: two cores boot no more at once.
              test: {
                name: 'lab',
                include: lab,
                fileParallelism: false,
                sequence: { groupOrder: 1 },
              },
            },
          ]
        : []),
    ],
  },
})
