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
    /// Closed words for programs, and a sentence for people; both `nil` unless the job failed.
    public let errorCode: String?
    public let errorDetail: String?
    public let counts: ChunkCounts
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
    /// How often the job was taken, this time included.
    public let attempts: Int
}
