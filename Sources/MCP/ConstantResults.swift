import JSON

/// The results that are the same for every request, as JSON text: the lists of tools, prompts and resource templates.
struct ConstantResults: Sendable {
    private struct Key: Hashable {
        let method: MCPMethod
        let revision: ProtocolRevision
    }

    /// The methods whose results depend only on the revision, if the request has no cursor.
    static let methods: [MCPMethod] = [.toolsList, .promptsList, .resourceTemplatesList]

    private var texts: [Key: [UInt8]] = [:]

    subscript(method: MCPMethod, revision: ProtocolRevision) -> [UInt8]? {
        get { texts[Key(method: method, revision: revision)] }
        set { texts[Key(method: method, revision: revision)] = newValue }
    }
}

extension MCPServer {
    /// Returns the results of all methods that have constant ones.
    func constantResults() -> ConstantResults {
        var results = ConstantResults()
        for revision in ProtocolRevision.allCases {
            for method in ConstantResults.methods {
                results[method, revision] = constantResult(method, revision)?.serialized()
            }
        }
        return results
    }

    /// Returns the complete JSON-RPC response to a request whose result is constant, as the dispatcher would give it; `nil` for any other
    /// request.
    func constantAnswer(to request: RPCRequest, _ revision: ProtocolRevision) -> [UInt8]? {
        guard let method = MCPMethod(request.method, in: revision), let result = constants[method, revision],
            let params = try? request.parameters(), (try? refuseCursor(params)) != nil
        else { return nil }
        return RPCAnswer.result(result, id: request.id)
    }

    private func constantResult(_ method: MCPMethod, _ revision: ProtocolRevision) -> JSONObject? {
        let result: MCPResult? =
            switch method {
            case .toolsList: try? listTools([:], revision)
            case .promptsList: try? listPrompts([:], revision)
            case .resourceTemplatesList: try? listResourceTemplates([:], revision)
            default: nil
            }
        return result.map { enveloped($0, revision) }
    }
}

extension RPCAnswer {
    /// Returns the text of `result(_:id:)` for a result that is text already.
    static func result(_ result: [UInt8], id: RPCID) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(result.count + 64)
        output += #"{"jsonrpc":"2.0","id":"#.utf8
        id.json.write(into: &output)
        output += #","result":"#.utf8
        output += result
        output.append(UInt8(ascii: "}"))
        return output
    }
}
