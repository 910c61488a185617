const COUNTED = [
  ['ready', "= 'ready'"],
  ['held', "= 'held'"],
  ['under_way', "in ('issued', 'accepted')"],
] as const

/**
 * Triggers that keep in `total` how many steps are in which state: part of the first migration. A `when` that is false
 * costs next to nothing; a list of three states there would be a table each time.
 */
export const STEP_TOTALS = COUNTED.map(
  ([total, is]) => `create trigger ${total}_comes after insert on step when new.state ${is}
  begin update total set ${total} = ${total} + 1; end;
create trigger ${total}_goes after delete on step when old.state ${is}
  begin update total set ${total} = ${total} - 1; end;
create trigger ${total}_turns after update of state on step when (old.state ${is}) <> (new.state ${is})
  begin update total set ${total} = ${total} + iif(new.state ${is}, 1, -1); end;`,
).join('\n')
