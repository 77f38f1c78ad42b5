package import NIOCore
import Synchronization

/// The registry of the server's open connections. It closes the oldest strangers when there are too many (see `ConnectionRegister`).
package final class Connections: Sendable {
    private struct State {
        var register: ConnectionRegister
        var channels: [ConnectionRegister.Number: any Channel] = [:]
        var numbers: [ObjectIdentifier: ConnectionRegister.Number] = [:]

        mutating func forget(_ number: ConnectionRegister.Number) -> (any Channel)? {
            guard let channel = channels.removeValue(forKey: number) else { return nil }
            numbers[ObjectIdentifier(channel)] = nil
            return channel
        }
    }

    package let limits: ConnectionLimits
    private let state: Mutex<State>

    package init(_ limits: ConnectionLimits) {
        self.limits = limits
        state = Mutex(State(register: ConnectionRegister(limits)))
    }

    package var counts: (open: Int, unauthenticated: Int, evicted: Int, refused: Int) {
        state.withLock { state in
            let register = state.register
            return (register.count, register.strangerCount, register.evicted, register.refused)
        }
    }

    /// Admits a new connection, and closes the connections that must make room for it.
    ///
    /// - Returns: whether the new connection may stay.
    package func admit(_ channel: any Channel) -> Bool {
        let address = ClientAddress(channel.remoteAddress)
        let (isAdmitted, evicted) = state.withLock { state in
            let arrival = state.register.arrive(from: address)
            let evicted = arrival.evicted.compactMap { state.forget($0) }
            if let number = arrival.number {
                state.channels[number] = channel
                state.numbers[ObjectIdentifier(channel)] = number
            }
            return (arrival.number != nil, evicted)
        }
        for channel in evicted { channel.triggerUserOutboundEvent(ConnectionStream.Evict(), promise: nil) }
        guard isAdmitted else { return false }
        let identity = ObjectIdentifier(channel)
        channel.closeFuture.whenComplete { _ in self.leave(identity) }
        return true
    }

    /// Records whether the last request on the connection had a valid key.
    package func note(_ channel: any Channel, isAuthenticated: Bool) {
        let identity = ObjectIdentifier(channel)
        state.withLock { state in
            guard let number = state.numbers[identity] else { return }
            state.register.note(number, isAuthenticated: isAuthenticated)
        }
    }

    private func leave(_ identity: ObjectIdentifier) {
        let channel = state.withLock { state -> (any Channel)? in
            guard let number = state.numbers[identity] else { return nil }
            state.register.leave(number)
            return state.forget(number)
        }
        // The channel is released outside of the lock.
        withExtendedLifetime(channel) {}
    }
}
