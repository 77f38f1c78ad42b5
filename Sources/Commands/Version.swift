import ContextServer

enum Version {
    static let text = "contextd \(ContextdVersion.current)"
}
