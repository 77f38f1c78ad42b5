import Commands
import Foundation
import Scheduling
import TestSupport

/// `contextd serve` in the tests' process. It stops when the value is deallocated.
package final class ServeTask: Sendable {
    private let stopping = OneTimeSignal()
    private let ended = OneTimeSignal()
    private let lines: AsyncStream<[UInt8]>
    private let task: Task<Int32, Never>

    /// The servers that have not ended. The tests wait for them before they exit: the exit destroys what their threads use.
    private static let open: DispatchGroup = {
        atexit { _ = ServeTask.open.wait(timeout: .now() + 10) }
        return DispatchGroup()
    }()

    package init(_ arguments: [String]) {
        _ = CommandLineTool.makesPrivateFiles
        let (lines, written) = AsyncStream.makeStream(of: [UInt8].self)
        self.lines = lines
        let console = Console(variables: CommandLineTool.environment, stop: stopping, program: CommandLineTool.path.path) { stream, bytes in
            if stream == .output { written.yield(bytes) } else { FileHandle.standardError.write(Data(bytes)) }
            return 0
        }
        let open = Self.open
        open.enter()
        task = Task { [ended] in
            defer { open.leave() }
            let status = await Program.run(["serve"] + arguments, on: console)
            ChildProcess.waitForStarts()
            ended.fire()
            written.finish()
            return status
        }
    }

    deinit { stopping.fire() }

    package var isRunning: Bool { !ended.hasFired }

    /// Returns the next line of the standard output; empty if the server has ended.
    package func line() async -> [UInt8] {
        for await line in lines { return line }
        return []
    }

    /// Asks the server to stop, as SIGTERM does.
    package func stop() { stopping.fire() }

    /// Waits for the server to end, and returns the exit status that its process would have.
    package func status() async -> Int32 {
        await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
    }
}
