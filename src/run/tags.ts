import type { Task } from '../site/model.js'
import { leaves } from '../site/tasks.js'

/** Whether --tags and --skip-tags leave a task, with Ansible's words all, tagged, untagged. */
export function selects(tags: readonly string[], skip: readonly string[]) {
  return (task: Task): boolean => leaves(task).some((leaf) => selectsLeaf(leaf, tags, skip))
}

/** Whether --tags names a task, rather than leaving it as one that runs always. */
export function names(tags: readonly string[], task: Task): boolean {
  return (
    task.tags.some((tag) => tags.includes(tag)) ||
    tags.includes('all') ||
    tags.includes(task.tags.length > 0 ? 'tagged' : 'untagged')
  )
}

function selectsLeaf(task: Task, tags: readonly string[], skip: readonly string[]): boolean {
  const matches = (list: readonly string[]) => names(list, task)
  const always = task.tags.includes('always')
  const skipped = always ? skip.filter((tag) => tag !== 'all') : skip
  if (skipped.length > 0 && matches(skipped)) return false
  if (always) return true
  if (task.tags.includes('never')) return task.tags.some((tag) => tags.includes(tag))
  return tags.length === 0 || matches(tags)
}
