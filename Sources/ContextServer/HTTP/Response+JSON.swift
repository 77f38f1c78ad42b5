import HTTPTypes
import Hummingbird
import JSON
import NIOCore

extension Response {
    static func json(_ value: JSONValue, status: HTTPResponse.Status = .ok, contentType: String = "application/json") -> Response {
        let bytes = value.serialized()
        return Response(
            status: status, headers: [.contentType: contentType, .contentLength: "\(bytes.count)"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
