/// Paths that the layers below the routes have to know.
enum ServerPaths {
    static let metrics = "/metrics"
}
