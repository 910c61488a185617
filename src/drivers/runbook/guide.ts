import type { SentKind } from '../../domain/driver.ts'

/** Where in the console each step is done, and how. */
export type Guide = Readonly<Record<SentKind, Instructions>>
export type Instructions = { readonly where: string; readonly how: readonly string[] }

/** The console of Ivanti Neurons for MDM. */
export const IVANTI_GUIDE: Guide = {
  install: {
    where: 'Configurations > the eSIM configuration > Distribution > Custom',
    how: [
      'Add the device, or a group that it is in, and save.',
      'Devices > the device > Force Check-in.',
      'On the device: see that the eSIM is listed. "Installed" in the console does not say so.',
    ],
  },
  update: {
    where: 'Configurations > the eSIM configuration > Edit',
    how: ['Change the flags, and neither the server name nor the distribution.', 'Save.'],
  },
  uninstall: {
    where: 'Configurations > the eSIM configuration > Distribution > Custom',
    how: [
      'Take the device, or the group that it is in, out and save.',
      'Devices > the device > Force Check-in.',
      'Devices > the device > Configurations: see that it is gone.',
    ],
  },
  reset: {
    where: 'Devices > the device > the eSIM reset of its details page (English consoles call it "eSIM wipe")',
    how: [
      'Compare the serial number first.',
      'NEVER choose Wipe: that erases the device. Stop when the dialogue does not speak of eSIMs alone.',
      'Confirm, and wait for a check-in.',
      'On the device: see that Settings > Cellular lists no eSIM.',
    ],
  },
  'delete-record': {
    where: 'Devices > the record with the id above > Actions > Delete',
    how: [
      'See that its status is Retired or Wiped, and that another, active record has the same serial number.',
      'Delete the old record only.',
    ],
  },
  retire: {
    where: 'Devices > the device > Actions > Retire',
    how: ['Compare the serial number first: retiring is immediate, and there is no way back.', 'Confirm.'],
  },
}

/** Any console. */
export const PLAIN_GUIDE: Guide = {
  install: {
    where: 'The console of the MDM',
    how: ['Point the configuration at the device.', 'On the device: see that the eSIM is listed.'],
  },
  update: {
    where: 'The console of the MDM',
    how: ['Change the flags of the configuration, and nothing else.'],
  },
  uninstall: {
    where: 'The console of the MDM',
    how: ['Take the device out of the configuration.', 'See that it is gone.'],
  },
  reset: {
    where: 'The console of the MDM',
    how: [
      'Compare the serial number first.',
      'Choose what erases the eSIMs alone, never what erases the device.',
      'On the device: see that no eSIM is listed.',
    ],
  },
  'delete-record': { where: 'The console of the MDM', how: ['Delete the old record only.'] },
  retire: {
    where: 'The console of the MDM',
    how: ['Compare the serial number first.', 'Retire the device.'],
  },
}
