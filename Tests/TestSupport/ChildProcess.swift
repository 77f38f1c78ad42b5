internal import CSpawn
public import Foundation
import Synchronization

/// A child process in a process group of its own, with pipes to its standard streams where a test wants them.
///
/// It is killed, with everything in its group, when the value is deallocated, when a task is cancelled that waits for it, and after ten
/// minutes: so every wait for it ends. It inherits no descriptors but its standard streams. Foundation's `Process` is not used, because it
/// lists the open descriptors while starting, which fails when there are many, and leaves pipes open.
public final class ChildProcess: Sendable {
    /// What a standard stream of the child is.
    public enum Stream: Sendable {
        /// The test's own stream.
        case inherited
        case null
        case pipe
        case file(String)
    }

    public let processIdentifier: Int32
    private let life: ChildLife
    private let input: Descriptor?
    private let output: Descriptor?
    private let errors: Descriptor?

    private static let limit = DispatchTimeInterval.seconds(600)

    /// Held while a child starts. Until then the child has copies of all descriptors, and so of locks on files and of sockets.
    private static let start = Mutex(())

    /// Returns when no child has a copy of a descriptor that the caller has closed.
    public static func waitForStarts() { start.withLock { _ in } }

    /// Starts a process.
    ///
    /// - Parameters:
    ///   - program: a path, or a name that is looked up in `PATH`.
    ///   - environment: the child's whole environment.
    ///   - folder: the working directory; `nil` for the test's.
    /// - Throws: `ChildFailure` if it cannot be started.
    public init(
        _ program: String, _ arguments: [String], environment: [String: String] = ProcessInfo.processInfo.environment,
        folder: String? = nil, input: Stream = .null, output: Stream = .pipe, errors: Stream = .inherited
    ) throws {
        // Writing to a child that has ended must be an error, not the end of the tests.
        Foundation.signal(SIGPIPE, SIG_IGN)
        let ends = try [(STDIN_FILENO, input), (STDOUT_FILENO, output), (STDERR_FILENO, errors)].map(Self.connect)
        (self.input, self.output, self.errors) = (ends[0].ours, ends[1].ours, ends[2].ours)
        // The child's ends are closed here when `ends` goes out of use.
        processIdentifier = try withExtendedLifetime(ends) {
            try Self.spawn([program] + arguments, environment, folder, ends.map(\.number))
        }
        life = ChildLife(processIdentifier)
        DispatchQueue.global().asyncAfter(deadline: .now() + Self.limit) { [weak life] in life?.signal(SIGKILL, group: true) }
    }

    /// - Returns: the descriptor for the child and, so that it is closed after the start, its owner; for a pipe also the test's end.
    private static func connect(
        _ standard: Int32, _ stream: Stream
    ) throws -> (number: Int32, theirs: Descriptor?, ours: Descriptor?) {
        let isInput = standard == STDIN_FILENO
        switch stream {
        case .inherited: return (standard, nil, nil)
        case .null: return try connect(standard, .file("/dev/null"))
        case .file(let path):
            let number = open(path, (isInput ? O_RDONLY : O_WRONLY) | O_CLOEXEC)
            guard number >= 0 else { throw ChildFailure(path, errno) }
            return (number, Descriptor(number), nil)
        case .pipe:
            var ends: [Int32] = [-1, -1]
            let code = cspawn_pipe(&ends)
            guard code == 0 else { throw ChildFailure("a pipe", code) }
            let (theirs, ours) = isInput ? (ends[0], ends[1]) : (ends[1], ends[0])
            return (theirs, Descriptor(theirs), Descriptor(ours))
        }
    }

    private static func spawn(
        _ arguments: [String], _ environment: [String: String], _ folder: String?, _ streams: [Int32]
    ) throws -> pid_t {
        let words = (arguments.map { strdup($0) }, environment.map { strdup("\($0.key)=\($0.value)") })
        defer { for word in words.0 + words.1 { free(word) } }
        var child: pid_t = 0
        let code = start.withLock { _ in cspawn_start(&child, words.0 + [nil], words.1 + [nil], folder, streams) }
        guard code == 0 else { throw ChildFailure(arguments[0], code) }
        return child
    }

    deinit { life.signal(SIGKILL, group: true) }

    public var isRunning: Bool { life.isRunning }

    /// Sends a signal to the process, unless it has ended.
    public func signal(_ number: Int32) { life.signal(number) }

    /// Waits for the process to end.
    ///
    /// - Returns: the exit status, or the negative number of the signal that ended it.
    public func status() async -> Int32 { await killedOnCancel { await self.life.status() } }

    /// Reads a line of the standard output, without its newline.
    public func line() async -> [UInt8] { await killedOnCancel { await self.output?.read(until: UInt8(ascii: "\n")) ?? [] } }

    /// Writes to the standard input. A test writes no more than a pipe holds, 64 KiB, before the child reads.
    public func write(_ bytes: [UInt8]) throws {
        guard input?.write(bytes) == true else { throw ChildFailure("standard input", EPIPE) }
    }

    public func closeInput() { input?.close() }

    /// Runs a program to its end.
    ///
    /// - Parameter input: what it reads from its standard input.
    public static func run(
        _ program: String, _ arguments: [String], input: String = "", environment: [String: String] = ProcessInfo.processInfo.environment,
        folder: String? = nil
    ) async throws -> CommandResult {
        let child = try ChildProcess(
            program, arguments, environment: environment, folder: folder, input: .pipe, output: .pipe, errors: .pipe)
        return await child.killedOnCancel {
            async let output = child.output?.read() ?? []
            async let errors = child.errors?.read() ?? []
            await child.input?.writeAll(Array(input.utf8))
            child.closeInput()
            let status = await child.life.status()
            return CommandResult(
                status: status, output: String(decoding: await output, as: UTF8.self), errors: String(decoding: await errors, as: UTF8.self)
            )
        }
    }

    private func killedOnCancel<Value: Sendable>(_ body: () async -> Value) async -> Value {
        await withTaskCancellationHandler {
            await body()
        } onCancel: {
            life.signal(SIGKILL, group: true)
        }
    }
}

/// What a command printed, and its exit status.
public struct CommandResult: Sendable {
    public let status: Int32
    public let output: String
    public let errors: String

    public init(status: Int32, output: String, errors: String) {
        (self.status, self.output, self.errors) = (status, output, errors)
    }
}

public struct ChildFailure: Error, CustomStringConvertible {
    public let description: String

    init(_ what: String, _ code: Int32) { description = "\(what): \(String(cString: strerror(code)))" }
}

/// The end of a child, for which a thread waits.
private final class ChildLife: Sendable {
    private struct State {
        var status: Int32?
        var waiting: [CheckedContinuation<Int32, Never>] = []
    }

    private let child: pid_t
    private let state = Mutex(State())

    init(_ child: pid_t) {
        self.child = child
        Thread.detachNewThread { self.wait() }
    }

    private func wait() {
        var information = siginfo_t()
        while waitid(P_PID, id_t(child), &information, WEXITED | WNOWAIT) != 0 && errno == EINTR {}
        // Until it is reaped, under the lock, its number stands for no other process or group.
        let (status, waiting) = state.withLock { state in
            kill(-child, SIGKILL)
            var ended: Int32 = 0
            while waitpid(child, &ended, 0) < 0 && errno == EINTR {}
            let status = ended & 0x7F == 0 ? ended >> 8 & 0xFF : -(ended & 0x7F)
            defer { state.waiting = [] }
            state.status = status
            return (status, state.waiting)
        }
        for continuation in waiting { continuation.resume(returning: status) }
    }

    var isRunning: Bool { state.withLock { $0.status == nil } }

    func signal(_ number: Int32, group: Bool = false) {
        state.withLock { state in
            if state.status == nil { kill(group ? -child : child, number) }
        }
    }

    func status() async -> Int32 {
        await withCheckedContinuation { continuation in
            let status = state.withLock { state in
                if state.status == nil { state.waiting.append(continuation) }
                return state.status
            }
            if let status { continuation.resume(returning: status) }
        }
    }
}

/// The test's end of a pipe, closed with the value.
private final class Descriptor: Sendable {
    private let number: Mutex<Int32>

    init(_ number: Int32) { self.number = Mutex(number) }

    deinit { close() }

    func close() {
        number.withLock { number in
            if number >= 0 { Foundation.close(number) }
            number = -1
        }
    }

    /// - Returns: `false` if the pipe is closed.
    func write(_ bytes: [UInt8]) -> Bool {
        number.withLock { number in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Foundation.write(number, $0.baseAddress, $0.count) }
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return false }
                rest = rest.dropFirst(count)
            }
            return true
        }
    }

    /// Writes on a thread that may block.
    func writeAll(_ bytes: [UInt8]) async {
        guard !bytes.isEmpty else { return }
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                _ = self.write(bytes)
                continuation.resume()
            }
        }
    }

    /// Reads to the byte `last`, which is not returned, or to the end, on a thread that may block.
    func read(until last: UInt8? = nil) async -> [UInt8] {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                // Nothing else reads the pipe or closes it: the thread keeps the value alive.
                let number = self.number.withLock { $0 }
                var (bytes, buffer) = ([UInt8](), [UInt8](repeating: 0, count: last == nil ? 65_536 : 1))
                while true {
                    let count = Foundation.read(number, &buffer, buffer.count)
                    if count < 0 && errno == EINTR { continue }
                    guard count > 0, buffer[0] != last else { break }
                    bytes += buffer.prefix(count)
                }
                continuation.resume(returning: bytes)
            }
        }
    }
}
