import type { WorkStore } from '../../domain/work-store.ts'
import type { DeviceRow } from '../device-rows.ts'
import { journalStep, type StepRow, UNDER_WAY, UNISSUED } from '../step-rows.ts'
import type { BatchReads } from './batch-reads.ts'
import type { Connection } from './connection.ts'
import { WALK_DEVICES } from './device-reads.ts'
import type { Session } from './session.ts'
import { namedBy, STEP_COLUMNS } from './step-reads.ts'

const PLANNED = `select ${STEP_COLUMNS} from step s where s.dev = any($1::int[]) and s.${UNISSUED} order by s.dev, s.ord`
const BUSY = `select distinct s.dev from step s where s.dev = any($1::int[]) and s.${UNDER_WAY}`
const WAITING = 'select dev from work where dev = any($1::int[])'

/** All devices page by page, with what is planned for each: what planning from scratch is compared with. */
export function openAudits({ texts, read }: Connection, batches: BatchReads): WorkStore['audit'] {
  return (after, limit, now) =>
    read(async (session) => {
      const rows = await session.rows<DeviceRow>(WALK_DEVICES, after, limit)
      const devs = rows.map(({ dev }) => dev)
      const keys = new Map(rows.map(({ dev, key }) => [dev, key]))
      const planned = await session.rows<StepRow>(PLANNED, devs)
      const names = await texts.named(session, namedBy(planned))
      const steps = Map.groupBy(
        planned.flatMap((row) => {
          const key = keys.get(row.dev)
          return key === undefined ? [] : journalStep(row, key, names)
        }),
        ({ dev }) => dev,
      )
      const underWay = await devsIn(session, BUSY, devs)
      const listed = await devsIn(session, WAITING, devs)
      const planables = await batches.planables(session, rows, now)
      const items = planables.map((each) => {
        const { dev } = each.device
        return {
          ...each,
          underWay: underWay.has(dev),
          waiting: listed.has(dev),
          steps: steps.get(dev) ?? [],
        }
      })
      const siblings = await batches.siblings(
        session,
        items.map(({ device }) => device),
      )
      return { items, siblings }
    })
}

async function devsIn(session: Session, sql: string, devs: readonly number[]): Promise<ReadonlySet<number>> {
  return new Set((await session.rows<{ dev: number }>(sql, devs)).map(({ dev }) => dev))
}
