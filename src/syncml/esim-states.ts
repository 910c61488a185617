/** `DownloadServers/{ServerName}/DiscoveryState`. The reference gives no reason for a failure. */
export const DISCOVERY_STATES = [
  { value: 1, name: 'Requested', meaning: 'asked for; also what the node says before anything happened' },
  { value: 2, name: 'Executing', meaning: 'under way' },
  {
    value: 3,
    name: 'Completed',
    meaning: 'the server was asked; that an eSIM came of it, the device must show',
  },
  { value: 4, name: 'Failed', meaning: 'failed, and the device gives no reason' },
] as const

/** `Profiles/{ICCID}/State`. */
export const ESIM_STATES = [
  {
    value: 1,
    name: 'Installing',
    meaning: 'being installed; also what the node says before anything happened',
  },
  { value: 2, name: 'Installed', meaning: 'on the chip' },
  { value: 3, name: 'Deleting', meaning: 'being deleted, and still on the chip' },
  { value: 4, name: 'Error', meaning: 'failed: see ErrorDetail' },
] as const

/** One value of `Profiles/{ICCID}/ErrorDetail`. Not the numbers of the WinRT enumeration `ESimOperationStatus`. */
export type ErrorDetailRow = {
  readonly value: number
  readonly name: string
  /** `failed-for-good`: no try helps before something else changes. */
  readonly verdict: 'none' | 'failed' | 'failed-for-good'
  readonly treatment: string
}

/** Every ErrorDetail of the reference; 2, 4 and 9 are not assigned. */
export const ERROR_DETAILS: readonly ErrorDetailRow[] = [
  { value: 0, name: 'None', verdict: 'none', treatment: 'no error is told' },
  {
    value: 1,
    name: 'CardGeneralFailure',
    verdict: 'failed',
    treatment: 'it is tried again a few times; then ask the operator',
  },
  {
    value: 3,
    name: 'ConfirmationCodeMissing',
    verdict: 'failed-for-good',
    treatment: 'the operator wants a confirmation code, for which the device has no node',
  },
  {
    value: 5,
    name: 'ForbiddenByPolicy',
    verdict: 'failed-for-good',
    treatment: 'a policy rule of an eSIM forbids it, until that eSIM goes',
  },
  {
    value: 6,
    name: 'InvalidMatchingId',
    verdict: 'failed-for-good',
    treatment: 'the activation code is wrong',
  },
  {
    value: 7,
    name: 'NoEligibleProfileForThisDevice',
    verdict: 'failed',
    treatment: 'the operator has no eSIM for this EID: tell it the EID',
  },
  {
    value: 8,
    name: 'NotEnoughSpaceOnCard',
    verdict: 'failed-for-good',
    treatment: 'the chip is full, until an eSIM goes',
  },
  {
    value: 10,
    name: 'ProfileEidMismatch',
    verdict: 'failed-for-good',
    treatment: 'the eSIM is made for another EID',
  },
  {
    value: 11,
    name: 'ProfileNotAvailableForNewBinding',
    verdict: 'failed-for-good',
    treatment: 'the eSIM was bound before, here or elsewhere: the operator must make it available again',
  },
  {
    value: 12,
    name: 'ProfileNotReleasedByOperator',
    verdict: 'failed',
    treatment: 'the operator has not released the eSIM yet',
  },
  {
    value: 13,
    name: 'RemoteServerGeneralFailure',
    verdict: 'failed',
    treatment: "the operator's server failed; it is tried again",
  },
  {
    value: 14,
    name: 'RemoteServerUnreachable',
    verdict: 'failed',
    treatment: "the operator's server could not be reached; it is tried again",
  },
]

/** The row of a detail; a number that is not assigned may pass, so it is tried again. */
export function errorDetail(value: number): ErrorDetailRow {
  return (
    ERROR_DETAILS.find((each) => each.value === value) ?? {
      value,
      name: `error ${value}`,
      verdict: 'failed',
      treatment: 'the reference does not name this error; it is tried again',
    }
  )
}
