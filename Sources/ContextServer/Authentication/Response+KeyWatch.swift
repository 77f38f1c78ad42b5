import HTTPTypes
import Hummingbird
import NIOCore
import Workers

extension Response {
    /// The response, which ends when the key of its request is revoked, where it is a stream: one whose length is not known when it begins.
    func watched(by keys: KeyWatch, for caller: Caller, on channel: any Channel) -> Response {
        guard body.contentLength == nil, status != .switchingProtocols else { return self }
        var response = self
        response.body = ResponseBody { [body] writer in
            let watch = keys.begin(caller)
            // What is broken off has no regular end, so the connection goes too.
            let registration = watch.signal.whenFired { channel.triggerUserOutboundEvent(ConnectionStream.Evict(), promise: nil) }
            defer { watch.signal.forget(registration) }
            let sent = SentWriter(writer: writer)
            try await ServedTask.run(until: watch.signal) { try await body.write(sent.writer) }
        }
        return response
    }
}

/// A writer on its way into the one task that uses it.
///
/// `@unchecked Sendable`: whoever sends it waits until the other has done with it, and does not use it again.
private struct SentWriter: @unchecked Sendable {
    let writer: any ResponseBodyWriter
}
