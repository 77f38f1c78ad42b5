import Extraction
public import Failure

extension IngestFailure: FailureConvertible {
    public var failure: Failure {
        if let code = ExtractError.Code(rawValue: code) { return ExtractError(code, detail).failure }
        switch code {
        case "embedding_rejected", "embedding_failed": return Failure(.upstreamFailed, code: code, detail)
        case "precondition_failed": return Failure(.preconditionFailed, code: code, detail)
        case "interrupted": return Failure(.internal, code: code, detail)
        default: return .internal
        }
    }
}
