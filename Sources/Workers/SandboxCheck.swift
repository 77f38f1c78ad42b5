import Extraction
public import Logging
import Scheduling

/// What protects this system's workers, found out with workers that try what they must not do.
public struct SandboxCheck: Sendable {
    public let protections: Protections
    /// The actions that were tried, and whether each was denied.
    public let attempts: [(action: String, isDenied: Bool)]

    /// Whether the sandbox holds with all of its parts.
    public var isWhole: Bool { protections.missing.isEmpty && attempts.allSatisfy(\.isDenied) }

    /// - Throws: `WorkerUnavailable`.
    public static func run(_ settings: ExtractionSettings, logger: Logger) async throws -> SandboxCheck {
        let protections = try await onThread { try firstGreeting(settings) }
        var attempts: [(String, Bool)] = []
        for action in [SelfTest.open, .write, .fork, .signal, .connect, .exec] {
            var settings = settings
            (settings.workers, settings.selfTest) = (1, action)
            let pool = ExtractionPool(settings: settings, logger: logger)
            attempts.append((action.rawValue, await isDenied(action, pool)))
        }
        return SandboxCheck(protections: protections, attempts: attempts)
    }

    private static func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await WorkerPool(name: "check", threads: 1, queueLimit: 1).run(for: .process) { _ in try body() }
    }

    private static func firstGreeting(_ settings: ExtractionSettings) throws -> Protections {
        let worker = try WorkerProcess(settings)
        defer {
            worker.handle.kill()
            _ = worker.handle.reap()
        }
        do throws(Interruption) { try worker.greet() } catch { throw WorkerUnavailable("it did not start: \(error)") }
        return worker.protections ?? []
    }

    /// An action is denied if it failed with an error, or ended the worker.
    private static func isDenied(_ action: SelfTest, _ pool: ExtractionPool) async -> Bool {
        do {
            _ = try await pool.extract(DocumentToRead(.bytes([1]), contentType: nil, fileName: nil), for: .process)
            return false
        } catch let error as ExtractError {
            return error.code == .crashed || error.code == .undecodable && error.detail != "\(action.rawValue): 0"
        } catch {
            return false
        }
    }
}
