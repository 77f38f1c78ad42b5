import Memory
import Scheduling
import Synchronization
public import Tenancy

/// The authenticated client of an MCP request, and the memory held for it.
public struct MCPCaller: Sendable {
    let caller: Caller
    /// The memory of the request; `nil` in the operator's own process, where memory is not counted.
    let memory: MCPMemory?
    private let place: @Sendable () throws -> [ConcurrencySlot]

    /// Creates the operator, whose process serves no other client.
    public init(_ caller: Caller) {
        (self.caller, memory) = (caller, nil)
        place = { [] }
    }

    /// - Parameter place: takes the permits of one more request.
    init(_ caller: Caller, memory: MCPMemory, place: @escaping @Sendable () throws -> [ConcurrencySlot]) {
        (self.caller, self.memory, self.place) = (caller, memory, place)
    }

    /// Takes the permits of `count` more requests.
    func places(_ count: Int) throws -> [ConcurrencySlot] { try (0..<max(0, count)).flatMap { _ in try place() } }
}

/// The memory of one MCP request: its body, the finished answers of a batch, and what the current answer needs.
final class MCPMemory: Sendable {
    private let reservation: MemoryReservation
    /// Memory of the body, in bytes.
    private let body: Int
    private let state = Mutex((kept: 0, hasWaitedInVain: false))

    /// - Parameter reservation: a reservation that holds the body.
    init(_ reservation: MemoryReservation) {
        self.reservation = reservation
        body = reservation.held
    }

    /// Reserves memory for the next answer.
    func expect(_ bytes: Int) async throws {
        do {
            try await reservation.grow(by: body + state.withLock { $0.kept } + bytes - reservation.held)
        } catch {
            state.withLock { $0.hasWaitedInVain = true }
            throw error
        }
    }

    /// Keeps `bytes` for the finished answers, and releases what the last one needed while it was made.
    ///
    /// - Returns: whether there was memory for them, and for all earlier calls of `expect`.
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
