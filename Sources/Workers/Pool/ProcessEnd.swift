internal import CSandbox
import Foundation

/// How a worker process ended.
enum ProcessEnd: Equatable {
    case outOfMemory
    /// It used the processor time of its life.
    case outOfTime
    /// It made a system call that no reader makes.
    case forbiddenCall
    case signal(Int32)
    case exit(Int32)

    /// - Parameter status: the status from `wait`.
    init(status: Int32) {
        let signal = status & 0x7F
        switch signal {
        case 0:
            let code = (status >> 8) & 0xFF
            self = code == Int32(CS_EXIT_NO_MEMORY) ? .outOfMemory : .exit(code)
        case SIGXCPU: self = .outOfTime
        case SIGSYS: self = .forbiddenCall
        default: self = .signal(signal)
        }
    }

    /// The end in words, for logs and errors.
    var words: String {
        switch self {
        case .outOfMemory: "it ran out of memory"
        case .outOfTime: "it used its processor time"
        case .forbiddenCall: "it made a forbidden system call"
        case .signal(let number): "signal \(number)"
        case .exit(let status): "exit status \(status)"
        }
    }
}
