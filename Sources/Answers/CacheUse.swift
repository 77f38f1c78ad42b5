import Completions

/// The result of a response cache lookup.
public enum CacheUse: String, CaseIterable, Sendable {
    case hit, shared, miss
    /// The request refuses cached answers, or there is no cache.
    case bypassed

    init(_ origin: ChatTurn.Origin) {
        self =
            switch origin {
            case .cache: .hit
            case .shared: .shared
            case .model: .miss
            }
    }
}
