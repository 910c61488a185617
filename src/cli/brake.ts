import type { Finding } from '../domain/finding.ts'

/** Why nothing destructive may be planned against a snapshot; `undefined`: it may. */
export function brakeOf(
  emptied: boolean,
  complete: boolean,
): 'empty-source' | 'inventory-incomplete' | undefined {
  if (emptied) return 'empty-source'
  return complete ? undefined : 'inventory-incomplete'
}

/** No configuration is wanted any more, and the snapshot itself shows that an earlier revision had one. */
export function emptySource(): Finding {
  return {
    code: 'empty-source',
    severity: 'warning',
    message:
      'there is no EsimConfiguration, and yet the fleet has some of ours: nothing destructive is planned',
    hint: 'to take everything off, leave the configurations in and write `to: none`',
  }
}
