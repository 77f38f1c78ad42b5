/// The fallback chains of models.
package enum FallbackChains {
    /// Returns a model, its fallbacks and their fallbacks in depth-first order, each once; unknown names are ignored.
    static func chain(of model: ChatModels.Model, in models: [String: ChatModels.Model]) -> [ChatBackend] {
        var seen: Set<String> = []
        var chain: [ChatBackend] = []
        // A stack: a fallback's own fallbacks come before the next fallback.
        var next = [model.name]
        while let name = next.popLast() {
            guard let model = models[name], seen.insert(name).inserted else { continue }
            chain.append(model.backend)
            next += model.fallbacks.reversed()
        }
        return chain
    }

    /// Returns a cycle of names, with the first one repeated at the end; `nil` if there is none.
    ///
    /// - Parameter fallbacks: fallbacks by name, in a fixed order, so that the same settings give the same error.
    package static func cycle(_ fallbacks: [(name: String, fallbacks: [String])]) -> [String]? {
        let next = Dictionary(fallbacks.map { ($0.name, $0.fallbacks) }) { first, _ in first }
        var done: Set<String> = []
        for (start, _) in fallbacks where !done.contains(start) {
            // A path from `start`, with the names left to try at each step.
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
