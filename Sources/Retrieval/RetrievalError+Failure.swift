public import Failure

extension RetrievalError: FailureConvertible {
    public var failure: Failure {
        switch code {
        case .changing: .overloaded(detail)
        }
    }
}
