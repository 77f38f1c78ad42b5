/// The caller of a model: an opaque name, here a tenant's, and its incarnation, which changes when another tenant reuses the name.
public struct ChatCaller: Hashable, Sendable {
    public let name: String
    public let incarnation: String

    public init(_ name: String, incarnation: String) { (self.name, self.incarnation) = (name, incarnation) }
}
