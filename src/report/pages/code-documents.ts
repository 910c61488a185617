import type { FindingCode } from '../../domain/finding.ts'
import type { Page } from './page.ts'

/** Codes about what is written in the desired state. */
export const DOCUMENT_PAGES = {
  'invalid-document': {
    title: 'A document or list cannot be read as it is written',
    means:
      'A file below the source path has a syntax error, an unknown or missing key, a value of the wrong kind, or one that no device would accept. The finding says which, with file, line and column.',
    why: 'One misread key can move a whole fleet. So the revision is refused as a whole: no device is touched and what was in force stays in force.',
    todo: 'Correct the line. `simplane validate` checks a folder without any network; editors check it while you type with the schemas of `simplane schema`.',
  },
  'duplicate-name': {
    title: 'Two documents of one kind share a name',
    means: 'metadata.name must be unique for each kind; the finding names both places.',
    why: 'Devices, groups and journals refer to a document by its kind and name, wherever its file is.',
    todo: 'Rename one of them. Renaming a configuration plans nothing as long as its server stays the same.',
  },
  'unknown-group': {
    title: 'No DeviceGroup has this name',
    means: 'A configuration, retirement or policy names a group that no document declares.',
    why: 'A group that silently selects nobody would uninstall eSIM configurations from everyone who was in it.',
    todo: 'Correct the name or add the DeviceGroup. Groups of the MDM are named in a selector (mdmGroups), not here.',
  },
  'unknown-device': {
    title: 'A listed device is not known',
    means: 'A serial number, EID or record id in a document or list fits no recorded device.',
    why: 'It may not be enrolled yet: then it is picked up by itself as soon as it is. It may also be a typing error.',
    todo: 'Compare with `simplane devices`. A device name or user is no reference.',
    rule: 'S27',
  },
  'ambiguous-device': {
    title: 'A reference fits two devices',
    means:
      'The text is, for instance, the serial number of one device and the record id of another, or two devices report it.',
    why: 'Guessing could erase the eSIM of the wrong device, so neither is touched.',
    todo: 'Write the kind in front: `serial:`, `eid:` or `id:`. If two devices report the same serial number, correct it in the MDM.',
    rule: 'S27',
  },
  'selects-nobody': {
    title: 'A group, list or selector selects no device',
    means: 'What is empty selects nobody; it never means everybody.',
    why: 'Often an MDM group was renamed or a label is misspelt; the finding offers the nearest name there is.',
    todo: 'Correct the selector, or leave it if it is meant to be empty for now.',
    rule: 'S9',
  },
  'priority-tie': {
    title: 'Two configurations of one priority want the same device',
    means: 'Both select the device with equal priority, so nobody can tell which one is wanted.',
    why: 'A device holds one wanted configuration; a coin tossed at each pass would make it flap between two carriers. It is left as it is.',
    todo: 'Give one of them a lower `priority` (the lowest number wins), or except the device in one of them.',
    rule: 'S30',
  },
  outranked: {
    title: 'Another configuration wins on this device',
    means:
      'Several configurations select the device; the one with the lowest priority number is wanted, the others are not.',
    why: 'That is how overlapping groups are resolved. It is told because it decides which eSIM a person gets.',
    todo: 'Nothing, if it is meant so. Otherwise change `priority` or the groups.',
    rule: 'S30',
  },
  'group-shrank': {
    title: 'A group lost many members although its text did not change',
    means:
      'More than a tenth of the members (and more than ten) left at once. The uninstalls that follow are held.',
    why: 'Mostly an MDM group was renamed or emptied, or labels could not be read: the wish has not changed, only the answer.',
    todo: 'Look at the group in the MDM. If the members really left: `simplane approve` the hold.',
  },
  'empty-source': {
    title: 'The revision holds no configuration, the one before did',
    means: 'No EsimConfiguration is left. Nothing destructive is planned from this revision.',
    why: 'A wrong path or an emptied folder must not uninstall every eSIM configuration.',
    todo: 'Check `source.path`. To remove everything on purpose, keep the documents and set `distribution.to: none`.',
  },
} as const satisfies Partial<Record<FindingCode, Page>>
