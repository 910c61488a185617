import { forgeConformance } from '../conformance/forge.ts'
import { openGitLabWorld } from './fakes/gitlab-world.ts'

forgeConformance('gitlab', openGitLabWorld)
