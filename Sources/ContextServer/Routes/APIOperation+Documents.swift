import JSON

// The descriptions of the routes of documents and jobs.
extension APIOperation {
    private static let wait = APIParameter.query(
        "wait", "Whether the response waits until the document can be searched, or has failed.",
        ["type": "boolean", "default": false], example: true)
    private static let id = APIParameter.path("id", "The document's id.", APISchema.documentID, example: "notes/fog.md")
    private static let job = APIParameter.path("id", "The job's id.", APISchema.string, example: "job_5vvi8jcd0ucj260jeypc")
    private static let ifMatch = APIParameter.header(
        "If-Match", "Entity tags of the versions to which the request applies, or `*` for any.", APISchema.string)
    private static let ifNoneMatch = APIParameter.header(
        "If-None-Match", "Entity tags of the versions to which the request does not apply; `*`: the document must not exist.",
        APISchema.string)
    private static let known = APIParameter.header(
        "If-None-Match", "Entity tags of the versions that the client has.", APISchema.string)
    private static let unchanged = APIResponse("The client has the current version.", status: 304)
    private static let written = APIResponse.json(
        "WrittenDocument", "With `wait`: the document can be searched.", example: APIExample.written)
    private static let accepted = APIResponse.json(
        "AcceptedDocument", "The upload is stored and will be processed.", status: 202, example: APIExample.accepted)
    /// Errors of an upload and, with `wait`, of its processing.
    private static let writeErrors = [409, 422, 502, 504, 507]

    static func uploadDocument(maximumBytes: Int) -> APIOperation {
        APIOperation(
            "uploadDocument", .documents, "Upload a document",
            "Without `id` the document gets a random one; an existing id replaces that document.",
            parameters: [wait, ifMatch, ifNoneMatch, .idempotencyKey],
            body: APIBody(.json("NewDocument", example: APIExample.newDocument), .form("DocumentForm"), maximumBytes: maximumBytes),
            errors: writeErrors, returns: written, accepted)
    }

    static func putDocument(maximumBytes: Int) -> APIOperation {
        APIOperation(
            "putDocument", .documents, "Upload or replace a document",
            """
            Readers see the old version until the new one can be searched. A body of any other media type, such as `text/markdown` or \
            `text/html`, is the document itself, as with `application/octet-stream`. An `id` in the body must match the path.
            """, parameters: [id, wait, ifMatch, ifNoneMatch],
            body: APIBody(
                .json("NewVersion", example: APIExample.newVersion), .form("DocumentForm"),
                .text("application/octet-stream", APISchema.binary), maximumBytes: maximumBytes),
            errors: writeErrors, returns: written, accepted)
    }

    static func importDocuments(maximumBytes: Int) -> APIOperation {
        APIOperation(
            "importDocuments", .documents, "Import many documents",
            """
            One document per line. The response is streamed while the import works, and its status is sent before: check that the last \
            line has `"done":true`.
            """,
            body: APIBody(
                .lines(of: "NewDocument", example: APIExample.importBody), .text("application/octet-stream", APISchema.binary),
                maximumBytes: maximumBytes, isRequired: false), errors: [507],
            returns: APIResponse("Rejected lines, progress, and totals.", .lines(of: "ImportLine", example: APIExample.importLines)))
    }

    static let listDocuments = APIOperation(
        "listDocuments", .documents, "List the documents that can be searched", "In byte order of their ids.",
        parameters: [
            .query(
                "limit", "Maximum number of documents. A page may have fewer.",
                APISchema.integer(DocumentRoutes.pageLimits, default: DocumentRoutes.defaultPage)),
            .query("cursor", "`next_cursor` of the page before.", APISchema.cursor),
        ], errors: [504], returns: .json("DocumentPage", "A page of documents.", example: APIExample.documents))

    static let getDocument = APIOperation(
        "getDocument", .documents, "Get a document's state and metadata", parameters: [id, ifMatch, known], errors: [404, 504],
        returns: .json("DocumentState", "The document.", example: APIExample.document), unchanged)

    static let getDocumentContent = APIOperation(
        "getDocumentContent", .documents, "Get a document's extracted text", parameters: [id, ifMatch, known], errors: [404, 504],
        returns: APIResponse("The text, in UTF-8.", .text("text/plain", example: APIExample.content)), unchanged)

    static let getDocumentOriginal = APIOperation(
        "getDocumentOriginal", .documents, "Get the uploaded file of a document",
        "In the media type of the upload, as an attachment. A text that came as JSON has no file.", parameters: [id, ifMatch, known],
        errors: [404, 504], returns: APIResponse("The file.", .text(anyType, APISchema.binary)), unchanged)

    static let deleteDocument = APIOperation(
        "deleteDocument", .documents, "Delete a document", "No later search returns it, and its waiting uploads are cancelled.",
        parameters: [id, ifMatch, ifNoneMatch], errors: [404, 507], returns: APIResponse("The document is deleted.", status: 204))

    static let listJobs = APIOperation(
        "listJobs", .jobs, "List jobs", "The last accepted first, with the number of jobs in each stage.",
        parameters: [
            .query("status", "The stage of the listed jobs; without it, jobs in any stage.", APISchema.jobStage, example: "failed"),
            .query(
                "limit", "Maximum number of jobs.", APISchema.integer(JobRoutes.pageLimits, default: JobRoutes.defaultPage)),
            .query("cursor", "`next_cursor` of the page before.", APISchema.cursor),
        ], errors: [504], returns: .json("JobPage", "A page of jobs.", example: APIExample.jobs))

    static let getJob = APIOperation(
        "getJob", .jobs, "Get a job's state", parameters: [job], errors: [404, 504],
        returns: .json("Job", "The job.", example: APIExample.job))

    static let streamJobEvents = APIOperation(
        "streamJobEvents", .jobs, "Stream the changes of a job", "The job at once and after each change, until it ends.",
        parameters: [job], errors: [404, 504],
        returns: APIResponse("Events named for the stage of the job.", .events(of: "Job", example: APIExample.jobEvent)))

    static let cancelJob = APIOperation(
        "cancelJob", .jobs, "Cancel a waiting job, or erase the stored upload of a failed one", parameters: [job],
        errors: [404, 409, 507], returns: APIResponse("The job is cancelled.", status: 204))

    static let retryJob = APIOperation(
        "retryJob", .jobs, "Retry a failed job whose upload is still stored", parameters: [job, .idempotencyKey], errors: [404, 409, 507],
        returns: .json("Job", "The job, which waits again.", status: 202, example: APIExample.waitingJob))
}
