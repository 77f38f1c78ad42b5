import Catalog
import Embeddings
import Foundation
import NIOCore

/// An error detected by a command, with a one-line message.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    /// Returns the message that the user sees for `error`.
    static func line(for error: any Error) -> String {
        switch error {
        case let error as EmbeddingError where error.code == .modelMissing:
            "\(error.detail); run `make model`, or set the model's folder with --model-dir or CONTEXTD_MODEL_DIR"
        case let error as EmbeddingError where error.isOutage || error.code == .remoteRejected: error.detail
        case let error as IOError where error.errnoCode == EADDRINUSE:
            "the address is in use; choose another with --listen HOST:PORT"
        case let error as any CustomStringConvertible & Error: error.description
        default: "\(error)"
        }
    }
}
