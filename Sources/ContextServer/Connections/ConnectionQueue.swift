/// A queue of connections in insertion order, with removal at any position. Every operation takes amortized constant time.
package struct ConnectionQueue {
    package typealias Number = UInt64

    private struct Place {
        let number: Number
        let ticket: UInt64
    }

    private var places: [Place] = []
    private var start = 0
    /// The current ticket of each member. A place with another ticket is stale: its member was removed, and possibly inserted again.
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

    /// Returns the member that was inserted first.
    package mutating func oldest() -> Number? {
        while start < places.count {
            if isTaken(places[start]) { return places[start].number }
            start += 1
        }
        places = []
        start = 0
        return nil
    }

    /// Number of places in storage, stale ones included. Insertions keep it bounded by the number of members.
    package var placeCount: Int { places.count }

    private func isTaken(_ place: Place) -> Bool { members[place.number] == place.ticket }

    private mutating func compact() {
        places = places[start...].filter(isTaken)
        start = 0
    }
}
