import type { DocumentStore } from './document-store.ts'
import type { FleetStore } from './fleet-store.ts'
import type { HoldStore } from './hold-store.ts'
import type { JournalStore } from './journal-store.ts'
import type { MemoryStore } from './memory-store.ts'
import type { NoticeStore } from './notice-store.ts'
import type { ReadStore } from './read-store.ts'
import type { RetentionStore } from './retention-store.ts'
import type { RevisionStore } from './revision-store.ts'
import type { RunStore } from './run-store.ts'
import type { WorkStore } from './work-store.ts'

/*
 * The store's ports. Every method is asynchronous and exactly one transaction; nothing composes transactions across
 * an await. Each floor asks for the small port it needs; `Store` is the sum for the composition root.
 */

/** Everything the store can do: the sum of its ports, for the composition root alone. */
export interface Store
  extends
    FleetStore,
    WorkStore,
    JournalStore,
    RevisionStore,
    HoldStore,
    RunStore,
    ReadStore,
    RetentionStore,
    DocumentStore,
    MemoryStore,
    NoticeStore,
    AsyncDisposable {}
