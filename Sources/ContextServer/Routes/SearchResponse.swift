import Catalog
import Citing
import Index
import JSON
package import Retrieval
import Tenancy

/// The response of `POST /v1/search` as text, written without an intermediate value: it is the largest part of what a search costs beside
/// the search itself.
struct SearchResponse {
    let results: [SearchResult]
    let elapsedMilliseconds: Double
    let explains: Bool

    /// Size of a result without its texts, in bytes; only capacity depends on it.
    private static let resultBytes = 512

    func serialized() -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(results.reduce(64) { $0 + Self.resultBytes + $1.chunk.text.utf8.count + $1.document.metadataBytes })
        output += #"{"results":["#.utf8
        for (place, result) in results.enumerated() {
            if place > 0 { output.append(UInt8(ascii: ",")) }
            result.write(into: &output, explains: explains)
        }
        output += #"],"took_ms":"#.utf8
        JSONValue.number((elapsedMilliseconds * 100).rounded() / 100).write(into: &output)
        output.append(UInt8(ascii: "}"))
        return output
    }
}

extension SearchResult {
    /// Appends the text of `json(explains:)`.
    package func write(into output: inout [UInt8], explains: Bool) {
        output += #"{"document_id":"#.utf8
        JSONValue.string(document.id.rawValue).write(into: &output)
        output += #","chunk_id":"#.utf8
        JSONValue.string(found.position.id).write(into: &output)
        output += #","title":"#.utf8
        Self.write(document.title, into: &output)
        output += #","url":"#.utf8
        Self.write(document.url, into: &output)
        output += #","text":"#.utf8
        JSONValue.string(chunk.text).write(into: &output)
        output += #","score":"#.utf8
        JSONValue.number(score.shortest).write(into: &output)
        output += #","span":{"start":"#.utf8
        JSONValue(chunk.span.lowerBound).write(into: &output)
        output += #","end":"#.utf8
        JSONValue(chunk.span.upperBound).write(into: &output)
        output.append(UInt8(ascii: "}"))
        for (name, value) in chunk.parts.place?.json ?? [:] {
            output.append(UInt8(ascii: ","))
            JSONValue.string(name).write(into: &output)
            output.append(UInt8(ascii: ":"))
            value.write(into: &output)
        }
        output += #","headings":"#.utf8
        JSONValue(chunk.headings).write(into: &output)
        output += #","metadata":"#.utf8
        document.metadata.write(into: &output)
        if explains {
            output += #","explain":"#.utf8
            parts.json.write(into: &output)
        }
        output.append(UInt8(ascii: "}"))
    }

    private static func write(_ text: String?, into output: inout [UInt8]) {
        text.map { JSONValue.string($0).write(into: &output) } ?? JSONValue.null.write(into: &output)
    }
}
