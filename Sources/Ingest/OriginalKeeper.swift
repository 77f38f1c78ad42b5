public import Catalog
import Crypto
import Extraction
public import Logging
public import Originals
public import Tenancy

/// Keeps the originals of documents: the catalog refers to them, and the store has their bytes.
///
/// The bytes are stored before the version that refers to them, and removed after the last version that does. So an acknowledged document
/// has its original, or honestly none. What a crash leaves without a reference is removed by `sweep`.
public actor OriginalKeeper {
    private let catalog: CatalogStore
    private let store: any OriginalStore
    private let logger: Logger
    /// Whether the originals of new uploads are kept. Stored ones stay until their documents are replaced or deleted.
    public nonisolated let keepsNew: Bool
    /// Keys that `keeping` holds for versions that are not committed yet, by number of holders.
    private var held: [OriginalKey: Int] = [:]
    /// Keys whose bytes are being stored or removed, with those who wait for the end of it.
    private var busy: [OriginalKey: [CheckedContinuation<Void, Never>]] = [:]

    /// Number of released originals that are removed at a time.
    private static let batch = 100

    public init(catalog: CatalogStore, store: any OriginalStore, keepsNew: Bool, logger: Logger) {
        (self.catalog, self.store, self.keepsNew, self.logger) = (catalog, store, keepsNew, logger)
    }

    /// Stores the bytes of uploads, and keeps them while `body` commits the versions that refer to them.
    ///
    /// - Parameter body: gets a record for each source, in the same order; `nil` for one without an original.
    /// - Throws: `CatalogError.storageFull`, `OriginalError`, or an error of `body`.
    func keeping<Value: Sendable>(
        _ sources: [SourceDocument], in scope: TenantScope, _ body: @Sendable ([OriginalRecord?]) async throws -> Value
    ) async throws -> Value {
        var keys: [OriginalKey] = []
        do {
            var records: [OriginalRecord?] = []
            for source in sources {
                let record = keepsNew ? source.original : nil
                records.append(record)
                guard let record, let key = OriginalKey(owner: scope.incarnation, digest: record.digest) else { continue }
                keys.append(key)
                held[key, default: 0] += 1
                try await put(source.bytes, as: key)
            }
            let value = try await body(records)
            await release(keys)
            return value
        } catch {
            await release(keys)
            throw error
        }
    }

    private func put(_ bytes: [UInt8], as key: OriginalKey) async throws {
        await begin(key)
        defer { end(key) }
        do { try await store.put(bytes, as: key) } catch let error as OriginalError where error.code == .full {
            throw CatalogError(.storageFull, error.detail)
        }
    }

    private func release(_ keys: [OriginalKey]) async {
        for key in keys {
            let left = (held[key] ?? 1) - 1
            held[key] = left > 0 ? left : nil
        }
        for key in Set(keys) { await removeIfUnused(key) }
    }

    /// Removes the originals that the catalog released, because their documents were replaced or deleted.
    public func removeReleased() async {
        do {
            var isDone = false
            while !isDone {
                let released = try await catalog.releasedOriginals(limit: Self.batch)
                isDone = released.count < Self.batch
                for (owner, digest) in released {
                    let key = OriginalKey(owner: owner, digest: digest)
                    // While an upload holds it, it stays released: the upload may fail.
                    if let key, held[key] != nil {
                        isDone = true
                        continue
                    }
                    // Forgotten first: if another version releases it now, it is listed again.
                    try await catalog.forgetReleasedOriginal(owner: owner, digest: digest)
                    if let key { await removeIfUnused(key) }
                }
            }
        } catch {
            // The catalog itself reports storage errors.
            if (error as? CatalogError)?.isStorageError != true { report(error) }
        }
    }

    /// Removes all that no document refers to: leftovers of a crash, and originals of deleted tenants. Call it before new uploads.
    public func sweep() async {
        do {
            for owner in try await store.owners() {
                guard let digests = try await catalog.originals(of: owner) else {
                    try await store.removeAll(of: owner)
                    continue
                }
                for key in try await store.keys(of: owner) where !digests.contains(key.digest) { await removeIfUnused(key) }
            }
            await removeReleased()
        } catch { report(error) }
    }

    /// Opens the original of a document.
    ///
    /// - Returns: `nil` if the store does not have it.
    /// - Throws: `OriginalError`.
    public nonisolated func open(_ record: OriginalRecord, in scope: TenantScope) async throws -> (any OriginalReader)? {
        guard let key = OriginalKey(owner: scope.incarnation, digest: record.digest) else { return nil }
        return try await store.open(key)
    }

    private func removeIfUnused(_ key: OriginalKey) async {
        await begin(key)
        defer { end(key) }
        guard held[key] == nil else { return }
        do {
            if try await !catalog.isReferenced(owner: key.owner, digest: key.digest) { try await store.remove(key) }
        } catch { report(error) }
    }

    /// Waits until no one else stores or removes the bytes of this key.
    private func begin(_ key: OriginalKey) async {
        while busy[key] != nil { await withCheckedContinuation { busy[key]?.append($0) } }
        busy[key] = []
    }

    private func end(_ key: OriginalKey) {
        for waiter in busy.removeValue(forKey: key) ?? [] { waiter.resume() }
    }

    private func report(_ error: any Error) {
        if error is CancellationError { return }
        logger.warning("originals could not be removed; the next start tries again", metadata: ["error": "\(error)"])
    }
}

extension SourceDocument {
    /// The record of the uploaded file; `nil` for a text that came as a JSON string, which is no file.
    var original: OriginalRecord? {
        guard !isText else { return nil }
        let digest = SHA256.hash(data: bytes).map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }.joined()
        return OriginalRecord(digest: digest, bytes: bytes.count, mediaType: fileType, fileName: fileName)
    }

    /// The declared media type; the recognised one if none or a general one was declared.
    private var fileType: String {
        let declared = contentType.flatMap { MediaType($0) }?.essence
        if let declared, declared != Self.anyBytes { return declared }
        return (try? format().mediaType.essence) ?? Self.anyBytes
    }

    private static let anyBytes = "application/octet-stream"
}
