/// An error of a module that says how clients see it.
public protocol FailureConvertible: Error {
    var failure: Failure { get }
}

extension Failure: FailureConvertible {
    public var failure: Failure { self }

    /// Creates the failure that clients see for any error. An error that says nothing about itself is an internal one: its text stays in the
    /// log.
    public init(_ error: any Error) {
        self =
            switch error {
            case let error as any FailureConvertible: error.failure
            case is CancellationError: .stopping
            default: .internal
            }
    }
}
