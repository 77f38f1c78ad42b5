internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

// What the HTTP client throws, in our codes. Details name hosts and kinds of failure only.
extension UpstreamError {
    /// A failure before the answer's head was there.
    init(whileAsking host: String, _ error: any Error) {
        self = Self.known(host, error) ?? UpstreamError(.connect, "\(host) cannot be reached: \(type(of: error))")
    }

    /// A failure with a part of the answer's body.
    init(whileReadingFrom host: String, _ error: any Error) {
        self = Self.known(host, error) ?? UpstreamError(.interrupted, "the answer of \(host) broke off: \(type(of: error))")
    }

    private static func known(_ host: String, _ error: any Error) -> UpstreamError? {
        if Task.isCancelled || error is CancellationError {
            return UpstreamError(.cancelled, "the caller's task was cancelled")
        }
        switch error {
        case let error as UpstreamError: return error
        case let error as HTTPClientError: return client(host, error)
        case let error as NIOConnectionError:
            return UpstreamError(.connect, "nothing answers at \(error.host):\(error.port)")
        case let error as IOError:
            let code: Code = [ECONNREFUSED, ENETUNREACH, EHOSTUNREACH].contains(error.errnoCode) ? .connect : .interrupted
            return UpstreamError(code, "the connection to \(host) failed: \(String(cString: strerror(error.errnoCode)))")
        case HTTPParserError.invalidEOFState: return lost(host)
        case is HTTPParserError: return UpstreamError(.malformed, "what \(host) sent is not HTTP")
        case is ChannelError: return lost(host)
        default: return nil
        }
    }

    private static func client(_ host: String, _ error: HTTPClientError) -> UpstreamError? {
        switch error {
        case .connectTimeout, .getConnectionFromPoolTimeout, .tlsHandshakeTimeout, .httpProxyHandshakeTimeout, .socksHandshakeTimeout:
            UpstreamError(.timeoutConnect, "no connection to \(host) in time: \(error.shortDescription)")
        case .deadlineExceeded, .readTimeout: UpstreamError(.timeoutFirstByte, "\(host) did not answer in time")
        case .remoteConnectionClosed: lost(host)
        case .cancelled, .alreadyShutdown: UpstreamError(.cancelled, "the process is stopping")
        default: UpstreamError(.connect, "\(host) cannot be reached: \(error.shortDescription)")
        }
    }

    private static func lost(_ host: String) -> UpstreamError {
        UpstreamError(.interrupted, "\(host) closed the connection before its answer was complete")
    }
}
