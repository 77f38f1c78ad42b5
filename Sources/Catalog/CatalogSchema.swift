import Foundation
import GRDB

/// The database tables, by migration. A released migration is never edited; schema changes go into a new migration.
///
/// The tenant is the first column of every key. One tenant's rows are therefore stored together, no index serves a query without a tenant,
/// and a database that shards or checks rows by tenant can use these tables unchanged.
enum CatalogSchema {
    static var migrator: DatabaseMigrator {
        let migrations = [
            ("1 tenants, keys, documents, chunks, jobs", version1), ("2 usage, quotas", version2), ("3 lineages", version3),
            ("jobs: interruptions, kept uploads", interruptions), ("jobs: stored versions", storedVersions),
            ("documents: parts", parts), ("documents: originals", originals),
            ("jobs: by stage", jobsByStage),
        ]
        var migrator = DatabaseMigrator()
        for (name, tables) in migrations { migrator.registerMigration(name) { db in try db.execute(sql: tables) } }
        return migrator
    }

    /// - Throws: `.unusable` if a later version wrote the file.
    static func check(_ db: Database, of file: URL) throws {
        guard try !migrator.hasBeenSuperseded(db) else {
            throw CatalogError(.unusable, "\(file.path) was written by a later version of contextd")
        }
    }

    private static let version1 = """
        CREATE TABLE tenant (
            tenant        TEXT PRIMARY KEY NOT NULL,
            name          TEXT NOT NULL,
            generation    TEXT NOT NULL,              -- incarnation; differs if a deleted tenant's id is reused
            sequence      INTEGER NOT NULL DEFAULT 0, -- sequence number of the tenant's last document change
            next_document INTEGER NOT NULL DEFAULT 1,
            next_chunk    INTEGER NOT NULL DEFAULT 1,
            next_job      INTEGER NOT NULL DEFAULT 1,
            created_at    INTEGER NOT NULL            -- all times are in milliseconds since 1970 UTC
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE api_key (
            tenant      TEXT NOT NULL REFERENCES tenant ON DELETE CASCADE,
            key_id      TEXT NOT NULL,
            name        TEXT NOT NULL,
            secret_hash BLOB NOT NULL,                -- SHA-256 of the secret
            permissions TEXT NOT NULL,                -- 'read', 'write' or 'read,write'
            created_at  INTEGER NOT NULL,
            revoked_at  INTEGER,
            PRIMARY KEY (tenant, key_id)
        ) STRICT, WITHOUT ROWID;
        CREATE UNIQUE INDEX api_key_by_id ON api_key (key_id);

        CREATE TABLE document (
            tenant      TEXT NOT NULL REFERENCES tenant ON DELETE CASCADE,
            number      INTEGER NOT NULL,
            document_id TEXT NOT NULL,
            title       TEXT,
            url         TEXT,
            metadata    TEXT NOT NULL,                -- a JSON object
            media_type  TEXT NOT NULL,
            text_bytes  INTEGER NOT NULL,
            chunk_count INTEGER NOT NULL,
            model       TEXT NOT NULL,                -- the embedding model of the chunks' vectors
            created_at  INTEGER NOT NULL,
            updated_at  INTEGER NOT NULL,
            sequence    INTEGER NOT NULL,             -- sequence number of the document's last change
            PRIMARY KEY (tenant, number),
            UNIQUE (tenant, document_id)
        ) STRICT;
        CREATE INDEX document_by_sequence ON document (tenant, sequence);

        CREATE TABLE content (
            tenant   TEXT NOT NULL,
            document INTEGER NOT NULL,
            text     BLOB NOT NULL,                   -- the extracted text, UTF-8
            PRIMARY KEY (tenant, document),
            FOREIGN KEY (tenant, document) REFERENCES document (tenant, number) ON DELETE CASCADE
        ) STRICT;

        CREATE TABLE chunk (
            tenant     TEXT NOT NULL,
            number     INTEGER NOT NULL,
            document   INTEGER NOT NULL,
            ordinal    INTEGER NOT NULL,              -- from 0, in reading order
            span_start INTEGER NOT NULL,              -- byte offsets in the extracted text
            span_end   INTEGER NOT NULL,
            headings   TEXT NOT NULL,                 -- a JSON array of strings, outermost first
            text       TEXT NOT NULL,
            hash       BLOB NOT NULL,                 -- hash of the embedded text
            tokens     INTEGER NOT NULL,
            vector     BLOB NOT NULL,                 -- float32, little-endian
            PRIMARY KEY (tenant, number),
            FOREIGN KEY (tenant, document) REFERENCES document (tenant, number) ON DELETE CASCADE
        ) STRICT;
        CREATE INDEX chunk_by_document ON chunk (tenant, document, ordinal);

        CREATE TABLE deletion (
            tenant   TEXT NOT NULL REFERENCES tenant ON DELETE CASCADE,
            sequence INTEGER NOT NULL,
            document INTEGER NOT NULL,
            PRIMARY KEY (tenant, sequence)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE job (
            tenant       TEXT NOT NULL REFERENCES tenant ON DELETE CASCADE,
            number       INTEGER NOT NULL,            -- a tenant's jobs run in this order
            job_id       TEXT NOT NULL,
            document_id  TEXT NOT NULL,
            stage        TEXT NOT NULL,
            error_code   TEXT,
            error_detail TEXT,
            attempts     INTEGER NOT NULL DEFAULT 0,
            embedded     INTEGER NOT NULL DEFAULT 0,
            reused       INTEGER NOT NULL DEFAULT 0,
            removed      INTEGER NOT NULL DEFAULT 0,
            created_at   INTEGER NOT NULL,
            updated_at   INTEGER NOT NULL,
            header       TEXT,                        -- the upload's fields, a JSON object; NULL once done
            payload      BLOB,                        -- the uploaded bytes; NULL once done
            PRIMARY KEY (tenant, number),
            UNIQUE (tenant, job_id)
        ) STRICT;
        CREATE INDEX job_by_document ON job (tenant, document_id, number);
        CREATE INDEX job_waiting ON job (tenant, number) WHERE stage = 'queued';
        """

    private static let version2 = """
        CREATE TABLE usage (
            tenant            TEXT NOT NULL REFERENCES tenant ON DELETE CASCADE,
            usage_id          TEXT NOT NULL,          -- begins with the start time, so ids are ordered by time
            started_at        INTEGER NOT NULL,
            key_id            TEXT NOT NULL,
            asked_model       TEXT NOT NULL,
            model             TEXT NOT NULL,          -- the model that answered
            outcome           TEXT NOT NULL,          -- 'open' until it ends; then the row never changes again
            error_code        TEXT,
            prompt_tokens     INTEGER NOT NULL,       -- in an open row: the reserved maximum
            completion_tokens INTEGER NOT NULL,
            cached_tokens     INTEGER NOT NULL,
            retrieved_tokens  INTEGER NOT NULL,
            estimated         INTEGER NOT NULL,
            first_token_us    INTEGER,
            duration_us       INTEGER,
            PRIMARY KEY (tenant, usage_id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX usage_open ON usage (tenant, usage_id) WHERE outcome = 'open';

        CREATE TABLE usage_day (                      -- tokens of all ended rows, including deleted ones
            tenant TEXT NOT NULL REFERENCES tenant ON DELETE CASCADE,
            day    INTEGER NOT NULL,                  -- day of the requests' start, in days since 1970-01-01 UTC
            tokens INTEGER NOT NULL,
            PRIMARY KEY (tenant, day)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE quota (
            tenant TEXT PRIMARY KEY NOT NULL REFERENCES tenant ON DELETE CASCADE,
            tokens INTEGER NOT NULL,
            period TEXT NOT NULL CHECK (period IN ('day', 'month', 'total'))
        ) STRICT, WITHOUT ROWID;
        """

    private static let version3 = """
        ALTER TABLE tenant ADD COLUMN lineage INTEGER NOT NULL DEFAULT 0; -- lineage of the tenant's last document change

        CREATE TABLE lineage (                        -- see CatalogPosition
            tenant         TEXT NOT NULL REFERENCES tenant ON DELETE CASCADE,
            first_sequence INTEGER NOT NULL,          -- its first change; it ends before the next lineage's first
            lineage        INTEGER NOT NULL,
            PRIMARY KEY (tenant, first_sequence)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO lineage (tenant, first_sequence, lineage) SELECT tenant, 1, random() FROM tenant WHERE sequence > 0;
        UPDATE tenant SET lineage = (SELECT lineage FROM lineage WHERE lineage.tenant = tenant.tenant) WHERE sequence > 0;
        """

    /// A table separate from `job`, because updating a row of `job` rewrites its whole payload.
    private static let interruptions = """
        CREATE TABLE interruption (                   -- jobs that were running when a process ended: each runs alone from then on
            tenant TEXT NOT NULL,
            number INTEGER NOT NULL,
            times  INTEGER NOT NULL,                  -- number of process ends while the job ran alone
            PRIMARY KEY (tenant, number),
            FOREIGN KEY (tenant, number) REFERENCES job (tenant, number) ON DELETE CASCADE
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX job_kept ON job (tenant, stage) WHERE payload IS NOT NULL;
        """

    private static let storedVersions = """
        ALTER TABLE job ADD COLUMN version TEXT;          -- the version that the job stored; see VersionTag
        """

    /// Which part a passage is in follows from its span, so a page number that moved changes no row of `chunk`. Documents that were stored
    /// before have no parts.
    private static let parts = """
        CREATE TABLE part (                           -- pages, sheets, slides and attachments
            tenant     TEXT NOT NULL,
            document   INTEGER NOT NULL,
            span_start INTEGER NOT NULL,              -- byte offsets in the extracted text; equal for a part without text
            ordinal    INTEGER NOT NULL,              -- from 0, in reading order
            span_end   INTEGER NOT NULL,
            kind       TEXT NOT NULL,                 -- 'page', 'sheet', 'slide' or 'attachment'
            number     INTEGER NOT NULL,              -- from 1, within the kind
            label      TEXT,                          -- printed page number, name or title
            PRIMARY KEY (tenant, document, span_start, ordinal),
            FOREIGN KEY (tenant, document) REFERENCES document (tenant, number) ON DELETE CASCADE
        ) STRICT, WITHOUT ROWID;
        """

    private static let jobsByStage = "CREATE INDEX job_by_stage ON job (tenant, stage, number);"

    /// The bytes are in a store beside the catalog. A row that goes, with its document or tenant too, releases them.
    private static let originals = """
        CREATE TABLE original (
            tenant     TEXT NOT NULL,
            document   INTEGER NOT NULL,
            owner      TEXT NOT NULL,                 -- the tenant's incarnation, under which the bytes are stored
            digest     TEXT NOT NULL,                 -- SHA-256 of the uploaded file
            bytes      INTEGER NOT NULL,
            media_type TEXT NOT NULL,
            file_name  TEXT,
            PRIMARY KEY (tenant, document),
            FOREIGN KEY (tenant, document) REFERENCES document (tenant, number) ON DELETE CASCADE
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX original_by_digest ON original (owner, digest);

        CREATE TABLE released_original (              -- bytes to remove if no row of `original` refers to them; outlives the tenant
            owner  TEXT NOT NULL,
            digest TEXT NOT NULL,
            PRIMARY KEY (owner, digest)
        ) STRICT, WITHOUT ROWID;
        CREATE TRIGGER original_released AFTER DELETE ON original BEGIN
            INSERT OR IGNORE INTO released_original (owner, digest) VALUES (old.owner, old.digest);
        END;
        """
}
