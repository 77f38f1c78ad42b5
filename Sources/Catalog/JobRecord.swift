public import JSON
public import Tenancy

/// A durable piece of work: an accepted upload on its way to a searchable version.
public struct JobRecord: Hashable, Sendable {
    public enum Stage: String, Sendable {
        case queued, running, ready, failed, cancelled

        public var isFinal: Bool {
            switch self {
            case .queued, .running: false
            case .ready, .failed, .cancelled: true
            }
        }
    }
    public let id: String
    public let document: DocumentID
    public let stage: Stage
    /// Closed words for programs, and a sentence for people; both `nil` unless the job failed, be it cancelled later.
    public let errorCode: String?
    public let errorDetail: String?
    public let counts: ChunkCounts
    /// Whether the upload of a failed job is kept, so that the job can be run again.
    public let isRetryable: Bool
    public let createdAt: Timestamp
    public let updatedAt: Timestamp
}

/// A job that this process has taken, with all that is needed to do it.
public struct ClaimedJob: Sendable {
    /// The scope under which the upload was accepted.
    public let scope: TenantScope
    public let number: Int64
    public let id: String
    public let document: DocumentID
    /// What the upload said of its body: media type, title, metadata.
    public let header: JSONObject
    public let payload: [UInt8]
    /// Number of attempts, this one included. An attempt that the end of a process interrupted is not counted.
    public let attempts: Int
    /// Whether the job was running when a process ended. It may have been the reason, so nothing else of the queue runs beside it.
    public let runsAlone: Bool
    /// Number of process ends while the job ran alone.
    public let interruptions: Int
}
