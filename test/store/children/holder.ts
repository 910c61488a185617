// Takes the executor lock and keeps it until it is killed.
import { acquireExecutorLock } from '../../../src/store/sqlite/lock.ts'

const [path = ''] = process.argv.slice(2)
const lock = acquireExecutorLock(path)
process.stdout.write(lock === undefined ? 'refused\n' : 'held\n')
setInterval(() => lock, 1_000)
