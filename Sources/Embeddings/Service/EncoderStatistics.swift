/// Where an encoder's vectors came from, counted since its start.
public struct EncoderStatistics: Equatable, Sendable {
    /// Texts that went through the model.
    public var computed = 0
    /// Batches that they made.
    public var batches = 0
    /// Texts that waited for the same text of the same caller, and were answered with it.
    public var joined = 0
    /// Texts whose vector was still in the cache.
    public var remembered = 0

    public init() {}
}
