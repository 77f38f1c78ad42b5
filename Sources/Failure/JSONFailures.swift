public import JSON

extension JSONError: FailureConvertible {
    public var failure: Failure {
        guard code.isLimit else { return .invalid("the body is not valid JSON: \(self)", code: "invalid_json") }
        return Failure(.tooLarge, code: "json_too_large", "the JSON exceeds a limit: \(self); send a smaller request")
    }
}

extension JSONFieldError: FailureConvertible {
    public var failure: Failure { .invalid("\(self)", field: path) }
}
