public import Failure

extension RetrievalError: FailureConvertible {
    public var failure: Failure {
        switch code {
        case .blankQuery, .queryTooLong: .invalid(detail, field: "query")
        case .limitOutOfRange: .invalid(detail, field: "limit")
        case .changing: .overloaded(detail)
        }
    }
}
