import { text, whole, type Json } from './json.ts'

/**
 * Fleet renames its "teams" to "fleets" during 2026: every name that changed is in this file and nowhere else. Both are
 * read, whichever comes; what is sent is a setting, for the old names are only kept for a while.
 */
export type ApiNames = 'teams' | 'fleets'

/** The parameter that says for which team something is: in a query, and as a field of a form. */
export const TEAM_PARAMETER: Readonly<Record<ApiNames, string>> = { teams: 'team_id', fleets: 'fleet_id' }

/** The team of a host or a profile. 0: none. */
export type Team = { readonly id: number; readonly name?: string }

/** The team that an object of Fleet names, by its old or its new keys; `null` is "no team". */
export function teamOf(json: Json): Team {
  const id = whole(json['fleet_id']) ?? whole(json['team_id']) ?? 0
  const name = text(json['fleet_name']) ?? text(json['team_name'])
  return name === undefined ? { id } : { id, name }
}
