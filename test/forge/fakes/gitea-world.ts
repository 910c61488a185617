import type { CommitStatus } from '../../../src/domain/forge.ts'
import { SECOND } from '../../../src/domain/time.ts'
import { openGitea } from '../../../src/forge/gitea/gitea.ts'
import type { GiteaOptions } from '../../../src/forge/gitea/options.ts'
import { testClock } from '../../clock.ts'
import type { ForgeWorld } from '../../conformance/forge-world.ts'
import { openFakeGitea, TOKEN, US, type FakeGitea, type Flavour } from './gitea.ts'
import { makeWorld } from './gitlab-gitea-world.ts'

export type GiteaWorld = ForgeWorld & { readonly fake: FakeGitea }

/** Opens a world with Gitea, or with Forgejo, in it. */
export async function openGiteaWorld(
  flavour: Flavour,
  options: Partial<GiteaOptions> = {},
): Promise<GiteaWorld> {
  const clock = testClock()
  const fake = await openFakeGitea(() => clock.now(), flavour)
  const { repository, server, statuses } = fake
  const forge = await openGitea({
    name: flavour,
    repository: 'acme/esim',
    api: server.address,
    token: () => TOKEN,
    clock,
    perSecond: 100_000,
    random: () => 0.5,
    answerWithin: 20 * SECOND,
    ...options,
  })
  return {
    fake,
    ...makeWorld({
      forge,
      clock,
      us: US,
      secrets: [TOKEN],
      repository,
      server,
      statuses: (commit) => statuses.filter(({ sha }) => sha === commit).map(statusOf),
    }),
  }
}

function statusOf({ context, status, description, target_url }: FakeGitea['statuses'][number]): CommitStatus {
  return {
    context,
    state: status as CommitStatus['state'],
    description,
    ...(target_url === '' ? {} : { url: target_url }),
  }
}
