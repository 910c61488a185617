// Writes one generation of a fleet after the other, and tells each as soon as it is committed, until it is killed.
import { openStore } from '../../../src/store/sqlite/open.ts'
import { outcome, seen, step, T0, takeFacts } from '../../conformance/records.ts'

const [path = ''] = process.argv.slice(2)
const store = await openStore(path)
for (let generation = 1; ; generation += 1) {
  const page = Array.from({ length: 50 }, (_, at) =>
    seen({ id: `d-${at}`, name: `generation-${generation}` }),
  )
  await store.observe('mdm', page, takeFacts)
  process.stdout.write(`observed ${generation}\n`)
  const { items } = await store.work(100, T0)
  const plans = items.map((item) => outcome(item, [step(`${generation}-${item.device.dev}`)]))
  await store.savePlans(plans, { run: generation, revision: `r${generation}`, now: T0, limited: [] })
  process.stdout.write(`planned ${generation}\n`)
  const claimed = await store.claim(10, ['mdm'], generation, T0, T0 + 1)
  process.stdout.write(`issued ${claimed.map(({ command }) => command).join(' ')}\n`)
  await store.settle(claimed.map(({ dev, n }) => ({ dev, n, state: 'proven', at: T0 })))
}
