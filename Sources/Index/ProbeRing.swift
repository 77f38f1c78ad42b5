internal import Synchronization

/// A ring buffer of recent distinct queries, with which maintenance measures the recall of graph search. In memory only.
final class ProbeRing: Sendable {
    /// A recorded query and the hash of its components.
    struct Probe: Sendable {
        let query: [Float]
        let hash: UInt64
    }

    /// Once the buffer is full, one of this many graph searches is recorded, at random: traffic may be periodic.
    private static let every = 8
    /// Maximum number of recorded queries; a new one then replaces the oldest.
    static let capacity = 384

    private struct State {
        var probes: [Probe] = []
        var hashes: Set<UInt64> = []
        var next = 0
        /// Number of queries recorded since the last measurement.
        var fresh = 0
    }
    private let searches = Atomic<UInt64>(0)
    private let isFull = Atomic(false)
    private let state = Mutex(State())

    /// Records a query, unless it is recorded already: repeated queries would be counted as independent ones.
    func offer(_ query: [Float]) {
        let number = searches.wrappingAdd(1, ordering: .relaxed).oldValue
        guard !isFull.load(ordering: .relaxed) || Self.mixed(number) % UInt64(Self.every) == 0 else { return }
        let probe = Probe(query: query, hash: Self.hash(query))
        state.withLock { state in
            guard state.hashes.insert(probe.hash).inserted else { return }
            if state.probes.count < Self.capacity {
                state.probes.append(probe)
            } else {
                state.hashes.remove(state.probes[state.next].hash)
                state.probes[state.next] = probe
            }
            state.next = (state.next + 1) % Self.capacity
            state.fresh += 1
            if state.probes.count == Self.capacity { isFull.store(true, ordering: .relaxed) }
        }
    }

    /// Whether the buffer is full, and half of it was recorded since the last measurement.
    var hasEnough: Bool { state.withLock { $0.probes.count == Self.capacity && $0.fresh >= Self.capacity / 2 } }

    /// The recorded queries.
    var queries: [[Float]] { state.withLock { $0.probes.map(\.query) } }

    /// Memory of the recorded queries, in bytes.
    var bytes: Int { state.withLock { $0.probes.reduce(0) { $0 + $1.query.count * MemoryLayout<Float>.size } } }

    /// Returns the recorded queries and marks them as measured; none if the buffer is not full.
    func take() -> [Probe] {
        state.withLock { state in
            guard state.probes.count == Self.capacity else { return [] }
            state.fresh = 0
            return state.probes
        }
    }

    private static func hash(_ query: [Float]) -> UInt64 { mixed(query.reduce(0) { ($0 &* 0x100_0000_01B3) ^ UInt64($1.bitPattern) }) }

    /// Source: the finaliser of SplitMix64, Steele, Lea & Flood 2014.
    private static func mixed(_ number: UInt64) -> UInt64 {
        var z = number &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
