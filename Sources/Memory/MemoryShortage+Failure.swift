public import Failure

extension MemoryShortage: FailureConvertible {
    public var failure: Failure {
        switch code {
        case .exhausted: .overloaded("the memory for requests and responses is exhausted; try again in a moment")
        case .impossible: .tooLarge("the request needs \(bytes) bytes of memory, but the limit per tenant is \(most); see server.memory")
        }
    }
}
