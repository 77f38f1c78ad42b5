internal import CSandbox
import Extraction
import Foundation
import Scheduling

/// The server's side of one worker process. Only the thread that started it uses it; others may kill it through `handle`.
final class WorkerProcess {
    let handle: ProcessHandle
    private let socket: Int32
    private(set) var protections: Protections?
    /// The client whose documents it reads. A worker never reads those of two: a hostile document that took it over would see the others.
    private(set) var owner: WorkKey?
    private(set) var served = 0

    /// Starts a process, and does not wait until it is ready.
    ///
    /// - Throws: `WorkerUnavailable`.
    init(_ settings: ExtractionSettings) throws(WorkerUnavailable) {
        var ends: [Int32] = [-1, -1]
        let pairCode = cs_socket_pair(&ends)
        guard pairCode == 0 else { throw WorkerUnavailable("socket: \(String(cString: strerror(pairCode)))") }
        defer { close(ends[1]) }
        var child: pid_t = 0
        let code = Self.start(&child, settings, ends[1])
        guard code == 0 else {
            close(ends[0])
            throw WorkerUnavailable("\(settings.program): \(String(cString: strerror(code)))")
        }
        (handle, socket) = (ProcessHandle(child), ends[0])
    }

    private static func start(_ child: inout pid_t, _ settings: ExtractionSettings, _ socket: Int32) -> Int32 {
        let arguments = (["contextd"] + settings.child.arguments).map { strdup($0) }
        let environment = environment.map { strdup($0) }
        defer { for word in arguments + environment { free(word) } }
        // SAFETY: both lists end with a null pointer, and are freed after the call, which keeps no pointer.
        return cs_start(&child, settings.program, arguments + [nil], environment + [nil], socket)
    }

    /// The whole environment of a worker: libraries that start threads must not, and nothing else of the server's is passed on but where
    /// the dynamic linker finds them.
    private static var environment: [String] {
        let linker = ProcessInfo.processInfo.environment["LD_LIBRARY_PATH"].map { ["LD_LIBRARY_PATH=\($0)"] } ?? []
        return ["OPENBLAS_NUM_THREADS=1", "OMP_NUM_THREADS=1", "OMP_THREAD_LIMIT=1", "LC_ALL=C.UTF-8"] + linker
    }

    deinit { close(socket) }

    /// Waits until the worker has enclosed itself.
    func greet() throws(Interruption) {
        guard protections == nil else { return }
        let watch = Watch(TimeBudget(processorSeconds: .infinity, elapsedSeconds: ExtractionSettings.startSeconds), handle)
        let bytes = try receive(WireFormat.greetingBytes, watch)
        do throws(WireError) { protections = try WireGreeting(bytes).protections } catch { throw .invalid(error.reason) }
    }

    /// Whether the worker waits in silence. One that was killed meanwhile has closed its socket; one that speaks unasked is not trusted.
    var isWaiting: Bool {
        var byte: UInt8 = 0
        return recv(socket, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) < 0 && (errno == EAGAIN || errno == EINTR)
    }

    /// Has the worker, which has greeted, read a document.
    ///
    /// - Parameter input: the descriptor of the file; the caller closes it.
    func read(_ request: WireRequest, input: Int32, _ budget: TimeBudget, for key: WorkKey) throws(Interruption) -> WireReply {
        precondition(owner == nil || owner == key, "a worker reads the documents of one client")
        owner = key
        served += 1
        let watch = Watch(budget, handle)
        guard send(request.bytes, input: input) else { throw .gone }
        let header = try header(of: request, try receive(WireFormat.replyHeaderBytes, watch))
        let body = try receive(header.bodyBytes, watch)
        do throws(WireError) { return try WireReply(header, body: body, limits: request.limits) } catch { throw .invalid(error.reason) }
    }

    private func header(of request: WireRequest, _ bytes: [UInt8]) throws(Interruption) -> WireReply.Header {
        do throws(WireError) {
            let header = try WireReply.Header(bytes)
            if header.number == request.number, header.bodyBytes <= WireReply.maximumBody(request.limits) { return header }
        } catch {
            throw .invalid(error.reason)
        }
        throw .invalid("the reply has another number, or is too long")
    }

    /// Sends a request, which a waiting worker's socket has room for. Returns whether the worker's end is open.
    private func send(_ bytes: [UInt8], input: Int32) -> Bool {
        var place = 0
        while place < bytes.count {
            // SAFETY: `place` is inside of the array; the call keeps no pointer.
            let sent = bytes.withUnsafeBytes {
                cs_send(socket, $0.baseAddress?.advanced(by: place), $0.count - place, place == 0 ? input : -1)
            }
            guard sent > 0 else { return false }
            place += sent
        }
        return true
    }

    /// Receives as many bytes. Memory is taken as they arrive, so a worker that announces many and sends none costs nothing.
    private func receive(_ count: Int, _ watch: Watch) throws(Interruption) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            try wait(watch)
            let (start, room) = (bytes.count, min(count - bytes.count, Self.pieceBytes))
            bytes.append(contentsOf: repeatElement(0, count: room))
            // SAFETY: writes at most `room` bytes after `start`. Descriptors that a worker sends are dropped by the kernel.
            let received = bytes.withUnsafeMutableBytes { recv(socket, $0.baseAddress?.advanced(by: start), room, Int32(MSG_DONTWAIT)) }
            let isTemporary = received < 0 && (errno == EINTR || errno == EAGAIN)
            guard received > 0 || isTemporary else { throw .gone }
            bytes.removeLast(room - max(0, received))
        }
        return bytes
    }

    private static let pieceBytes = 256 << 10

    /// Waits for bytes or the end of the stream.
    private func wait(_ watch: Watch) throws(Interruption) {
        while true {
            let milliseconds = watch.milliseconds
            guard milliseconds > 0 else { throw .timedOut }
            var entry = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            if poll(&entry, 1, Int32(clamping: milliseconds)) > 0 { return }
        }
    }
}

/// Why a worker gave no reply.
enum Interruption: Error, Equatable {
    case timedOut
    /// The worker said what is no greeting and no reply.
    case invalid(String)
    /// The worker closed its socket: it has ended, or is about to.
    case gone
}

/// The time that is left for a document.
private struct Watch {
    private let budget: TimeBudget
    private let handle: ProcessHandle
    private let start = ContinuousClock.now
    private let processorStart: Double

    init(_ budget: TimeBudget, _ handle: ProcessHandle) {
        (self.budget, self.handle) = (budget, handle)
        processorStart = handle.processorSeconds ?? 0
    }

    /// The time that may pass before it is checked again; 0 if none is left. A worker has one thread, so it cannot use its processor time
    /// sooner than the clock says.
    var milliseconds: Int {
        let elapsed = Double((ContinuousClock.now - start) / .milliseconds(1)) / 1000
        let used = max(0, (handle.processorSeconds ?? processorStart) - processorStart)
        let left = min(budget.elapsedSeconds - elapsed, budget.processorSeconds - used)
        return left <= 0 ? 0 : Int(min(left, 3600) * 1000) + 1
    }
}
