/// Connections in the order of their insertion, of which any may leave at any time. Every operation takes constant time, amortised.
package struct ConnectionQueue {
    package typealias Number = UInt64

    private struct Place {
        let number: Number
        let ticket: UInt64
    }

    private var places: [Place] = []
    private var start = 0
    /// The ticket of each member: a place with another one is of a member that has left since, and may have come back.
    private var members: [Number: UInt64] = [:]
    private var lastTicket: UInt64 = 0

    package init() {}

    package var count: Int { members.count }

    package mutating func insert(_ number: Number) {
        guard members[number] == nil else { return }
        lastTicket += 1
        members[number] = lastTicket
        places.append(Place(number: number, ticket: lastTicket))
        if places.count > 2 * members.count + 64 { compact() }
    }

    package mutating func remove(_ number: Number) { members[number] = nil }

    /// The member that was inserted first.
    package mutating func oldest() -> Number? {
        while start < places.count {
            if isTaken(places[start]) { return places[start].number }
            start += 1
        }
        places = []
        start = 0
        return nil
    }

    /// Places that are kept: bounded by the members, however often these leave and come back.
    package var placeCount: Int { places.count }

    private func isTaken(_ place: Place) -> Bool { members[place.number] == place.ticket }

    private mutating func compact() {
        places = places[start...].filter(isTaken)
        start = 0
    }
}
