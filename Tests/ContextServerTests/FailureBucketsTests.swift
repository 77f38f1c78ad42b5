import ContextServer
import TestSupport
import Testing

/// How addresses with failed authentications are rate-limited.
@Suite(.timeLimit(.minutes(10))) struct FailureBucketsTests {
    @Test func anAddressMayFailSoOftenAndThenWaits() {
        let start = ContinuousClock.now
        var buckets = FailureBuckets(perMinute: 6)
        for _ in 0..<6 { #expect(buckets.fail(ClientAddress(ipv4: 1), at: start) == nil) }
        #expect(buckets.fail(ClientAddress(ipv4: 1), at: start) == 10)
        #expect(buckets.fail(ClientAddress(ipv4: 2), at: start) == nil)
        #expect(buckets.fail(ClientAddress(ipv4: 1), at: start + .milliseconds(9500)) == 1)
        #expect(buckets.fail(ClientAddress(ipv4: 1), at: start + .seconds(11)) == nil)
        #expect(buckets.fail(ClientAddress(ipv4: 1), at: start + .seconds(11)) != nil)
        // Tokens accumulate for at most a minute.
        for _ in 0..<6 { #expect(buckets.fail(ClientAddress(ipv4: 1), at: start + .seconds(3600)) == nil) }
        #expect(buckets.fail(ClientAddress(ipv4: 1), at: start + .seconds(3600)) != nil)
    }

    @Test func addressesAreBounded() {
        let start = ContinuousClock.now
        var buckets = FailureBuckets(perMinute: 1, addressesPerSet: 100)
        let watched = ClientAddress(ipv4: .max)
        #expect(buckets.fail(watched, at: start) == nil)
        for number in 0..<100_000 {
            _ = buckets.fail(ClientAddress(ipv4: UInt32(number)), at: start)
            // An address that keeps failing stays recorded among many others.
            if number % 50 == 0 { #expect(buckets.fail(watched, at: start) != nil) }
            #expect(buckets.addresses <= 200)
        }
    }
}
