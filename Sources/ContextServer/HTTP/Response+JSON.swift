import HTTPTypes
import Hummingbird
import JSON

extension Response {
    static func json(_ value: JSONValue, status: HTTPResponse.Status = .ok, contentType: String = "application/json") -> Response {
        json(bytes: value.serialized(), status: status, contentType: contentType)
    }

    /// - Parameter bytes: one JSON document.
    static func json(bytes: [UInt8], status: HTTPResponse.Status = .ok, contentType: String = "application/json") -> Response {
        Response(
            status: status, headers: [.contentType: contentType, .contentLength: "\(bytes.count)"], body: ResponseBody(bytes: bytes))
    }
}
