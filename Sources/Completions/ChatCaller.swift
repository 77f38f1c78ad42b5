/// Who asks, as far as a model needs to know: an opaque name, here a tenant's, and its generation, which differs where a name is used
/// again by another.
public struct ChatCaller: Hashable, Sendable {
    public let name: String
    public let generation: String

    public init(_ name: String, generation: String) { (self.name, self.generation) = (name, generation) }
}
