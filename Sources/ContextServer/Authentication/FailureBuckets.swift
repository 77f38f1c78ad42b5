/// Token buckets of failed authentications, one for each address, in bounded memory. The caller supplies the time.
///
/// Each failure takes a token; tokens refill at `perMinute`. An address without a token has to wait. Buckets are kept in two sets of
/// bounded size: when the younger one is full it replaces the older one, and addresses without a failure since then are dropped.
package struct FailureBuckets {
    private struct Bucket {
        var tokens: Double
        var updatedAt: ContinuousClock.Instant
    }

    private let perMinute: Double
    private let addressesPerSet: Int
    private var young: [ClientAddress: Bucket] = [:]
    private var old: [ClientAddress: Bucket] = [:]

    /// - Parameter perMinute: failures allowed for each address a minute, and in a burst; at least 1.
    package init(perMinute: Int, addressesPerSet: Int = 8192) {
        (self.perMinute, self.addressesPerSet) = (Double(max(1, perMinute)), addressesPerSet)
    }

    package var addresses: Int { young.count + old.count }

    /// Takes a token for a failure.
    ///
    /// - Returns: `nil` if the address had a token; else the whole seconds until it has one again.
    package mutating func fail(_ address: ClientAddress, at now: ContinuousClock.Instant) -> Int? {
        var bucket = young[address] ?? old[address] ?? Bucket(tokens: perMinute, updatedAt: now)
        bucket.tokens = min(perMinute, bucket.tokens + (now - bucket.updatedAt) / .seconds(60) * perMinute)
        bucket.updatedAt = now
        let hasToken = bucket.tokens >= 1
        if hasToken { bucket.tokens -= 1 }
        keep(bucket, of: address)
        return hasToken ? nil : max(1, Int(((1 - bucket.tokens) * 60 / perMinute).rounded(.up)))
    }

    private mutating func keep(_ bucket: Bucket, of address: ClientAddress) {
        if young[address] == nil, young.count >= addressesPerSet {
            old = young
            young = [:]
        }
        young[address] = bucket
    }
}
