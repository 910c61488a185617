import type { Connection } from './connection.ts'
import { UNISSUED } from './step-rows.ts'

/**
 * Keeps a device's verdict true to its first step: `held` when that waits, over a budget included, else `working`.
 * Planning knows no budgets, so only the store can tell. Other verdicts, and devices without steps, stay as they are.
 */
export function openStanding({ db }: Connection): (dev: number) => void {
  const stand = db.prepare<[number, number]>(
    `update device set verdict = coalesce((select case s.state when 'held' then 'held' else 'working' end
         from step s where s.dev = (select ?) and s.${UNISSUED} order by s.ord limit 1), verdict)
       where dev = ? and verdict in ('working', 'held')`,
  )
  return (dev) => void stand.run(dev, dev)
}
