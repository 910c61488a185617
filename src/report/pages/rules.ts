import type { Page } from './page.ts'
import { SAFETY_RULES } from './rules-safety.ts'
import { DEVICE_RULES } from './rules-devices.ts'

/** The page of every rule that a step or finding cites, by its number. */
export const RULE_PAGES: Readonly<Record<string, Page>> = { ...DEVICE_RULES, ...SAFETY_RULES }
