public import Telemetry

/// Where an encoder's vectors came from, counted since its start, and what waits for it.
public struct EncoderStatistics: Equatable, Sendable {
    /// Texts that went through the model.
    public var computed = 0
    /// Batches that they made.
    public var batches = 0
    /// Texts that waited for the same text of the same caller, and were answered with it.
    public var joined = 0
    /// Texts whose vector was still in the cache.
    public var remembered = 0
    /// How long requests waited until the first of their texts was taken up, in seconds.
    public var waits = Histogram()
    /// Tokens that wait now: of queries and other short requests, which go first, and of the others.
    public var urgentTokens = 0
    public var otherTokens = 0

    public init() {}
}
