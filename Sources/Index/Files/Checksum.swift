/// An incremental XXH64 checksum (64 bits), as fast as memory. It detects corruption, not deliberate changes.
///
/// - Source: Y. Collet, "xxHash fast digest algorithm", format specification 0.1.1, whose names are used here.
package struct Checksum {
    private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
    private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
    private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
    private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
    private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

    private let seed: UInt64
    private var acc: (UInt64, UInt64, UInt64, UInt64)
    private var pending: [UInt8] = []
    private var total: UInt64 = 0

    package init(seed: UInt64 = 0) {
        self.seed = seed
        acc = (seed &+ Self.prime1 &+ Self.prime2, seed &+ Self.prime2, seed, seed &- Self.prime1)
        pending.reserveCapacity(32)
    }

    package static func of(_ bytes: RawSpan, seed: UInt64 = 0) -> UInt64 {
        var checksum = Checksum(seed: seed)
        checksum.update(bytes)
        return checksum.value
    }

    package mutating func update(_ bytes: RawSpan) {
        total &+= UInt64(bytes.byteCount)
        var at = 0
        if !pending.isEmpty {
            while at < bytes.byteCount, pending.count < 32 {
                pending.append(Self.byte(bytes, at))
                at += 1
            }
            guard pending.count == 32 else { return }
            let stripe = pending
            consume(unsafe stripe.span.bytes, 0)
            pending.removeAll(keepingCapacity: true)
        }
        while bytes.byteCount - at >= 32 {
            consume(bytes, at)
            at += 32
        }
        while at < bytes.byteCount {
            pending.append(Self.byte(bytes, at))
            at += 1
        }
    }

    package var value: UInt64 {
        var hash: UInt64
        if total >= 32 {
            hash = Self.rotl(acc.0, 1) &+ Self.rotl(acc.1, 7) &+ Self.rotl(acc.2, 12) &+ Self.rotl(acc.3, 18)
            for lane in [acc.0, acc.1, acc.2, acc.3] {
                hash = (hash ^ Self.round(0, lane)) &* Self.prime1 &+ Self.prime4
            }
        } else {
            hash = seed &+ Self.prime5
        }
        return Self.avalanche(finish(hash &+ total))
    }

    /// Mixes in the last, incomplete stripe.
    private func finish(_ start: UInt64) -> UInt64 {
        var (hash, at) = (start, 0)
        let rest = unsafe pending.span.bytes
        while rest.byteCount - at >= 8 {
            hash = Self.rotl(hash ^ Self.round(0, Self.word(rest, at)), 27) &* Self.prime1 &+ Self.prime4
            at += 8
        }
        if rest.byteCount - at >= 4 {
            let half = UInt64(unsafe rest.unsafeLoadUnaligned(fromByteOffset: at, as: UInt32.self))
            hash = Self.rotl(hash ^ (half &* Self.prime1), 23) &* Self.prime2 &+ Self.prime3
            at += 4
        }
        while at < rest.byteCount {
            hash = Self.rotl(hash ^ (UInt64(Self.byte(rest, at)) &* Self.prime5), 11) &* Self.prime1
            at += 1
        }
        return hash
    }

    private mutating func consume(_ bytes: RawSpan, _ at: Int) {
        acc.0 = Self.round(acc.0, Self.word(bytes, at))
        acc.1 = Self.round(acc.1, Self.word(bytes, at + 8))
        acc.2 = Self.round(acc.2, Self.word(bytes, at + 16))
        acc.3 = Self.round(acc.3, Self.word(bytes, at + 24))
    }

    private static func avalanche(_ hash: UInt64) -> UInt64 {
        var hash = hash
        hash = (hash ^ (hash >> 33)) &* prime2
        hash = (hash ^ (hash >> 29)) &* prime3
        return hash ^ (hash >> 32)
    }

    @inline(__always)
    private static func round(_ acc: UInt64, _ lane: UInt64) -> UInt64 { rotl(acc &+ lane &* prime2, 31) &* prime1 }

    @inline(__always)
    private static func rotl(_ x: UInt64, _ n: UInt64) -> UInt64 { x &<< n | x &>> (64 &- n) }

    // SAFETY: `unsafeLoadUnaligned` checks the bounds; any bit pattern is a valid integer. The byte order is little-endian.
    @inline(__always)
    private static func word(_ bytes: RawSpan, _ at: Int) -> UInt64 {
        UInt64(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self))
    }

    @inline(__always)
    private static func byte(_ bytes: RawSpan, _ at: Int) -> UInt8 {
        unsafe bytes.unsafeLoadUnaligned(fromByteOffset: at, as: UInt8.self)
    }
}
