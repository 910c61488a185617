import type { FindingCode } from '../../domain/finding.ts'
import { DEVICE_PAGES } from './code-devices.ts'
import { DOCUMENT_PAGES } from './code-documents.ts'
import { ESIM_PAGES } from './code-esims.ts'
import type { Page } from './page.ts'

/** The page of every finding code. */
export const CODE_PAGES: Readonly<Record<FindingCode, Page>> = {
  ...DOCUMENT_PAGES,
  ...DEVICE_PAGES,
  ...ESIM_PAGES,
}
