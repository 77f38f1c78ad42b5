internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

// Converts the errors of the HTTP client to our codes. Details contain only hosts and kinds of failure.
extension UpstreamError {
    /// Converts a failure before the response head arrived.
    init(whileAsking host: String, _ error: any Error) {
        self = Self.known(host, error) ?? UpstreamError(.connect, "\(host) cannot be reached: \(type(of: error))")
    }

    /// Converts a failure while reading the response body.
    init(whileReadingFrom host: String, _ error: any Error) {
        self = Self.known(host, error) ?? UpstreamError(.interrupted, "the response of \(host) was interrupted: \(type(of: error))")
    }

    private static func known(_ host: String, _ error: any Error) -> UpstreamError? {
        if Task.isCancelled || error is CancellationError {
            return UpstreamError(.cancelled, "the caller's task was cancelled")
        }
        switch error {
        case let error as UpstreamError: return error
        case let error as HTTPClientError: return client(host, error)
        case let error as NIOConnectionError:
            return UpstreamError(.connect, "cannot connect to \(error.host):\(error.port)")
        case let error as IOError:
            let code: Code = [ECONNREFUSED, ENETUNREACH, EHOSTUNREACH].contains(error.errnoCode) ? .connect : .interrupted
            return UpstreamError(code, "the connection to \(host) failed: \(String(cString: strerror(error.errnoCode)))")
        case HTTPParserError.invalidEOFState: return lost(host)
        case is HTTPParserError: return UpstreamError(.malformed, "\(host) returned an invalid HTTP response")
        case is ChannelError: return lost(host)
        default: return nil
        }
    }

    private static func client(_ host: String, _ error: HTTPClientError) -> UpstreamError? {
        switch error {
        case .connectTimeout, .getConnectionFromPoolTimeout, .tlsHandshakeTimeout, .httpProxyHandshakeTimeout, .socksHandshakeTimeout:
            UpstreamError(.timeoutConnect, "connecting to \(host) timed out: \(error.shortDescription)")
        case .deadlineExceeded, .readTimeout: UpstreamError(.timeoutFirstByte, "\(host) did not respond in time")
        case .remoteConnectionClosed: lost(host)
        case .cancelled, .alreadyShutdown: UpstreamError(.cancelled, "the process is stopping")
        default: UpstreamError(.connect, "\(host) cannot be reached: \(error.shortDescription)")
        }
    }

    private static func lost(_ host: String) -> UpstreamError {
        UpstreamError(.interrupted, "\(host) closed the connection before its response was complete")
    }
}
