import { storeConformance } from '../conformance/store.ts'
import { postgresForThisFile, postgresWorld } from './postgres-world.ts'

const server = postgresForThisFile()
storeConformance('PostgreSQL', () => postgresWorld(server()))
