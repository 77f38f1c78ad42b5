import Catalog
import JSON
import Tenancy

// Documents, uploads and jobs.
extension APISchema {
    /// A document's id: `DocumentID`. The pattern leaves out `.` and `..`, which a path cannot have as a segment.
    static let documentID = text(
        "\(DocumentID.rule). Percent-encoded in a path, a slash as %2F.", length: 1...DocumentID.maximumBytes, pattern: idPattern)

    private static let idPattern = #"^(?!(import|\.\.?)$)[^\u0000-\u001f\u007f-\u009f]+$"#
    static let maximumTitleBytes = 1024
    static let maximumURLBytes = 2048
    /// The rule of a URL as a pattern.
    private static let urlPattern =
        #"^(?!([Jj][Aa][Vv][Aa]|[Vv][Bb])[Ss][Cc][Rr][Ii][Pp][Tt]:|[Dd][Aa][Tt][Aa]:)([A-Za-z][!-9;-~]*:[^\u0000-\u0020\u007f]*)?$"#
    private static let title = text(
        "At most \(maximumTitleBytes) bytes.", length: 0...maximumTitleBytes)
    private static let url = text(
        "An absolute URL of at most \(maximumURLBytes) bytes, but no script.", length: 0...maximumURLBytes,
        pattern: urlPattern)
    private static let nullableString = nullable(string)

    private static let documentText = text(
        "Plain text, not blank and without NUL.", pattern: #"^[^\u0000]*[^\u0000-\u0020][^\u0000]*$"#)
    private static let metadata = described("Values that filters and results have. Limits: the settings metadata.*", anyObject)
    private static let newDocument = request(
        ["id": documentID, "title": title, "text": documentText, "url": url, "metadata": metadata], required: ["text"])

    /// The parts of a file; each member is absent where it does not apply.
    private static let parts: JSONObject = [
        "pages": described("Number of pages.", count), "slides": described("Number of slides.", count),
        "sheets": described("Names of the first 100 sheets.", array(of: string)),
        "attachments": described("Names of the first 100 attachments.", array(of: string)),
    ]

    static let documents: JSONObject = [
        // `not` says nothing new. Generators drop a schema that only forms have, but still import it.
        "NewDocument": with(newDocument, "not", ref("DocumentForm")),
        "NewVersion": request(["title": title, "text": documentText, "url": url, "metadata": metadata], required: ["text"]),
        "DocumentForm": [
            "type": "object", "additionalProperties": false, "required": ["file"],
            "properties": [
                "file": described("The document, with its file name and content type.", binary), "id": documentID, "title": title,
                "url": url, "metadata": described("An object, as JSON.", anyObject),
            ],
        ],
        "AcceptedDocument": object(["id": string, "status": constant("queued"), "job_id": string]),
        "WrittenDocument": object(["id": string, "status": constant("ready"), "job_id": string, "chunks": ref("ChunkCounts")]),
        "ChunkCounts": object(
            ["embedded": count, "reused": count, "removed": count], description: "Numbers of passages by what was done with them."),
        "DocumentSummary": object([
            "id": string, "status": constant("ready"), "title": nullableString, "url": nullableString, "metadata": anyObject,
            "media_type": string, "size_bytes": count, "chunks": count, "created_at": time, "updated_at": time,
            "etag": string,
        ]),
        "DocumentState": object(
            [
                "id": string, "status": choice(["ready", "queued", "processing", "failed"]), "title": nullableString,
                "url": nullableString, "metadata": anyObject, "media_type": string, "size_bytes": count, "chunks": count,
                "spans": array(of: ref("ChunkSpan")), "job_id": string, "pending_job_id": string, "error": nullable(ref("IngestError")),
                "created_at": time, "updated_at": time, "etag": string,
            ] + parts,
            optional: ["etag", "title", "url", "metadata", "media_type", "size_bytes", "chunks", "spans", "job_id", "pending_job_id"]
                + parts.map(\.key),
            description: """
                A document whose first version is not ready has `job_id`, and lacks what is known of its text only. `pending_job_id` is \
                the job of a newer version.
                """),
        "ChunkSpan": object(["chunk_id": string, "start": count, "end": count] + place, optional: place.map(\.key)),
        "DocumentPage": object([
            "data": array(of: ref("DocumentSummary")),
            "next_cursor": described("The cursor of the next page; null on the last one.", nullableString),
        ]),
        "ImportLine": object(
            [
                "line": count, "error": described("A reason, or an error with code and detail.", ["anyOf": [string, ref("IngestError")]]),
                "processed": count, "failed": count, "chunks": count, "done": bool,
            ],
            optional: ["line", "error", "processed", "failed", "chunks", "done"],
            description: "A rejected line, or the documents so far; with `done` the last line."),
    ]

    static let jobStage = choice(JobRecord.Stage.allCases.map(\.rawValue))

    static let jobs: JSONObject = [
        "JobPage": object([
            "data": array(of: ref("Job")), "counts": ref("JobCounts"),
            "next_cursor": described("The cursor of the next page; null on the last one.", nullableString),
        ]),
        "JobCounts": object(
            ["queued": count, "running": count, "ready": count, "failed": count, "cancelled": count],
            description: "Numbers of all jobs by stage."),
        "Job": object([
            "id": string, "document_id": string, "stage": jobStage,
            "chunks": ref("ChunkCounts"), "error": nullable(ref("IngestError")), "retryable": bool, "created_at": time,
            "updated_at": time, "etag": nullableString,
        ]),
        "IngestError": object(["code": string, "detail": string], description: "Why a document could not be processed."),
    ]
}
