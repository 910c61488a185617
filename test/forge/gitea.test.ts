import { forgeConformance } from '../conformance/forge.ts'
import { openGiteaWorld } from './fakes/gitea-world.ts'

forgeConformance('gitea', () => openGiteaWorld('gitea'))
forgeConformance('forgejo', () => openGiteaWorld('forgejo'))
