import Catalog
import JSON
import Retrieval

// Searches, filters, and the index.
extension APISchema {
    static let queryText = text(
        "Not blank; at most \(SearchRequest.maximumQueryBytes) bytes.", length: 1...SearchRequest.maximumQueryBytes, pattern: #"\S"#)
    static let searchMode = choice(SearchMode.allCases.map(\.rawValue), default: SearchMode.hybrid.rawValue)
    static let filter = ref("Filter")
    private static let filterKey = text("A top-level key of metadata; at most 512 bytes.", length: 1...512)

    /// The place of a passage in a file with pages, sheets, slides or attachments; each member is absent where it does not apply.
    static let place: JSONObject = [
        "page": described("Page of the file on which the passage begins, from 1.", count),
        "page_end": described("Page on which it ends, if it is another one.", count),
        "page_label": described("Printed page number, if it differs from `page`.", string),
        "sheet": described("Name of the sheet; its number if it has no name.", string),
        "slide": described("Number of the slide, from 1.", count),
        "attachment": described("Name of the attachment; its number if it has no name.", string),
    ]

    static let searching: JSONObject = [
        "Search": request(
            [
                "query": queryText, "limit": integer(1...SearchRequest.maximumLimit, default: 10), "mode": searchMode, "filter": filter,
                "group_by": described("`document`: each document once, with its best passage.", constant("document")),
                "explain": ["type": "boolean", "default": false],
                "diversity": ["type": "number", "minimum": 0, "maximum": 1, "default": 0],
            ], required: ["query"]),
        "Filter": [
            "description": .string(
                """
                A condition on metadata, or conditions combined: at most \(MetadataFilter.maximumDepth) levels and \
                \(MetadataFilter.maximumConditions) conditions.
                """),
            "oneOf": [ref("FilterComparison"), ref("FilterMembership"), ref("FilterAll"), ref("FilterAny")],
        ],
        "FilterComparison": request(
            [
                "key": filterKey, "op": choice(MetadataFilter.Comparison.allCases.map(\.rawValue)),
                "value": described("A string, a number, or for `eq` and `ne` a boolean.", ["type": ["string", "number", "boolean"]]),
            ], required: ["key", "op", "value"]),
        "FilterMembership": request(
            [
                "key": filterKey, "op": choice(["in", "nin"]),
                "value": array(of: ["type": ["string", "number", "boolean"]], count: 0...MetadataFilter.maximumValues),
            ], required: ["key", "op", "value"]),
        // The number of conditions is limited in all, which a schema cannot say.
        "FilterAll": request(
            ["and": with(array(of: filter), "minItems", 1)], required: ["and"]),
        "FilterAny": request(
            ["or": with(array(of: filter), "minItems", 1)], required: ["or"]),
        "SearchResults": object(["results": array(of: ref("SearchResult")), "took_ms": number]),
        "SearchResult": object(
            [
                "document_id": string, "chunk_id": string, "title": nullable(string), "url": nullable(string), "text": string,
                "score": number, "span": ref("Span"), "headings": array(of: string), "metadata": anyObject, "explain": ref("ScoreParts"),
            ] + place, optional: ["explain"] + place.map(\.key)),
        "Span": object(["start": count, "end": count], description: "A range of bytes of the extracted text in UTF-8."),
        "ScoreParts": object(
            [
                "dense": nullable(number), "lexical": nullable(number), "proximity": nullable(number), "coverage": nullable(number),
                "title": nullable(number), "dense_weight": nullable(number), "dense_plan": nullable(ref("DensePlan")),
            ], description: "The parts of a score; those that the mode does not use are null."),
        "DensePlan": object(
            ["kind": choice(["scan", "graph", "binary_then_scan"]), "ef": count, "pool": count], optional: ["ef", "pool"]),
        "IndexStatistics": object([
            "chunks": count, "documents": count, "deleted_rows": count, "mode": choice(["exact", "graph"]), "graph_rows": count,
            "recall": nullable(ref("RecallEstimate")),
            "bytes": ref("IndexBytes"), "sequence": count,
        ]),
        "IndexBytes": object(["memory": count, "dense": count, "lexical": count, "disk": count]),
        "RecallEstimate": object([
            "at": count, "mean": number, "confidence": ref("ConfidenceInterval"), "sample": count, "queries": count, "ef": count,
        ]),
        "ConfidenceInterval": object(
            ["level": number, "lower": number, "upper": number], description: "The interval that holds the true recall at this level."),
    ]
}
