import type { HoldCode } from '../domain/plan.ts'

/** Why a device waits, in half a line; the page of the code says the rest. */
export const HOLD_WORDS: Readonly<Record<HoldCode, string>> = {
  'awaiting-approval': 'proposed only, waits for an approval',
  'budget-exceeded': 'over the budget of 24 hours',
  'collateral-esim': 'would erase an eSIM that is to be kept',
  'esim-state-unknown': 'nobody knows which eSIMs are on it',
  'foreign-esim': 'would erase an eSIM that is not ours',
  'group-shrank': 'its group lost many members at once',
  'personal-device': 'a personal device',
  'registration-frozen': 'another record of it is still on its way out',
  'stale-observation': 'not observed recently enough',
  'would-strand': 'its only way online',
}

/** What must come true, besides an approval, for the hold to end. */
export const HOLD_ENDS: Readonly<Record<HoldCode, readonly string[]>> = {
  'awaiting-approval': ['its configuration (or the Policy) says mode: enforce'],
  'budget-exceeded': [
    'steps of the last 24 hours have aged and the budget has room again',
    'the Policy allows more (budgets)',
  ],
  'collateral-esim': ['the kept eSIM is no longer on the device'],
  'esim-state-unknown': [
    'a complete list of its eSIMs is observed',
    'the Policy says unknownEsims: allow for this case',
  ],
  'foreign-esim': ['the foreign eSIM is no longer on the device'],
  'group-shrank': ['the group has its members back'],
  'personal-device': ['the MDM reports the device as company-owned'],
  'registration-frozen': ['the other record has settled in the MDM: active again, or wiped or retired'],
  'stale-observation': [
    'the device checks in and is observed',
    'the Policy allows older observations (freshness.destructive)',
  ],
  'would-strand': [
    'it checks in over another network',
    'the Policy says that it has another way online (connectivity)',
  ],
}

/** The rule a hold rests on; absent: a decision of ours, not of the domain. */
export const HOLD_RULES: Readonly<Partial<Record<HoldCode, string>>> = {
  'collateral-esim': 'S11',
  'esim-state-unknown': 'S32',
  'foreign-esim': 'S11',
  'personal-device': 'S11',
  'registration-frozen': 'S31',
  'stale-observation': 'S36',
  'would-strand': 'S23',
}
