import type { Context } from './context.ts'
import { objectOf, textOf } from './json.ts'
import { isDeviceId } from './managed-device.ts'
import { OVERLAP } from './timing.ts'
import { unreachable } from './trouble.ts'

/** Who is in the groups of our configurations: an administrator may have taken a device out, or put one in. */
export async function readMembers(context: Context): Promise<void> {
  const { memory, graph, clock } = context
  for (const target of memory.read((rows) => rows.targets())) {
    if (target.group === undefined) continue
    const startedAt = clock.now()
    const exists = (await graph.get('group', `/v1.0/groups/${target.group}?$select=id`)) !== undefined
    const members = exists ? await membersOf(context, 'members', target.group) : new Set<string>()
    memory.write((rows) => {
      const there = new Set(
        [...rows.byEntra()].flatMap(([entra, ids]) => (members.has(entra) ? ids.map(({ id }) => id) : [])),
      )
      const known = rows.members(target.name)
      for (const membership of known) {
        // What was told a moment ago may not show in lists yet.
        const isOld = membership.since < startedAt - OVERLAP
        if (!there.has(membership.device) && membership.state !== 'leaving' && isOld)
          rows.setMembership({ ...membership, state: 'leaving', since: startedAt })
      }
      for (const device of there) {
        if (known.some((each) => each.device === device)) continue
        const configuration = target.spec.serverName
        rows.setMembership({
          device,
          target: target.name,
          configuration,
          state: 'joining',
          since: startedAt,
          confirmed: false,
        })
      }
    })
  }
}

/** deviceIds of the devices in a group. */
async function membersOf(
  { graph }: Context,
  how: 'members' | 'transitiveMembers',
  group: string,
): Promise<Set<string>> {
  const ids = new Set<string>()
  const path = `/v1.0/groups/${group}/${how}/microsoft.graph.device?$select=id,deviceId&$top=999`
  for await (const page of graph.list('members', path)) {
    for (const each of page) {
      const id = textOf(objectOf(each)?.['deviceId'])
      if (id !== undefined) ids.add(id.toLowerCase())
    }
  }
  return ids
}

/** Groups that selectors may name; those that the settings do not name are not read, which is not the same as empty. */
export async function readGroups(context: Context): Promise<void> {
  const { memory, graph, groups, driver } = context
  if (groups.length === 0) return memory.write((rows) => rows.setGroups(undefined))
  const byDevice = new Map<string, string[]>()
  for (const group of groups) {
    const filter = isDeviceId(group) ? `id eq '${group}'` : `displayName eq '${group.replaceAll("'", "''")}'`
    const path = `/v1.0/groups?$filter=${encodeURIComponent(filter)}&$select=id,displayName`
    let found = false
    for await (const page of graph.list('groups', path)) {
      for (const each of page.map(objectOf)) {
        const [id, name] = [textOf(each?.['id']), textOf(each?.['displayName'])]
        if (id === undefined) continue
        found = true
        const members = await membersOf(context, 'transitiveMembers', id)
        for (const [entra, devices] of memory.read((rows) => rows.byEntra())) {
          if (!members.has(entra)) continue
          for (const device of devices)
            byDevice.set(device.id, [
              ...(byDevice.get(device.id) ?? []),
              ...(name === undefined ? [id] : [name, id]),
            ])
        }
      }
    }
    if (!found) throw unreachable(driver, `there is no group "${group}", which the settings name`)
  }
  memory.write((rows) => rows.setGroups(byDevice))
}
