public import Failure

extension CatalogError: FailureConvertible {
    public var failure: Failure {
        switch code {
        case .tenantNotFound, .keyNotFound, .documentNotFound, .jobNotFound: .notFound(detail)
        case .tenantExists: Failure(.conflict, code: "exists", detail)
        case .jobFinished: Failure(.conflict, code: "finished", detail)
        case .jobNotRetryable: Failure(.conflict, code: "not_retryable", detail)
        case .preconditionFailed: Failure(.preconditionFailed, code: "precondition_failed", detail)
        case .queueFull: .overloaded(detail)
        case .unusable: .internal
        case .damaged: Failure(.internal, code: "catalog_damaged", detail)
        case .storageFull: Failure(.storageUnavailable, code: "storage_full", detail, retryAfterSeconds: 10)
        case .storageReadOnly: Failure(.storageUnavailable, code: "storage_read_only", detail)
        }
    }
}
