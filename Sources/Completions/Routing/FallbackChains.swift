/// Which models stand in for which.
package struct FallbackChains {
    private let models: [String: ChatModels.Model]

    init(_ models: [ChatModels.Model]) { self.models = Dictionary(models.map { ($0.name, $0) }) { first, _ in first } }

    /// A model, then what it names and what these name, each once; names that are not here are passed over.
    func chain(of model: ChatModels.Model) -> [ChatBackend] {
        var seen: Set<String> = []
        var chain: [ChatBackend] = []
        // The last is the next; so a fallback's own come before the next fallback.
        var next = [model.name]
        while let name = next.popLast() {
            guard let model = models[name], seen.insert(name).inserted else { continue }
            chain.append(model.backend)
            next += model.fallbacks.reversed()
        }
        return chain
    }
}

extension FallbackChains {
    /// Names that lead back to the first of them, which is repeated at the end; `nil` where none does.
    ///
    /// - Parameter fallbacks: in an order, so that the same settings give the same complaint.
    package static func cycle(_ fallbacks: [(name: String, fallbacks: [String])]) -> [String]? {
        let next = Dictionary(fallbacks.map { ($0.name, $0.fallbacks) }) { first, _ in first }
        var done: Set<String> = []
        for (start, _) in fallbacks where !done.contains(start) {
            // A path from `start`, with what is left to try at each of its steps.
            var path = [start]
            var rest = [next[start, default: []][...]]
            while let name = path.last {
                guard let follower = rest[rest.count - 1].popFirst() else {
                    done.insert(name)
                    path.removeLast()
                    rest.removeLast()
                    continue
                }
                if let place = path.firstIndex(of: follower) { return path[place...] + [follower] }
                guard !done.contains(follower) else { continue }
                path.append(follower)
                rest.append(next[follower, default: []][...])
            }
        }
        return nil
    }
}
