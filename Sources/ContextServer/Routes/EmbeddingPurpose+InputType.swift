import ByteText
import Embeddings
import JSON

// The field `input_type`, an extension of OpenAI's API: it selects the model's prompt. Other servers have it under several names.
extension EmbeddingPurpose {
    private static let named: [(name: String, purpose: EmbeddingPurpose)] = [
        ("query", .query), ("passage", .passage), ("document", .passage), ("search_query", .query), ("search_document", .passage),
        ("classification", .plain), ("clustering", .plain),
    ]

    static let inputTypes = named.map(\.name)

    /// Reads the field. If it is absent, the purpose is `plain`: no prompt, or the model's default.
    ///
    /// - Throws: `JSONFieldError` if the value is none of `inputTypes`, in any case.
    init(inputType fields: JSONFields) throws(JSONFieldError) {
        guard let given = fields.value("input_type") else {
            self = .plain
            return
        }
        let name = given.stringValue?.lowercased() ?? ""
        guard let found = Self.named.first(where: { $0.name.hasSameBytes(as: name) }) else {
            let reason = "must be one of \(Self.inputTypes.joined(separator: ", ")), got \(JSONFields.quote(given))"
            throw JSONFieldError(path: fields.path(of: "input_type"), reason: reason)
        }
        self = found.purpose
    }
}
