// Dies in the middle of a transaction, with a page half recorded.
import { openPostgres } from '../../../src/store/postgres/open.ts'
import { seen, takeFacts } from '../../conformance/records.ts'

const [url = ''] = process.argv.slice(2)
const store = await openPostgres(url)
await store.observe('mdm', [seen()], takeFacts)
process.stdout.write('observed\n')
await store.observe('mdm', [seen({ name: 'changed' }), seen({ id: 'd-2' })], (before, observation) => {
  if (observation.facts.id === 'd-2') process.kill(process.pid, 'SIGKILL')
  return takeFacts(before, observation)
})
