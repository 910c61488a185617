import { SECOND } from '../../../src/domain/time.ts'
import { openGitLab } from '../../../src/forge/gitlab/gitlab.ts'
import type { GitLabOptions } from '../../../src/forge/gitlab/options.ts'
import { testClock } from '../../clock.ts'
import type { ForgeWorld } from '../../conformance/forge-world.ts'
import { makeWorld } from './gitlab-gitea-world.ts'
import { openFakeGitLab, PROJECT, TOKEN, US, type FakeGitLab } from './gitlab.ts'

export type GitLabWorld = ForgeWorld & { readonly fake: FakeGitLab }

/** Opens a world with GitLab in it. */
export async function openGitLabWorld(options: Partial<GitLabOptions> = {}): Promise<GitLabWorld> {
  const clock = testClock()
  const fake = await openFakeGitLab(() => clock.now())
  const forge = await openGitLab({
    name: 'gitlab',
    project: PROJECT,
    api: fake.server.address,
    token: () => TOKEN,
    clock,
    perSecond: 100_000,
    random: () => 0.5,
    answerWithin: 20 * SECOND,
    ...options,
  })
  const { repository, server, statuses } = fake
  return {
    fake,
    ...makeWorld({
      forge,
      clock,
      us: US,
      secrets: [TOKEN],
      repository,
      server,
      statuses: statuses.historyOf,
    }),
  }
}
