import { storeConformance } from '../conformance/store.ts'
import { sqliteWorld } from './sqlite-world.ts'

storeConformance('SQLite', sqliteWorld)
