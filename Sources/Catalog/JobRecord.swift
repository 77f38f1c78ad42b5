public import JSON
public import Tenancy

/// A durable job: an accepted upload that becomes a searchable version.
public struct JobRecord: Hashable, Sendable {
    public enum Stage: String, Sendable, CaseIterable {
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
    /// An error code for programs and a sentence for people; `nil` unless the job failed, even if it was cancelled later.
    public let errorCode: String?
    public let errorDetail: String?
    public let counts: ChunkCounts
    /// The version that the job stored; `nil` unless the job is ready.
    public let version: VersionTag?
    /// Whether the upload of a failed job is kept, so that the job can be retried.
    public let isRetryable: Bool
    public let createdAt: Timestamp
    public let updatedAt: Timestamp
}

/// A job that this process has claimed, with everything needed to run it.
public struct ClaimedJob: Sendable {
    /// The scope under which the upload was accepted.
    public let scope: TenantScope
    public let number: Int64
    public let id: String
    public let document: DocumentID
    /// The upload's description of its body: media type, title, metadata.
    public let header: JSONObject
    /// The condition under which the job may store its version.
    public let condition: WriteCondition?
    public let payload: [UInt8]
    /// Number of attempts, including this one. Attempts interrupted by the end of a process are not counted.
    public let attempts: Int
    /// Whether the job was running when a process ended. The job may have been the cause, so no other job runs beside it.
    public let runsAlone: Bool
    /// Number of times that a process ended while the job ran alone.
    public let interruptions: Int
}
