internal import CSandbox
import Foundation

/// The worker's end of the socket to the server. Errors and the end of the stream end the process: without a server there is nothing to do.
struct ChildSocket {
    private let descriptor = CS_SOCKET

    func send(_ bytes: [UInt8]) {
        var place = 0
        while place < bytes.count {
            // SAFETY: `place` is inside of the array; the call keeps no pointer.
            let sent = bytes.withUnsafeBytes { cs_send(descriptor, $0.baseAddress?.advanced(by: place), $0.count - place, -1) }
            guard sent > 0 else { _exit(0) }
            place += sent
        }
    }

    /// Receives as many bytes, and the descriptor that came with the first of them, if any.
    func receive(_ count: Int) -> (bytes: [UInt8], input: Int32?) {
        var bytes = [UInt8](repeating: 0, count: count)
        var (place, input) = (0, Int32(-1))
        while place < count {
            var came: Int32 = -1
            // SAFETY: as in `send`.
            let received = bytes.withUnsafeMutableBytes {
                cs_receive(descriptor, $0.baseAddress?.advanced(by: place), $0.count - place, &came)
            }
            guard received > 0 else { _exit(0) }
            if came >= 0 { if input >= 0 { close(came) } else { input = came } }
            place += received
        }
        return (bytes, input >= 0 ? input : nil)
    }
}
