/** What a desired state may weigh. Beyond it a file is refused (`too-large`), so that reading a commit takes bounded time and memory. */
export type Limits = {
  /** Bytes of one file of documents. */
  readonly documentBytes: number
  /** Bytes of one list of devices. */
  readonly listBytes: number
  /** Lines of one list of devices, its header counted. */
  readonly listLines: number
  /** How deep lists and mappings nest, the document itself counted. */
  readonly depth: number
  readonly documentsPerFile: number
  /** Documents of the whole tree. */
  readonly documents: number
  /** Findings told of one file; the rest is counted. */
  readonly findingsPerFile: number
}

/** Far above what people write, far below what hurts. */
export const DEFAULT_LIMITS: Limits = {
  documentBytes: 1024 * 1024,
  listBytes: 16 * 1024 * 1024,
  listLines: 500_000,
  depth: 32,
  documentsPerFile: 1_000,
  documents: 100_000,
  findingsPerFile: 100,
}
