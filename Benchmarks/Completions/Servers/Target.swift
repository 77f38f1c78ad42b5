/// A server that accepts chat completion requests.
struct Target {
    let name: String
    let port: Int
    let key: String
    let model: String

    static let path = "/v1/chat/completions"

    func connect() -> HTTPConnection { HTTPConnection(port: port, path: Self.path, key: key) }
}
