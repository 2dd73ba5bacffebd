import { spawnSync } from 'node:child_process'
import { cp, mkdir } from 'node:fs/promises'
import { describe, expect } from 'vitest'
import { hasReferee } from '../site/referee.js'
import { someOf } from '../support/form.js'
import { type PlayOptions, test, type TestSite } from '../support/play.js'

/** Files beside a playbook, the playbook, and with what it is run. */
export interface Case {
  files?: Readonly<Record<string, string>>
  play: string
  inventory?: string
  options?: Pick<PlayOptions, 'tags' | 'skipTags' | 'check' | 'limit' | 'extraVars' | 'startAtTask'>
  /** A task, or `HOST TASK: STATUS`, that must be in the story: what the case is about. */
  shows?: string
}

/** By host, `TASK (ITEM): STATUS MESSAGE` of every task in the order they ended. */
type Story = Record<string, string[]>

interface Row {
  host: string
  task: string
  item: unknown
  status: string
  msg: unknown
}

/** Each playbook is run by dr-play's engine and by ansible-playbook: the stories must be one. */
export function comparePlaybooks(cases: Readonly<Record<string, Case>>): void {
  describe.runIf(hasReferee)('as ansible-playbook does it', () => {
    test.for(someOf(Object.entries(cases)))('%s', async ([, one], { site }) => {
      const { files = {}, play, inventory = 'a\nb', options = {}, shows } = one
      await site.write(files)
      const { tasks, exit } = await site.play(play, { inventory, ...options })
      const ours = storyOf(
        tasks.map(({ host, task, item, status, module, message }) => {
          const msg = module === 'debug' && status === 'ok' ? message : null
          return { host, task, item, status, msg }
        }),
      )
      const theirs = await ansibleStory(site, options)
      expect(ours).toEqual(theirs.story)
      expect(exit !== 0 && exit !== 3).toBe(theirs.exit !== 0)
      if (shows !== undefined) expect(Object.values(ours).flat().join('\n')).toContain(shows)
    })
  })
}

function storyOf(rows: readonly Row[]): Story {
  const story: Story = {}
  for (const { host, task, item, status, msg } of rows) {
    const turn = item === undefined || item === null ? '' : ` (${textOf(item)})`
    const said = msg === undefined || msg === null ? '' : ` ${textOf(msg)}`
    ;(story[host] ??= []).push(`${task}${turn}: ${status}${said}`)
  }
  return story
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))

/** What one run changes the other must find as it was: both work in a folder of their own. */
async function ansibleStory(
  site: TestSite,
  options: NonNullable<Case['options']>,
): Promise<{ story: Story; exit: number | null }> {
  await mkdir(site.path('callbacks'))
  await cp(new URL('referee-story.py', import.meta.url), site.path('callbacks/story.py'))
  const { tags, skipTags, check, limit, extraVars, startAtTask } = options
  const flags = [
    ...(tags ? ['--tags', tags.join(',')] : []),
    ...(skipTags ? ['--skip-tags', skipTags.join(',')] : []),
    ...(check ? ['--check'] : []),
    ...(limit === undefined ? [] : ['--limit', limit]),
    ...(startAtTask === undefined ? [] : ['--start-at-task', startAtTask]),
    ...(extraVars ?? []).flatMap((each) => ['-e', each]),
  ]
  const argv = ['-i', site.path('inventory'), site.path('play.yml'), ...flags]
  const { status, stdout, stderr } = spawnSync('ansible-playbook', argv, {
    encoding: 'utf8',
    env: {
      ...process.env,
      ANSIBLE_CALLBACK_PLUGINS: site.path('callbacks'),
      ANSIBLE_STDOUT_CALLBACK: 'story',
      ANSIBLE_LOCAL_TEMP: site.path('tmp'),
      ANSIBLE_REMOTE_TEMP: site.path('tmp'),
      ANSIBLE_RETRY_FILES_ENABLED: 'false',
    },
  })
  const lines = stdout.split('\n').filter((line) => line.startsWith('{"host"'))
  if (lines.length === 0) throw new Error(`nothing was played: ${stdout}${stderr}`)
  return { story: storyOf(lines.map((line) => JSON.parse(line) as Row)), exit: status }
}
