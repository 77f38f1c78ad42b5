import HTTPTypes
import Hummingbird
import NIOCore
import Scheduling
import Tenancy

extension Response {
    /// Returns the response, which ends when its request's key is revoked if it is a stream (its length is not known at the start).
    func watched(by keys: KeyWatch, for caller: Caller, on channel: any Channel) -> Response {
        guard body.contentLength == nil, status != .switchingProtocols else { return self }
        var response = self
        response.body = ResponseBody { [body] writer in
            let watch = keys.begin(caller)
            // An aborted response has no regular end, so the connection is closed too.
            let registration = watch.signal.whenFired { channel.triggerUserOutboundEvent(ConnectionStream.Evict(), promise: nil) }
            defer { watch.signal.forget(registration) }
            let sent = SentWriter(writer: writer)
            try await ServedTask.run(until: watch.signal) { try await body.write(sent.writer) }
        }
        return response
    }
}

/// A wrapper that moves a writer into the one task that uses it.
///
/// `@unchecked Sendable`: the sender waits until the task is done with the writer, and does not use it meanwhile.
private struct SentWriter: @unchecked Sendable {
    let writer: any ResponseBodyWriter
}
