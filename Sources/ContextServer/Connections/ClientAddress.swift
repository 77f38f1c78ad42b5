import Foundation
package import NIOCore

/// The address that limits count a client by: an IPv4 address, or the /64 network of an IPv6 address, since one host owns all of it.
package struct ClientAddress: Hashable, Sendable {
    private let bytes: UInt64
    private let isIPv6: Bool

    /// A client without an internet address, such as one on a Unix socket, counts as one unknown address.
    package init(_ address: SocketAddress?) {
        switch address {
        case .v4(let address):
            self.init(ipv4: UInt32(bigEndian: address.address.sin_addr.s_addr))
        case .v6(let address):
            let bytes = withUnsafeBytes(of: address.address.sin6_addr) { Array($0) }
            self.init(ipv6: bytes)
        default: self.init(bytes: .max, isIPv6: false)
        }
    }

    package init(ipv4 address: UInt32) { self.init(bytes: UInt64(address), isIPv6: false) }

    private init(bytes: UInt64, isIPv6: Bool) { (self.bytes, self.isIPv6) = (bytes, isIPv6) }

    /// - Parameter bytes: 16 bytes in network order. An IPv4-mapped address (`::ffff:a.b.c.d`) counts as the IPv4 address.
    package init(ipv6 bytes: [UInt8]) {
        let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
        if bytes.starts(with: mapped) {
            self.init(ipv4: bytes[12..<16].reduce(0) { $0 << 8 | UInt32($1) })
        } else {
            self.init(bytes: bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }, isIPv6: true)
        }
    }
}
