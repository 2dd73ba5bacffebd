import { defineConfig } from 'vitest/config'
import { type Project, PROJECTS, testFiles } from './test/projects.js'

// Namespaces, mounts and a kernel of its own are root's to make.
const isRoot = process.platform === 'linux' && process.getuid?.() === 0
const files = testFiles()

// What comes after the rest, and how many files of it run at a time: a lab waits more than it works.
const order: Partial<Record<Project, { groupOrder: number; maxWorkers: number }>> = {
  here: { groupOrder: 1, maxWorkers: 1 },
  short: { groupOrder: 2, maxWorkers: 1 },
  lab: { groupOrder: 3, maxWorkers: 2 },
  'host-kernel': { groupOrder: 4, maxWorkers: 1 },
}

const project = (name: Project) => {
  const { groupOrder, maxWorkers } = order[name] ?? {}
  return {
    extends: true as const,
    test: {
      name,
      include: files[name].map((path) => `test/${path}`),
      // To load the modules anew for each file takes longer than what these test.
      isolate: name !== 'fast' && name !== 'machine',
      globalSetup: name === 'fast' ? 'test/left-out.ts' : ['test/setup.ts', 'test/built.ts'],
      ...(groupOrder && { sequence: { groupOrder } }),
      ...(maxWorkers && { maxWorkers }),
      // A kernel's boot takes seconds on a quiet machine, and a minute on a busy one.
      ...(name === 'lab' && { testTimeout: 180_000 }),
    },
  }
}

export default defineConfig({
  test: {
    // Most of a unit test is waiting for a process; vitest would keep one of two cores for itself.
    maxWorkers: 3,
    testTimeout: 60_000,
    hookTimeout: 180_000,
    projects: PROJECTS.filter(
      (name) => isRoot || !['short', 'lab', 'host-kernel'].includes(name),
    ).map(project),
  },
})
