import { forgeConformance } from '../conformance/forge.ts'
import { openGitHubWorld } from './fakes/github-world.ts'

forgeConformance('GitHub, as an app', () => openGitHubWorld('app'))
forgeConformance('GitHub, with a token', () => openGitHubWorld('token'))
