internal import ByteText
internal import JSON

/// The parameters that the built-in model obeys.
///
/// It has no randomness, so parameters of sampling are checked and have no effect. What it would have to generate is refused rather than
/// left out: JSON, tool calls, log probabilities. Unknown parameters are ignored, as models of providers may know them.
struct ExtractiveParameters {
    /// Maximum number of tokens of the answer; `nil` if not set.
    var maximumTokens: Int?
    /// Strings at which the answer ends, as UTF-8; none is empty.
    var stops: [[UInt8]] = []

    private static let maximumStops = 16
    private static let maximumStopBytes = 256

    init() {}

    /// - Throws: an error that names the first parameter that is invalid or not supported.
    init(_ parameters: JSONObject) throws(JSONFieldError) {
        let fields = JSONFields(parameters)
        let maximum = try fields.optionalInt("max_tokens", in: 1...Int.max)
        maximumTokens = try fields.optionalInt("max_completion_tokens", in: 1...Int.max) ?? maximum
        stops = try Self.stops(fields)
        try Self.checkSampling(fields)
        try Self.checkFormat(fields)
        try Self.checkTools(fields)
        try Self.checkProbabilities(fields)
    }

    private static func stops(_ fields: JSONFields) throws(JSONFieldError) -> [[UInt8]] {
        let values: [JSONValue]
        switch fields.value("stop") {
        case nil: return []
        case .array(let elements)?: values = elements
        case let value?: values = [value]
        }
        let stops = values.compactMap { $0.stringValue.map { Array($0.utf8) } }
        let areValid = stops.count == values.count && stops.allSatisfy { (1...maximumStopBytes).contains($0.count) }
        guard areValid, stops.count <= maximumStops else {
            throw JSONFieldError(
                path: "stop", reason: "must be a string of 1 to \(maximumStopBytes) bytes, or an array of at most \(maximumStops) of them")
        }
        return stops
    }

    private static func checkSampling(_ fields: JSONFields) throws(JSONFieldError) {
        _ = try fields.optionalDouble("temperature", in: 0...2)
        _ = try fields.optionalDouble("top_p", in: 0...1)
        _ = try fields.optionalDouble("presence_penalty", in: -2...2)
        _ = try fields.optionalDouble("frequency_penalty", in: -2...2)
        if let biases = try fields.optionalObject("logit_bias"), !biases.object.isEmpty {
            throw unsupported("logit_bias", "omit it")
        }
    }

    private static func checkFormat(_ fields: JSONFields) throws(JSONFieldError) {
        if let format = try fields.optionalObject("response_format"), !(try format.string("type")).hasSameBytes(as: "text") {
            throw unsupported("response_format", "it writes no JSON; omit it or set its type to text")
        }
        if let modalities = try fields.optionalStrings("modalities"), !modalities.allSatisfy({ $0.hasSameBytes(as: "text") }) {
            throw unsupported("modalities", "it answers with text only")
        }
        if let suffix = try fields.optionalString("suffix"), !suffix.isEmpty { throw unsupported("suffix", "omit it") }
    }

    /// Tools may be offered, since a model need not call them; a call may not be required.
    private static func checkTools(_ fields: JSONFields) throws(JSONFieldError) {
        for name in ["tool_choice", "function_call"] {
            guard let choice = fields.value(name) else { continue }
            guard let text = choice.stringValue, text.hasSameBytes(asOneOf: ["none", "auto"]) else {
                throw unsupported(name, "it calls no tools; omit it or set it to none or auto")
            }
        }
    }

    private static func checkProbabilities(_ fields: JSONFields) throws(JSONFieldError) {
        if try fields.optionalBool("logprobs") ?? false { throw unsupported("logprobs", "omit it or set it to false") }
        if try fields.optionalInt("top_logprobs", in: 0...20) ?? 0 > 0 { throw unsupported("top_logprobs", "omit it") }
    }

    private static func unsupported(_ name: String, _ advice: String) -> JSONFieldError {
        JSONFieldError(path: name, reason: "is not supported by the model \"\(ExtractiveModel.name)\" with this value: \(advice)")
    }
}
