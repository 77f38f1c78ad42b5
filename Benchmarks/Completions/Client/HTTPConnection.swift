import Foundation

/// A kept-alive connection to a server on the loopback interface. Blocking, one request at a time, with as little overhead as possible.
final class HTTPConnection {
    private let port: Int
    private let head: String
    private var descriptor: Int32 = -1
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)

    /// Timeout in seconds: a server that sends no byte for that long counts as hanging.
    private static let timeout = 60

    init(port: Int, path: String, key: String, method: String = "POST") {
        self.port = port
        head =
            "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nAuthorization: Bearer \(key)\r\nContent-Type: application/json\r\n"
            + "Accept: */*\r\n"
    }

    deinit { close() }

    func close() {
        if descriptor >= 0 { _ = Foundation.close(descriptor) }
        descriptor = -1
    }

    /// Sends a request and reads the response.
    ///
    /// - Parameters:
    ///   - headers: additional header lines, each with its line end.
    ///   - onBytes: called after each read with the time and the reader; returns `false` to close the connection.
    func send(_ body: [UInt8], headers: String = "", onBytes: ((Int64, ResponseReader) -> Bool)? = nil) throws -> ResponseReader {
        if descriptor < 0 { try open() }
        do { try write(Array((head + headers + "Content-Length: \(body.count)\r\n\r\n").utf8) + body) } catch {
            close()
            throw error
        }
        var reader = ResponseReader()
        while !reader.isComplete {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            let time = Clock.now()
            guard count > 0 else {
                close()
                guard count == 0 else { throw Failure("the server sent nothing for \(Self.timeout) s") }
                try reader.close()
                break
            }
            do { try buffer.withUnsafeBytes { try reader.append(UnsafeRawBufferPointer(rebasing: $0[..<count])) } } catch {
                close()
                throw error
            }
            if let onBytes, !onBytes(time, reader) {
                close()
                break
            }
        }
        if reader.headers["connection"]?.lowercased() == "close" { close() }
        return reader
    }

    private func open() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        var timeout = timeval(tv_sec: Self.timeout, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(clamping: port)).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        guard status == 0 else {
            close()
            throw Failure("cannot connect to port \(port)")
        }
    }

    private func write(_ bytes: [UInt8]) throws {
        var place = 0
        while place < bytes.count {
            let count = bytes.withUnsafeBytes { raw in
                Foundation.send(descriptor, raw.baseAddress?.advanced(by: place), bytes.count - place, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure("the server closed the connection") }
            place += count
        }
    }
}

extension HTTPConnection {
    /// Sends a GET request for `path`.
    ///
    /// - Returns: the status of the response.
    static func get(port: Int, path: String) throws -> Int {
        try HTTPConnection(port: port, path: path, key: "none", method: "GET").send([]).status
    }
}
