public import Failure

extension ExtractError: FailureConvertible {
    public var failure: Failure {
        switch code {
        case .unsupportedMediaType, .readerMissing: Failure(.unsupportedFormat, code: code.rawValue, detail)
        case .tooLarge: Failure(.tooLarge, code: code.rawValue, detail)
        case .undecodable, .empty, .malformed, .encrypted, .noTextLayer, .timedOut, .outOfMemory, .crashed:
            Failure(.unprocessable, code: code.rawValue, detail)
        }
    }
}
