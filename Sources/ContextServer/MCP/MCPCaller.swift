import Memory
import Synchronization

/// Who asks over MCP, and what is held for it.
public struct MCPCaller: Sendable {
    let caller: Caller
    /// `nil` where nothing is counted: the operator's own process.
    let memory: MCPMemory?
    private let place: @Sendable () throws -> [Permit]

    /// The operator, whose process serves nobody else.
    public init(_ caller: Caller) {
        (self.caller, memory) = (caller, nil)
        place = { [] }
    }

    /// - Parameter place: takes a place for one more request.
    init(_ caller: Caller, memory: MCPMemory, place: @escaping @Sendable () throws -> [Permit]) {
        (self.caller, self.memory, self.place) = (caller, memory, place)
    }

    /// Takes places for so many more requests.
    func places(_ count: Int) throws -> [Permit] { try (0..<max(0, count)).flatMap { _ in try place() } }
}

/// The memory of one request to MCP: its body, the answers that are there already, and what the answer that is made now needs.
final class MCPMemory: Sendable {
    private let reservation: MemoryReservation
    /// What the body takes.
    private let body: Int
    private let state = Mutex((kept: 0, hasWaitedInVain: false))

    /// - Parameter reservation: holds the body.
    init(_ reservation: MemoryReservation) {
        self.reservation = reservation
        body = reservation.held
    }

    /// Takes memory for an answer that is to be made.
    func expect(_ bytes: Int) async throws {
        do {
            try await reservation.grow(by: body + state.withLock { $0.kept } + bytes - reservation.held)
        } catch {
            state.withLock { $0.hasWaitedInVain = true }
            throw error
        }
    }

    /// Keeps `bytes` of answers, and gives back what making the last one took.
    ///
    /// - Returns: whether there was memory for them, and for what was expected before.
    func keep(_ bytes: Int) async -> Bool {
        let hasWaitedInVain = state.withLock { state in
            state.kept = bytes
            return state.hasWaitedInVain
        }
        let hadRoom = reservation.held >= body + bytes || reservation.tryGrow(by: body + bytes - reservation.held)
        reservation.settle(at: body + bytes)
        return hadRoom && !hasWaitedInVain
    }
}
