import Foundation

/// A server that runs as a child process and is stopped when the benchmark ends.
final class ChildProcess {
    private let process = Process()
    private let log: URL

    init(_ program: String, _ arguments: [String], environment: [String: String], log: URL) throws {
        self.log = log
        try Data().write(to: log)
        let output = try FileHandle(forWritingTo: log)
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        do { try process.run() } catch { throw Failure("cannot start \(program): \(error.localizedDescription)") }
    }

    /// Polls `path` until the server responds with 200.
    ///
    /// - Throws: after `seconds`, or if the process has ended.
    func wait(port: Int, path: String, seconds: Int) throws {
        let end = Clock.now() + Int64(seconds) * 1_000_000_000
        while Clock.now() < end {
            guard process.isRunning else { throw Failure("the server exited at startup: \(tail)") }
            if (try? HTTPConnection.get(port: port, path: path)) == 200 { return }
            Thread.sleep(forTimeInterval: 0.1)
        }
        throw Failure("the server was not ready after \(seconds) s: \(tail)")
    }

    func stop() {
        guard process.isRunning else { return }
        process.terminate()
        let end = Clock.now() + 20_000_000_000
        while process.isRunning, Clock.now() < end { Thread.sleep(forTimeInterval: 0.05) }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    private var tail: String { ((try? String(contentsOf: log, encoding: .utf8)) ?? "").suffix(1000).description }

    /// Runs a program and waits for it to exit.
    ///
    /// - Returns: its standard output.
    static func output(_ program: String, _ arguments: [String], environment: [String: String]) throws -> String {
        let (process, pipe, errors) = (Process(), Pipe(), Pipe())
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.environment = environment
        (process.standardInput, process.standardOutput, process.standardError) = (FileHandle.nullDevice, pipe, errors)
        do { try process.run() } catch { throw Failure("cannot start \(program): \(error.localizedDescription)") }
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let complaint = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure("\(program) \(arguments.joined(separator: " ")): \(complaint)") }
        return text
    }

    static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { _ = close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) | getsockname(descriptor, $0, &length) }
        }
        guard status == 0 else { throw Failure("no free port found") }
        return Int(in_port_t(bigEndian: address.sin_port))
    }
}
