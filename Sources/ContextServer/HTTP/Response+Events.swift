import HTTPTypes
import Hummingbird

extension Response {
    /// A stream of server-sent events, whose length is not known when it begins.
    static func events(_ write: @escaping @Sendable @concurrent (inout any ResponseBodyWriter) async throws -> Void) -> Response {
        Response(
            status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-cache"], body: ResponseBody(write))
    }
}
