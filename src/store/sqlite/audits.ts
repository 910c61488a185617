import type { JournalStep } from '../../domain/journal.ts'
import type { WorkStore } from '../../domain/work-store.ts'
import type { DeviceRow } from '../device-rows.ts'
import { journalStep, type StepRow, UNDER_WAY, UNISSUED } from '../step-rows.ts'
import type { BatchReads } from './batch-reads.ts'
import type { Connection } from './connection.ts'
import { SELECT_DEVICE } from './device-reads.ts'

/** All devices page by page, with what is planned for each: what planning from scratch is compared with. */
export function openAudits({ db, texts, read }: Connection, batches: BatchReads): WorkStore['audit'] {
  const walk = db.prepare<[number, number], DeviceRow>(
    `${SELECT_DEVICE} where r.dev > (select ?) order by r.dev limit ?`,
  )
  const planned = db.prepare<[string], StepRow>(
    `select s.* from json_each(?) b cross join step s not indexed on s.dev = b.value
       where s.${UNISSUED} order by s.dev, s.ord`,
  )
  const busy = db.prepare<[string], { dev: number }>(
    `select s.dev from json_each(?) b cross join step s not indexed on s.dev = b.value where s.${UNDER_WAY}`,
  )
  const waiting = db.prepare<[string], { dev: number }>(
    'select w.dev from json_each(?) b cross join work w on w.dev = b.value',
  )

  return (after, limit, now) =>
    read(() => {
      const rows = walk.all(after, limit)
      const devs = JSON.stringify(rows.map(({ dev }) => dev))
      const keys = new Map(rows.map(({ dev, key }) => [dev, key]))
      const steps = new Map<number, JournalStep[]>()
      for (const row of planned.all(devs)) {
        const key = keys.get(row.dev)
        if (key === undefined) continue
        const of = steps.get(row.dev) ?? []
        steps.set(row.dev, of)
        of.push(journalStep(row, key, texts))
      }
      const underWay = devsOf(busy.all(devs))
      const listed = devsOf(waiting.all(devs))
      const items = batches.planables(rows, now).map((each) => {
        const { dev } = each.device
        return {
          ...each,
          underWay: underWay.has(dev),
          waiting: listed.has(dev),
          steps: steps.get(dev) ?? [],
        }
      })
      return { items, siblings: batches.siblings(items.map(({ device }) => device)) }
    })
}

function devsOf(rows: readonly { readonly dev: number }[]): ReadonlySet<number> {
  return new Set(rows.map(({ dev }) => dev))
}
