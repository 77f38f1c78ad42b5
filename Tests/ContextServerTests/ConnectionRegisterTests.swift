import ContextServer
import NIOCore
import TestSupport
import Testing

/// Which connections are kept when there are too many.
@Suite(.timeLimit(.minutes(10))) struct ConnectionRegisterTests {
    private static func limits(_ maximum: Int, perAddress: Int = .max) -> ConnectionLimits {
        var limits = ConnectionLimits()
        (limits.maximum, limits.unauthenticatedPerAddress) = (maximum, perAddress)
        return limits
    }

    @Test func theOldestStrangerMakesRoomAndTheAuthenticatedStay() {
        var register = ConnectionRegister(Self.limits(16))
        let address = ClientAddress(ipv4: 1)
        let numbers = (0..<16).compactMap { _ in register.arrive(from: address).number }
        register.note(numbers[0], isAuthenticated: true)
        register.note(numbers[2], isAuthenticated: true)
        #expect(register.arrive(from: address).evicted == [numbers[1]])
        #expect(register.arrive(from: address).evicted == [numbers[3]])
        // Authentication failed on its last request.
        register.note(numbers[0], isAuthenticated: false)
        for _ in 4..<16 { _ = register.arrive(from: address) }
        let rest = (0..<3).flatMap { _ in register.arrive(from: address).evicted }
        #expect(rest.contains(numbers[0]) && !rest.contains(numbers[2]))
        #expect(register.count == 16 && register.evicted == 17)
    }

    @Test func somePlacesAreKeptForStrangers() {
        let limits = Self.limits(16)
        var register = ConnectionRegister(limits)
        for _ in 0..<16 {
            if let number = register.arrive(from: ClientAddress(ipv4: 1)).number { register.note(number, isAuthenticated: true) }
        }
        #expect(register.strangerCount == limits.reserved && limits.reserved > 0)
        let arrival = register.arrive(from: ClientAddress(ipv4: 2))
        #expect(arrival.number != nil && arrival.evicted.count == 1)
    }

    @Test func anAddressMakesRoomForItself() {
        var register = ConnectionRegister(Self.limits(100, perAddress: 3))
        let other = register.arrive(from: ClientAddress(ipv4: 9)).number
        let numbers = (0..<3).compactMap { _ in register.arrive(from: ClientAddress(ipv4: 1)).number }
        #expect(register.arrive(from: ClientAddress(ipv4: 1)).evicted == [numbers[0]])
        // Authenticated connections do not count: a proxy opens all of them from one address.
        register.note(numbers[1], isAuthenticated: true)
        #expect(register.arrive(from: ClientAddress(ipv4: 1)).evicted == [])
        #expect(register.arrive(from: ClientAddress(ipv4: 1)).evicted == [numbers[2]])
        #expect(other != nil && register.count == 5)
    }

    /// Compares the register with a plain list that is searched from the start.
    @Test(arguments: 0..<20) func randomArrivalsAgreeWithAPlainList(seed: Int) {
        struct Plain {
            var number: UInt64
            var address: UInt32
            var isAuthenticated = false
        }
        var random = SplitMix64(seed: UInt64(seed))
        let limits = Self.limits(24, perAddress: 5)
        var register = ConnectionRegister(limits)
        var list: [Plain] = []
        for _ in 0..<3000 {
            switch Int.random(in: 0..<4, using: &random) {
            case 0, 1:
                let address = UInt32.random(in: 0..<8, using: &random)
                var evicted: [UInt64] = []
                if list.count(where: { $0.address == address && !$0.isAuthenticated }) >= 5 {
                    evicted += list.filter { $0.address == address && !$0.isAuthenticated }.prefix(1).map(\.number)
                }
                list.removeAll { evicted.contains($0.number) }
                if list.count >= 24 { evicted += list.filter { !$0.isAuthenticated }.prefix(1).map(\.number) }
                list.removeAll { evicted.contains($0.number) }
                let arrival = register.arrive(from: ClientAddress(ipv4: address))
                #expect(arrival.evicted == evicted, "seed \(seed)")
                if let number = arrival.number { list.append(Plain(number: number, address: address)) }
            case 2:
                guard let place = list.indices.randomElement(using: &random), !list[place].isAuthenticated else { continue }
                register.note(list[place].number, isAuthenticated: true)
                if list.count(where: \.isAuthenticated) < 24 - limits.reserved { list[place].isAuthenticated = true }
            default:
                guard let place = list.indices.randomElement(using: &random) else { continue }
                register.leave(list[place].number)
                register.leave(list[place].number)
                list.remove(at: place)
            }
            #expect(register.count == list.count && register.strangerCount == list.count { !$0.isAuthenticated }, "seed \(seed)")
        }
    }

    /// A client that alternates between a valid key and none uses only one place.
    @Test func whoLeavesAndComesBackTakesOnePlace() {
        var queue = ConnectionQueue()
        for number in 0..<10 { queue.insert(UInt64(number)) }
        for _ in 0..<10_000 {
            queue.remove(0)
            queue.insert(0)
            #expect(queue.placeCount <= 2 * queue.count + 65)
        }
        #expect(queue.oldest() == 1)
        for number in 1..<10 { queue.remove(UInt64(number)) }
        #expect(queue.oldest() == 0 && queue.count == 1)
    }

    @Test func networksOfIPv6CountAsOneAddress() throws {
        func address(_ text: String) throws -> ClientAddress { ClientAddress(try SocketAddress(ipAddress: text, port: 1)) }
        #expect(try address("2001:db8:1:2::1") == address("2001:db8:1:2:ffff::7"))
        #expect(try address("2001:db8:1:2::1") != address("2001:db8:1:3::1"))
        #expect(try address("::ffff:10.0.0.1") == address("10.0.0.1"))
        #expect(try address("10.0.0.1") != address("10.0.0.2"))
        #expect(try address("::") != address("0.0.0.0"))
    }
}
