public import Foundation

/// Paths of what tests need outside their modules: the repository, the model, the shared indexes.
public enum TestPaths {
    /// The root of the checkout.
    public static let repository: URL = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The embedding model that `make test` downloads; `CONTEXTD_MODEL_DIR` overrides the path.
    public static let model: URL =
        ProcessInfo.processInfo.environment["CONTEXTD_MODEL_DIR"].map { URL(filePath: $0) }
        ?? repository.appending(path: "models/all-MiniLM-L6-v2")

    /// Development indexes that a user's clone does not have; `nil` if they are absent, in which case a test that needs them reports
    /// that it was skipped.
    public static let shared: URL? = {
        let url =
            ProcessInfo.processInfo.environment["CONTEXTD_SHARED"].map { URL(filePath: $0) }
            ?? repository.deletingLastPathComponent().appending(path: "shared")
        return FileManager.default.fileExists(atPath: url.appending(path: "data").path) ? url : nil
    }()

    public static let fixtures = repository.appending(path: "Tests/Fixtures")

    /// Creates an empty folder for one test. All such folders are removed when the tests end.
    public static func scratch(_ name: String = "contextd") throws -> URL {
        let url = scratchRoot.appending(path: "\(name)-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return url
    }

    private static let scratchRoot: URL = {
        atexit { try? FileManager.default.removeItem(at: TestPaths.scratchRoot) }
        return FileManager.default.temporaryDirectory
            .appending(path: "contextd-tests-\(ProcessInfo.processInfo.processIdentifier)")
    }()
}
