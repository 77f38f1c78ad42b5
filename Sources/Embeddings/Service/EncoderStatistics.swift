public import Telemetry

/// Statistics of an encoder: the origin of its vectors, counted since the start, and the load of its queue.
public struct EncoderStatistics: Equatable, Sendable {
    /// Number of texts that went through the model.
    public var computed = 0
    /// Number of batches that the model ran.
    public var batches = 0
    /// Number of coalesced texts: they waited for an identical text of the same caller.
    public var joined = 0
    /// Number of texts served from the vector cache.
    public var remembered = 0
    /// Waiting time of requests until their first text was taken from the queue, in seconds.
    public var waits = Histogram()
    /// Number of tokens waiting now: in urgent requests (queries and other short ones), and in the others.
    public var urgentTokens = 0
    public var otherTokens = 0

    public init() {}
}
