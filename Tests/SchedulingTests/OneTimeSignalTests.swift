import Scheduling
import Testing

@Suite(.timeLimit(.minutes(10))) struct OneTimeSignalTests {
    @Test func firingResumesCurrentAndLaterWaiters() async {
        let signal = OneTimeSignal()
        await withTaskGroup { group in
            for _ in 0..<100 { group.addTask { await signal.wait() } }
            group.addTask { signal.fire() }
        }
        signal.fire()
        await signal.wait()
    }

    @Test func cancellingResumesWaiters() async {
        let signal = OneTimeSignal()
        await withTaskGroup { group in
            for _ in 0..<100 { group.addTask { await signal.wait() } }
            group.cancelAll()
        }
        signal.fire()
    }
}
