import Crypto
import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// A hash of a request's method, target, conditions and body, computed while its reader takes the body. The boundary of a form does not count.
final class RequestFingerprint: Sendable {
    private struct State {
        var hash = SHA256()
        var filter: BoundaryFilter?
        var hasStarted = false
    }

    private let state: Mutex<State>

    init(_ request: Request) {
        var state = State()
        state.hash.update(data: Array("\(request.method.rawValue) \(request.head.path ?? "")\n".utf8))
        for name in [HTTPField.Name.ifMatch, .ifNoneMatch] {
            for value in request.headers[values: name] { state.hash.update(data: Array("\(name.rawName): \(value)\n".utf8)) }
        }
        state.filter = MultipartForm.boundary(in: request.headers[.contentType]).map { BoundaryFilter($0) }
        self.state = Mutex(state)
    }

    /// Whether the body is being read, or was.
    var hasStarted: Bool { state.withLock { $0.hasStarted } }

    /// The hash of the request, as far as it was read.
    var value: [UInt8] {
        state.withLock { state in
            var hash = state.hash
            if var filter = state.filter { hash.update(data: filter.finish()) }
            return Array(hash.finalize())
        }
    }

    fileprivate func begin() { state.withLock { $0.hasStarted = true } }

    fileprivate func add(_ bytes: ByteBuffer) {
        state.withLock { state in
            if let filtered = state.filter?.filter(bytes.readableBytesView) {
                state.hash.update(data: filtered)
            } else {
                bytes.withUnsafeReadableBytes { state.hash.update(bufferPointer: $0) }
            }
        }
    }
}

/// A body that is hashed as it is read.
struct FingerprintedBody: AsyncSequence, Sendable {
    let base: RequestBody
    let fingerprint: RequestFingerprint

    struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate var base: RequestBody.AsyncIterator
        fileprivate let fingerprint: RequestFingerprint

        @concurrent mutating func next() async throws -> ByteBuffer? {
            guard let buffer = try await base.next() else { return nil }
            fingerprint.add(buffer)
            return buffer
        }
    }

    func makeAsyncIterator() -> AsyncIterator {
        fingerprint.begin()
        return AsyncIterator(base: base.makeAsyncIterator(), fingerprint: fingerprint)
    }
}

extension MultipartForm {
    /// Returns the boundary of a form; `nil` for other content types, and those that are not valid.
    fileprivate static func boundary(in contentType: String?) -> [UInt8]? { contentType.flatMap { try? boundary(of: $0) } }
}
